"""What python-calamine doesn't report: errors, formulas without a value, hidden rows and columns.

It returns such cells as empty, and an import would take them for "no value". Nothing of Django is imported
here: see workbook_process.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from partners.core.placeholders import MERGED, NO_VALUE

WITHOUT_VALUE, COVERED = NO_VALUE.upper(), MERGED.upper()
Merge = tuple[tuple[int, int], tuple[int, int]]
"""Cells that are merged: row and column of the first, and of the last."""
ERROR_CODES = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
LITERAL = re.compile(r'"([^"]*)"|\\(.)|([-/ ])')
ANY_DIGITS = re.compile("General|#+0?")
MAX_REPEATED_ROWS = 100_000
"""Of a cell or row that is repeated, no more copies are kept."""


@dataclass
class Unseen:
    """What is unseen in one sheet: texts that replace its cells, by row and column (from 0), and counts."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    shown_otherwise: int = 0
    """How many whole numbers are shown with zeros or letters before them, and are read as they are shown."""
    merged: list[Merge] = field(default_factory=list)
    """Only for .xlsb and .ods; for .xls and .xlsx the library reports them."""

    def put(self, row: int, column: int, text: str) -> None:
        """Keep a text for a cell."""
        self.cells.setdefault(row, {})[column] = text

    def put_shown(self, row: int, column: int, text: str) -> None:
        """Keep a number as it is shown."""
        self.put(row, column, text)
        self.shown_otherwise += 1


class Merges:
    """Marks the cells of each row that merged cells cover, where there is a value that they stand for."""

    def __init__(self, merged: Iterable[Merge], left: int) -> None:
        """`left` is the column in which the rows begin."""
        self.left = left
        self.starting: dict[int, list[Merge]] = {}
        for merge in merged:
            self.starting.setdefault(merge[0][0], []).append(merge)
        self.open: list[Merge] = []

    def mark(self, number: int, row: list[Any]) -> list[Any]:
        """The row of this number, marked. A row with nothing else in it stays empty."""
        starting = [merge for merge in self.starting.get(number, ()) if self._has_value(row, merge)]
        self.open = [merge for merge in self.open if merge[1][0] >= number] + starting
        if self.open and any(cell != "" for cell in row):
            for (_top, first), (_bottom, last) in self.open:
                for place in range(max(first - self.left, 0), min(last - self.left + 1, len(row))):
                    row[place] = COVERED if row[place] == "" else row[place]
        return row

    def _has_value(self, row: list[Any], merge: Merge) -> bool:
        place = merge[0][1] - self.left
        return 0 <= place < len(row) and row[place] != ""


def padded(number: float, number_format: str) -> str:
    """The number as the format shows it if that puts zeros or letters before it, as `0000` and `"S-"0` do.

    Empty otherwise.
    """
    if number < 0 or not number.is_integer():
        return ""
    parts = list(_parts(ANY_DIGITS.sub("0", number_format.partition(";")[0])))
    zeros = sum(part == "0" for part in parts)
    digits = str(int(number))
    if not zeros or not (1 < zeros > len(digits) or _begins_with_letters(parts)):
        return ""
    # As in Excel, the digits fill the zeros from the right; literals such as the - of 000-00 stay between.
    # Digits for which there are no zeros stand at the first one.
    digits = digits.rjust(zeros, "0")
    whole, filling = digits[: len(digits) - zeros + 1], iter(digits[len(digits) - zeros + 1 :])
    first = parts.index("0")
    return "".join(
        whole if place == first else next(filling) if part == "0" else part[1:]
        for place, part in enumerate(parts)
    )


def _begins_with_letters(parts: Sequence[str]) -> bool:
    return any(sign.isalpha() for part in parts[: parts.index("0")] for sign in part)


def _parts(number_format: str) -> Iterator[str]:
    """Each zero, and each text behind an apostrophe; nothing if the format has anything else."""
    place, parts = 0, []
    while place < len(number_format):
        if number_format[place] == "0":
            parts.append("0")
            place += 1
        elif found := LITERAL.match(number_format, place):
            parts.append("'" + (found[1] or found[2] or found[3] or ""))
            place = found.end()
        else:
            return
    yield from parts


def pads(formats: Mapping[int, str]) -> dict[int, str]:
    """Of the number formats of a workbook those that may put zeros or letters before a number."""
    return {key: text for key, text in formats.items() if padded(0.0, text)}
