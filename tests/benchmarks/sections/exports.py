"""Files of partners beside PostgreSQL's own COPY of the same columns."""

import resource
import time
from collections.abc import Callable
from tempfile import TemporaryFile

from django.db import connection
from django.db.models import QuerySet

from partners.exports.columns import COLUMNS, chosen
from partners.exports.comma_separated import csv_chunks
from partners.exports.excel import write_excel
from partners.exports.tables import Table
from partners.models import Partner
from tests.benchmarks.figures import Bench, Figure, seconds, times

PLAIN = ("partner_id", "name", "email", "website", "country", "original_joined_date")
COPIED = "id, name, email, website, country, original_joined_date"
MOST_IN_EXCEL = 100_000


def run(bench: Bench) -> list[Figure]:
    """All partners as CSV, plain and with their groups; some as an Excel file."""
    if connection.vendor != "postgresql":
        return []
    number = Partner.objects.count()
    excel = min(number, MOST_IN_EXCEL)
    first = Partner.objects.order_by("pk")[excel - 1 : excel].values("pk")
    some = Partner.objects.filter(pk__lte=first)
    by_copy = _seconds(_copy)
    ways: dict[str, tuple[int, Callable[[], None]]] = {
        f"{number:,} as CSV, plain columns": (number, lambda: _csv(PLAIN)),
        f"{number:,} as CSV with groups": (number, lambda: _csv((*PLAIN, "groups"))),
        f"{excel:,} as Excel, plain columns": (excel, lambda: _excel(some)),
    }
    figures = []
    for what, (rows, make) in ways.items():
        spent = _seconds(make)
        ratio = spent / (by_copy * rows / number)
        beside = f"COPY: {times(ratio)}; {rows / spent:,.0f} rows/s; peak {_peak():.0f} MB"
        figures.append(Figure("Export", what, seconds(spent), beside))
    return figures


def _copy() -> None:
    with connection.cursor() as cursor, TemporaryFile() as file:
        statement = f"COPY (SELECT {COPIED} FROM {Partner._meta.db_table}) TO STDOUT (FORMAT csv)"
        with cursor.copy(statement) as copy:
            for block in copy:
                file.write(block)


def _csv(keys: tuple[str, ...]) -> None:
    with TemporaryFile() as file:
        for chunk in csv_chunks(Table(chosen(keys, COLUMNS), Partner.objects.all())):
            file.write(chunk)


def _excel(partners: QuerySet[Partner]) -> None:
    with TemporaryFile() as file:
        write_excel(Table(chosen(PLAIN, COLUMNS), partners), file)


def _peak() -> float:
    """Megabytes of memory that this process has had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _seconds(make: Callable[[], None]) -> float:
    start = time.perf_counter()
    make()
    return time.perf_counter() - start
