"""Files that the tests make, and what importing one does."""

import csv
import io
from datetime import date, datetime

import xlsxwriter

from partners.imports.importers.registry import importer_of
from partners.imports.reading.table import browser_limits
from partners.imports.services import apply_import, check_some, receive, start_check
from partners.models.imports import ImportStatus


def csv_file(*rows, encoding="utf-8", **dialect):
    """A file of these rows, the first of them the headings."""
    text = io.StringIO()
    csv.writer(text, **dialect).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def workbook(*rows, sheet="Partners", before=(), **options):
    """An Excel file; dates become date cells. `before` names empty sheets in front of it."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"strings_to_urls": False, **options})
    for name in before:
        book.add_worksheet(name)
    page = book.add_worksheet(sheet)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if isinstance(cell, datetime):
                page.write_datetime(number, place, cell, moment)
            elif isinstance(cell, date):
                page.write_datetime(number, place, cell, day)
            else:
                page.write(number, place, cell)
    book.close()
    file.seek(0)
    return file


def received(file, kind="partners", *, name="partners.csv", user="ada"):
    return receive(file=file, name=name, importer=importer_of(kind), user=user, file_limits=browser_limits())


def checked(file, kind="partners", *, columns=None, creates=False, overwrites=False, order="", **options):
    """The import after its check: nothing is written yet."""
    record = received(file, kind, **options)
    start_check(
        record=record,
        columns=columns or record.columns,
        creates=creates,
        overwrites=overwrites,
        order=order,
    )
    record.refresh_from_db()
    while record.status == ImportStatus.CHECKING:
        record = check_some(record=record, seconds=0)
    return record


def imported(file, kind="partners", *, user="ada", **options):
    return apply_import(record=checked(file, kind, user=user, **options), user=user)


def numbers(record):
    return {
        name: number
        for name in ("new", "changed", "unchanged", "refused", "repeated", "overtaken")
        if (number := getattr(record, name))
    }


def reasons(record):
    """Row, column and reason of each refused row."""
    return [(row.number, row.column, row.reason) for row in record.planned.filter(outcome="refused")]
