"""What the library that reads workbooks does not tell: errors, formulas without a value, what is hidden.

To it, each such cell is empty. Nothing of Django is imported here: see workbook_process.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from partners.core.placeholders import NO_VALUE

WITHOUT_VALUE = NO_VALUE.upper()
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
MOST_EXPANDED = 100_000
"""Of a cell that is repeated, no more copies are kept."""


@dataclass
class Unseen:
    """Of one sheet: by row and column, from 0, the texts that stand in the place of what is read there."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    shown_otherwise: int = 0
    """How many whole numbers are shown with zeros before them, and are read as they are shown."""

    def put(self, row: int, column: int, text: str) -> None:
        """Keep a text for a cell."""
        self.cells.setdefault(row, {})[column] = text

    def put_shown(self, row: int, column: int, text: str) -> None:
        """Keep a number as it is shown."""
        self.put(row, column, text)
        self.shown_otherwise += 1


def padded(number: float, number_format: str) -> str:
    """The number as the format shows it if that puts zeros before it, as `0000` does; empty otherwise."""
    if number < 0 or not number.is_integer():
        return ""
    parts = list(_parts(number_format.partition(";")[0]))
    if not parts or sum(part == "0" for part in parts) < len("00"):
        return ""
    digits = str(int(number))
    if len(digits) >= sum(part == "0" for part in parts):
        return ""
    shown: list[str] = []
    for part in reversed(parts):
        if part == "0":
            digits, last = digits[:-1], digits[-1:]
            shown.append(last or "0")
        else:
            shown.append(part[1:])
    return "".join(reversed(shown))


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
    """Of the number formats of a workbook those that may put zeros before a number."""
    return {key: text for key, text in formats.items() if padded(0.0, text)}
