"""How long a file of partners takes and how much memory, beside PostgreSQL's own COPY of the same columns."""

import multiprocessing
import resource
from collections.abc import Callable
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter

from django.db import connection

from partners.exports.columns import COLUMNS, chosen
from partners.exports.table import ExportTable
from partners.exports.writers.csv_writer import csv_chunks
from partners.exports.writers.excel import write_excel
from partners.models import Partner

Row = tuple[str, float, float, float]
"""What was timed, its seconds, how many times as long as COPY that is, and the megabytes it took at most."""
Way = Callable[[int], int]
"""Exports so many partners; how many those were."""

STORED = (
    "id, name, email, website, prospecting_stage, country, business_model,"
    " original_joined_date, last_transition_date"
)
PLAIN = [column.key for column in COLUMNS if column.default and column.key != "groups"]


def export_times(partners: int, runs: int = 3) -> list[Row]:
    """Export so many partners by hand, as CSV without and with their groups, and as Excel; on PostgreSQL.

    The ways take turns; each of them once in every run, Excel once altogether.
    """
    if connection.vendor != "postgresql":
        raise ValueError("COPY is PostgreSQL's.")
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for run in range(runs):
        for name, way in WAYS.items():
            if run == 0 or way is not _excel:
                spent[name].append(_apart(way, partners))
    seconds = {name: median(second for second, _memory in taken) for name, taken in spent.items()}
    by_hand = seconds[next(iter(WAYS))]
    return [
        (name, seconds[name], seconds[name] / by_hand, max(memory for _second, memory in taken))
        for name, taken in spent.items()
    ]


def _apart(way: Way, partners: int) -> tuple[float, float]:
    """In a process of its own, so that its memory is its own: seconds, and megabytes at most."""
    connection.close()
    with multiprocessing.get_context("fork").Pool(1) as process:
        return process.apply(_measured, (way, partners))


def _measured(way: Way, partners: int) -> tuple[float, float]:
    connection.ensure_connection()
    start = perf_counter()
    if (number := way(partners)) != partners:
        raise AssertionError(f"{number} of {partners} were exported.")
    seconds = perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _by_hand(partners: int) -> int:
    statement = f"COPY (SELECT {STORED} FROM {Partner._meta.db_table} LIMIT {int(partners)}) TO STDOUT"
    with connection.cursor() as cursor:
        with cursor.cursor.copy(f"{statement} WITH (FORMAT csv)") as lines:
            for _line in lines:
                pass
        return cursor.rowcount


def _table(partners: int, keys: list[str]) -> ExportTable:
    rows = Partner.objects.all()
    if partners < rows.count():
        last = rows.order_by("pk").values_list("pk", flat=True)[partners - 1]
        rows = rows.filter(pk__lte=last)
    return ExportTable(chosen(keys, COLUMNS), rows)


def _csv(partners: int, keys: list[str]) -> int:
    chunks = csv_chunks(_table(partners, keys))
    while True:
        try:
            next(chunks)
        except StopIteration as end:
            return end.value


def _plain(partners: int) -> int:
    return _csv(partners, PLAIN)


def _with_groups(partners: int) -> int:
    return _csv(partners, [*PLAIN, "groups"])


def _excel(partners: int) -> int:
    with TemporaryFile() as file:
        return write_excel(_table(partners, PLAIN), file)


WAYS: dict[str, Way] = {
    "COPY of the same columns": _by_hand,
    "CSV, plain columns": _plain,
    "CSV with groups": _with_groups,
    "Excel, plain columns": _excel,
}
