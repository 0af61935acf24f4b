"""A file of all partners beside PostgreSQL's own COPY of the same columns."""

from django.db import connection

from tests.benchmarks.exports import export_times
from tests.benchmarks.figures import Bench, Figure, seconds, times


def run(bench: Bench) -> list[Figure]:
    """CSV without and with groups, and Excel; each with the memory that it took."""
    if connection.vendor != "postgresql":
        return []
    return [
        Figure(
            "Export",
            f"{bench.partners:,} partners, {what}: at most {memory:,.0f} MB",
            seconds(spent),
            f"COPY: {times(ratio)}",
        )
        for what, spent, ratio, memory in export_times(bench.partners)
        if "COPY" not in what
    ]
