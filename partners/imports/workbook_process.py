"""Reads a workbook from standard input and writes its rows to standard output, a line of JSON each.

Run as a script of its own: some workbooks of a few kilobytes ask for hundreds of gigabytes (two cells at the
corners of the sheet), which ends the process that reads them. The first line says which sheet is read and how
many others there are, the last one how many rows there were. Nothing of Django is imported.
"""

import contextlib
import io
import json
import math
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO, TextIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MOST_MEMORY = 2 << 30
MOST_SECONDS = 300
PROTECTED, BROKEN, EMPTY = "protected", "broken", "empty"


def limit() -> None:
    """Take no more memory and time than a workbook may need."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not everywhere

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(value: Any) -> str | float:
    """The value of a cell: dates as ISO, whole numbers without a fraction, other numbers as numbers."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return str(int(value)) if value.is_integer() else value
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def tables(workbook: CalamineWorkbook) -> Iterator[tuple[str, int, Iterator[list[Any]]]]:
    """The first visible sheet with anything in it: its name, how many others there are, its rows."""
    sheets = [
        number
        for number, sheet in enumerate(workbook.sheets_metadata)
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]
    for number in sheets:
        sheet = workbook.get_sheet_by_index(number)
        if sheet.height and sheet.width:
            yield sheet.name, len(sheets) - 1, sheet.iter_rows()
            return


def write(source: BinaryIO, target: TextIO) -> None:
    """Read the one and write the other."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(source.read())) as workbook:
            number = 0
            for name, others, rows in tables(workbook):
                print(json.dumps({"sheet": name, "others": others}), file=target)
                for row in rows:
                    number += 1
                    print(json.dumps([plain(value) for value in row]), file=target)
        print(json.dumps({"rows": number} if number else {"error": EMPTY}), file=target)
    except PasswordError:
        print(json.dumps({"error": PROTECTED}), file=target)
    except CalamineError:
        print(json.dumps({"error": BROKEN}), file=target)


if __name__ == "__main__":
    limit()
    write(sys.stdin.buffer, sys.stdout)
