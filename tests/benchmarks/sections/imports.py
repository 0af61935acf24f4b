"""An import of partners beside PostgreSQL's own COPY and INSERT … ON CONFLICT."""

import multiprocessing
import resource

from django.db import connection

from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.import_files import Row, import_times
from tests.benchmarks.program import own_database

MAX_ROWS = 100_000


def run(bench: Bench) -> list[Figure]:
    """A tenth as many partners as the run has, in a database of their own; with the memory that all took."""
    if connection.vendor != "postgresql":
        return []
    number = min(MAX_ROWS, max(100, bench.partners // 10))
    with own_database(1_000, purpose="_imports"):
        connection.close()
        with multiprocessing.get_context("fork").Pool(1) as process:
            timed, memory = process.apply(_measured, (number,))
    figures = [
        Figure("Import", f"{number:,} {what}", seconds(spent), f"COPY and INSERT: {times(ratio)}")
        for what, spent, ratio in timed
        if "COPY" not in what
    ]
    return [*figures, Figure("Import", "All of it: memory at most", f"{memory:,.0f} MB")]


def _measured(number: int) -> tuple[list[Row], float]:
    """In a process of its own, so that its memory is its own: megabytes at most."""
    return import_times(number), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
