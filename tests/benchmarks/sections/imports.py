"""An import of partners beside PostgreSQL's own COPY and INSERT … ON CONFLICT."""

from django.db import connection

from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.import_files import import_times
from tests.benchmarks.program import own_database

MOST = 100_000


def run(bench: Bench) -> list[Figure]:
    """A tenth as many partners as the run has, in a database of their own."""
    if connection.vendor != "postgresql":
        return []
    number = min(MOST, max(100, bench.partners // 10))
    with own_database(1_000, purpose="_imports"):
        timed = import_times(number)
    return [
        Figure("Import", f"{number:,} {what}", seconds(spent), f"COPY and INSERT: {times(ratio)}")
        for what, spent, ratio in timed
        if "COPY" not in what
    ]
