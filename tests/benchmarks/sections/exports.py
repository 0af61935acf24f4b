"""A file of all partners beside PostgreSQL's own COPY of the same columns."""

from django.db import connection

from tests.benchmarks.exports import Row, export_times
from tests.benchmarks.figures import Bench, Figure, seconds, times

AREA = "Export"


def run(bench: Bench) -> list[Figure]:
    """CSV without and with groups, and Excel; each with its speed and the memory that it took."""
    if connection.vendor != "postgresql":
        return []
    return [figure(bench.partners, row) for row in export_times(bench.partners) if "COPY" not in row[0]]


def figure(partners: int, row: Row) -> Figure:
    """The line of the table."""
    what, spent, ratio, memory = row
    beside = f"COPY: {times(ratio)}; {partners / spent:,.0f} rows/s; peak {memory:,.0f} MB"
    return Figure(AREA, f"{partners:,} as {what}", seconds(spent), beside)
