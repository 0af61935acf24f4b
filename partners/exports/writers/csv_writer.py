"""CSV files, in chunks of many lines."""

import csv
from collections.abc import Iterable, Iterator
from functools import partial
from io import StringIO
from itertools import islice
from typing import Any

from django.db import connection

from partners.core.replica import streamed_parts
from partners.exports.columns import TYPED, ExportColumn
from partners.exports.expressions import harmless
from partners.exports.table import Chunks, ExportTable
from partners.exports.writers.postgresql_copy import copied_lines

LINES_PER_CHUNK = 1_000
BYTE_ORDER_MARK = "\ufeff"
"""Lets spreadsheets see that the file is UTF-8."""


def csv_chunks(table: ExportTable, written: int | None = None) -> Chunks:
    """The file: UTF-8, a line a row, dates as 2026-02-03; all rows as they were at one moment.

    Read from a replica that has replayed up to `written` (`partners.core.replica`); None: from the primary.
    """
    yield (BYTE_ORDER_MARK + _lines([[str(column.label) for column in table.columns]])).encode()
    lines = copied_lines if connection.vendor == "postgresql" else _written_lines
    return (yield from streamed_parts(partial(lines, table), written))


def csv_of_rows(columns: list[str], rows: Iterator[list[Any]]) -> Chunks:
    """A file of any rows; their texts are made harmless here."""
    yield (BYTE_ORDER_MARK + _lines([columns])).encode()
    number = 0
    while some := list(islice(rows, LINES_PER_CHUNK)):
        number += len(some)
        yield _lines(
            [[harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in some]
        ).encode()
    return number


def _written_lines(table: ExportTable) -> Chunks:
    rows, number = table.rows(), 0
    while some := list(islice(rows, LINES_PER_CHUNK)):
        number += len(some)
        yield _lines([_guarded(table.columns, row) for row in some]).encode()
    return number


def _guarded(columns: Iterable[ExportColumn], row: Iterable[Any]) -> list[Any]:
    cells = zip(columns, row, strict=True)
    return [harmless(cell) if cell and column.reads in TYPED else cell for column, cell in cells]


def _lines(rows: list[list[Any]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    # Ending in both signs, so that a cell with either is quoted; PostgreSQL ends its lines in one.
    return text.getvalue().replace("\r\n", "\n")
