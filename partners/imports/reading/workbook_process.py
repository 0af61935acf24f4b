"""Reads a workbook from standard input and writes its rows to standard output, a line of JSON each.

Run in a process of its own: some workbooks of a few kilobytes ask for hundreds of gigabytes (two cells at the
corners of the sheet), which ends the process that reads them. Its arguments are the bytes of memory and the
seconds of processor time that it may take, and the keyword arguments of `write` as JSON. The first line says
which sheet is read, the last one how many rows there were. Nothing of Django is imported.
"""

import contextlib
import io
import json
import math
import struct
import sys
import zipfile
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any, BinaryIO, TextIO
from xml.parsers.expat import ExpatError

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from partners.core.placeholders import EARLY, normalize_word
from partners.imports.reading.biff_inspector import in_xls, in_xlsb, is_protected
from partners.imports.reading.workbook_inspector import Merges, Unseen
from partners.imports.reading.xml_inspector import in_ods, in_xlsx

HEADING_SEARCH_ROWS = 20
ROUNDED_FROM = 1e15
"""From here on spreadsheets round numbers."""
FIRST_SURE_DAY = "1900-03-01"
"""Excel counts a 29 February 1900, others don't, and the library takes two numbers for the day before."""
PROTECTED, BROKEN, EMPTY, HIDDEN = "protected", "broken", "empty", "hidden"
CONTAINER = b"\xd0\xcf\x11\xe0"
UNREADABLE = (CalamineError, ExpatError, zipfile.BadZipFile, struct.error, LookupError, ValueError, OSError)


def limit_resources(*, memory_bytes: int, cpu_s: int) -> None:
    """Let this process take no more memory and processor time."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not everywhere

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(value: object) -> str | float:
    """The value of a cell: dates as ISO, whole numbers without a fraction, rounded ones with an exponent."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        if abs(value) >= ROUNDED_FROM:
            return f"{value:.14E}"
        return str(int(value)) if value.is_integer() else value
    if isinstance(value, date) and value.isoformat() < FIRST_SURE_DAY:
        return EARLY.upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def names_of(workbook: CalamineWorkbook, *, hidden: bool = False) -> list[str]:
    """The visible sheets, or the hidden ones."""
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if (sheet.visible != SheetVisibleEnum.Visible) == hidden and sheet.typ == SheetTypeEnum.WorkSheet
    ]


def choose(workbook: CalamineWorkbook, wanted: str, headings: Collection[str]) -> CalamineSheet | None:
    """The wanted sheet; else the first visible one with one of these headings, or with anything in it."""
    if wanted in [*names_of(workbook), *names_of(workbook, hidden=True)]:
        return workbook.get_sheet_by_name(wanted)
    first = None
    for name in names_of(workbook):
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height and sheet.width:
            early = islice(sheet.iter_rows(), HEADING_SEARCH_ROWS)
            if any(
                normalize_word(cell) in headings for row in early for cell in row if isinstance(cell, str)
            ):
                return sheet
            first = first or sheet
    return first


def look(content: bytes, sheet: str) -> Unseen:
    """What the library leaves out."""
    if content.startswith(CONTAINER):
        return in_xls(io.BytesIO(content), sheet)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        reader = in_ods if "content.xml" in names else in_xlsb if "xl/workbook.bin" in names else in_xlsx
        return reader(archive, sheet)


def needs_password(content: bytes) -> bool:
    """Whether the workbook, or the archive that it is, is encrypted."""
    if content.startswith(CONTAINER):
        return is_protected(io.BytesIO(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
        return "encrypted-package" in names or b"encryption-data" in manifest


def rows_of(sheet: CalamineSheet, unseen: Unseen) -> Iterator[list[Any]]:
    """The rows, with what the library leaves out in its places."""
    # The library's rows begin at the first column that isn't empty; `unseen` counts from the sheet's first.
    left = sheet.start[1] if sheet.start else 0
    last = max(unseen.cells, default=-1)
    merges = Merges(sheet.merged_cell_ranges or unseen.merged, left)
    number = -1
    for number, cells in enumerate(sheet.iter_rows()):
        yield merges.mark(number, _with(cells, unseen.cells.get(number, {}), left))
    # Rows at the end with nothing but errors are none to the library.
    for beyond in range(number + 1, last + 1):
        yield _with([], unseen.cells.get(beyond, {}), left)


def _with(cells: list[Any], instead: dict[int, str], left: int) -> list[Any]:
    row = [plain(value) for value in cells]
    for column, text in instead.items():
        place = column - left
        if place >= 0:
            row += [""] * (place + 1 - len(row))
            row[place] = text
    return row


def write(source: BinaryIO, target: TextIO, *, sheet: str = "", headings: Collection[str] = ()) -> None:
    """Read the one and write the other."""
    try:
        _write(source.read(), target, sheet, headings)
    except PasswordError:
        _say(target, {"error": PROTECTED})
    except UNREADABLE:
        _say(target, {"error": BROKEN})


def _write(content: bytes, target: TextIO, wanted: str, headings: Collection[str]) -> None:
    if needs_password(content):
        raise PasswordError
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
        sheet = choose(workbook, wanted, headings)
        hidden = names_of(workbook, hidden=True)
        if sheet is None:
            _say(target, {"error": HIDDEN if hidden else EMPTY})
            return
        unseen = look(content, sheet.name)
        _say(
            target,
            {
                "sheet": sheet.name,
                "sheets": [*names_of(workbook), *hidden],
                "hidden_sheets": [name for name in hidden if name != sheet.name],
                "hidden_rows": unseen.hidden_rows,
                "hidden_columns": sum(column < sheet.total_width + 1 for column in unseen.hidden_columns),
                "shown_otherwise": unseen.shown_otherwise,
            },
        )
        number = 0
        for row in rows_of(sheet, unseen):
            _say(target, row)
            number += 1
        _say(target, {"rows": number})


def _say(target: TextIO, what: Any) -> None:
    print(json.dumps(what), file=target)


if __name__ == "__main__":
    limit_resources(memory_bytes=int(sys.argv[1]), cpu_s=int(sys.argv[2]))
    write(sys.stdin.buffer, sys.stdout, **json.loads(sys.argv[3]))
