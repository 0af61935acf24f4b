"""How our counts and first pages grow with the number of partners."""

import time
from statistics import geometric_mean, median
from typing import Any

from django.db import DatabaseError

from tests.benchmarks.asking import LENGTH
from tests.benchmarks.contest import CAP, capped
from tests.benchmarks.figures import Bench, Figure, seconds
from tests.benchmarks.ours import members_of

RUNS = 3


def measure(bench: Bench) -> list[Figure]:
    """Time the representative segments in the database of this moment."""
    size = bench.sizes[len(bench.growth)]
    bench.growth[size] = {name: _asked(definition) for name, definition in bench.representative.items()}
    return []


def compare(bench: Bench) -> list[Figure]:
    """The sizes beside each other."""
    figures = []
    for at, what in enumerate(("Count", "First page")):
        for name, summary in (("geometric mean", geometric_mean), ("slowest", max)):
            by_size = [
                f"{seconds(summary([both[at] for both in found.values()]))} at {size:,}"
                for size, found in bench.growth.items()
            ]
            figures.append(Figure("Growth", f"{what}, {name}", by_size[-1], ", ".join(by_size[:-1])))
    return figures


def _asked(definition: dict[str, Any]) -> tuple[float, float]:
    counts, pages = [], []
    for _run in range(RUNS):
        members = members_of(definition)
        counts.append(_spent(lambda members=members: members.count))
        pages.append(_spent(lambda members=members: members.page(LENGTH)))
    return median(counts), median(pages)


def _spent(ask: Any) -> float:
    start = time.perf_counter()
    try:
        with capped(CAP):
            ask()
    except DatabaseError:
        return CAP
    return time.perf_counter() - start
