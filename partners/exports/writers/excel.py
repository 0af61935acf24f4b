"""Excel files. They can only be handed out once they are whole, so they are written to a file first."""

from collections.abc import Callable
from datetime import date
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from partners.exports.columns import Reads
from partners.exports.expressions import unmistakable
from partners.exports.table import ExportTable

MAX_ROWS_PER_SHEET = 1_048_576
"""As many rows fit on a sheet of Excel's, the heading among them; more go on on the next sheet."""
MAX_TEXT_LENGTH = 32_767
ROUNDED_FROM = 10**15
"""Excel's numbers have 15 digits: larger ones are written as text."""
DAY_ZERO = date(1899, 12, 30).toordinal()
FIRST_SURE_DAY = date(1900, 3, 1)
"""Excel believes in a 29 February 1900: spreadsheets take numbers before it for different days."""

Write = Callable[[Worksheet, int, int, Any], object]


def write_excel(table: ExportTable, file: IO[bytes]) -> int:
    """Write the table, as it is at one moment, in constant memory; how many rows it has."""
    number = 0
    with Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"title": "Partners"})
        writers = _writers(table, book)
        heading = book.add_format({"bold": True})
        for number, row in enumerate(table.rows(), start=1):
            place = (number - 1) % (MAX_ROWS_PER_SHEET - 1) + 1
            if place == 1:
                sheet = _sheet(table, book, heading)
            for column, (write, cell) in enumerate(zip(writers, row, strict=True)):
                if cell is not None and cell != "":
                    write(sheet, place, column, cell)
        if not number:
            _sheet(table, book, heading)
    return number


def _sheet(table: ExportTable, book: Workbook, heading: Format) -> Worksheet:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet("Partners" if number == 1 else f"Partners {number}")
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, str(column.label), heading)
    sheet.freeze_panes(1, 0)
    return sheet


def _writers(table: ExportTable, book: Workbook) -> list[Write]:
    """How each column's cells are written. A text stays a text: nothing is taken for a formula or a link."""
    whole, day = book.add_format({"num_format": "0"}), book.add_format({"num_format": "yyyy-mm-dd"})

    def text(sheet: Worksheet, row: int, column: int, cell: str) -> object:
        cell = unmistakable(cell)
        shortened = cell if len(cell) <= MAX_TEXT_LENGTH else f"{cell[: MAX_TEXT_LENGTH - 1]}…"
        return sheet.write_string(row, column, shortened)

    def number(sheet: Worksheet, row: int, column: int, cell: int) -> object:
        if cell < ROUNDED_FROM:
            return sheet.write_number(row, column, cell, whole)
        return text(sheet, row, column, str(cell))

    def when(sheet: Worksheet, row: int, column: int, cell: date) -> object:
        if cell < FIRST_SURE_DAY:
            return text(sheet, row, column, cell.isoformat())
        return sheet.write_number(row, column, cell.toordinal() - DAY_ZERO, day)

    by_kind: dict[Reads, Write] = {Reads.NUMBER: number, Reads.DATE: when}
    return [by_kind.get(column.reads, text) for column in table.columns]
