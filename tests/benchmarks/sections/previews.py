"""What the builder asks on every keystroke: count, first partners, sentence."""

import time
from statistics import median
from typing import Any

from django.db import connection

from partners.core.moment import Moment
from segments.definition import Definition
from segments.insight.preview import preview
from segments.language.labels import Labels
from tests.benchmarks.contest import capped
from tests.benchmarks.figures import Bench, Figure, seconds

MAX_QUERIES = 6
RUNS = 3
PATIENCE = 60


def run(bench: Bench) -> list[Figure]:
    """Every representative segment; queries are counted with those for the labels."""
    queries, spent = {}, {}
    for name, data in bench.representative.items():
        definition = Definition.from_json(data)
        runs = [_preview(definition) for _run in range(RUNS)]
        queries[name] = max(count for count, _seconds in runs)
        spent[name] = median(took for _count, took in runs)
    most, slowest = max(queries, key=queries.__getitem__), max(spent, key=spent.__getitem__)
    return [
        Figure("Preview", "Median of the segments", seconds(median(spent.values()))),
        Figure("Preview", f"Slowest: {slowest}", seconds(spent[slowest])),
        Figure(
            "Preview",
            f"Most queries: {most}",
            str(queries[most]),
            goal=f"{MAX_QUERIES}",
            met=queries[most] <= MAX_QUERIES,
        ),
    ]


def _preview(definition: Definition) -> tuple[int, float]:
    asked = []

    def count(execute: Any, sql: str, *arguments: Any) -> Any:
        asked.append(sql)
        return execute(sql, *arguments)

    start = time.perf_counter()
    with capped(PATIENCE), connection.execute_wrapper(count):
        preview(definition, Labels.of(definition), Moment.now())
    return len(asked), time.perf_counter() - start
