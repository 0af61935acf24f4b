"""A page far down the list beside the first."""

import time
from statistics import median
from typing import Any

from partners.models import Partner
from segments.query.keyset import Cursor
from tests.benchmarks import handwritten
from tests.benchmarks.asking import LENGTH, TRUTH, run_sql
from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.ours import members_of

ASKED = ("Broad contract stage", "Big group", "Or of broad", "Everything but")
DEEP = 10_000


def run(bench: Bench) -> list[Figure]:
    """Page 10,000, or the last one, by keyset."""
    return [_deep(name, bench) for name in ASKED if name in bench.representative]


def _deep(name: str, bench: Bench) -> Figure:
    definition = bench.representative[name]
    members = members_of(definition)
    deep = min(DEEP, members.count // LENGTH)
    if deep < 2:
        return Figure("Deep page", f"{name}: there is one page", "–")
    first: list[float] = []
    far: list[float] = []
    after = _last_before(definition, deep)
    for _run in range(bench.runs + 1):
        first.append(_spent(members, None))
        far.append(_spent(members, after))
    ratio = median(far) / median(first)
    beside = f"{seconds(median(first))} for page 1: {times(ratio)}"
    return Figure("Deep page", f"{name}, page {deep:,}", seconds(median(far)), beside, "×2", ratio <= 2)


def _last_before(definition: dict[str, Any], page: int) -> Cursor:
    rows = handwritten.one_pass(definition, "p.id, p.name_folded")
    sql = f"SELECT name_folded, id FROM ({rows}) AS found ORDER BY name_folded, id LIMIT 1"
    [(_name, pk)] = run_sql(f"{sql} OFFSET {(page - 1) * LENGTH - 1}", TRUTH)
    return Cursor(Partner.objects.get(pk=pk))


def _spent(members: Any, at: Cursor | None) -> float:
    start = time.perf_counter()
    members.page(LENGTH, at=at)
    return time.perf_counter() - start
