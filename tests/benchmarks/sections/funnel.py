"""The funnel of the builder beside counting each of its segments once."""

import time
from collections.abc import Callable
from statistics import geometric_mean, median
from typing import Any

from partners.core.moment import Moment
from partners.core.time_limit import time_limit
from segments.analysis.finding import as_drawn
from segments.definition import Condition, Definition, Group
from segments.insight.funnel import Funnel, funnel
from segments.query.sql import SqlQuery
from tests.benchmarks.contest import capped
from tests.benchmarks.figures import Bench, Figure, seconds, times

LARGE = "12 conditions over 4 groups"
PATIENCE = 120
BUDGET = 15
"""Seconds after which a segment has been asked about often enough, if it was asked twice."""


def run(bench: Bench) -> list[Figure]:
    """The large segment, and all that are asked about more than one condition."""
    questions = {name: Definition.from_json(data) for name, data in bench.questions.items()}
    large = {name: one for name, one in questions.items() if len(one.conditions()) > 1}
    both = {name: _both(definition, bench.runs) for name, definition in large.items()}
    ratios = {name: ours / counting for name, (ours, counting) in both.items()}
    figures = [_figure(name, *both[name], goal=True) for name in both if name == LARGE]
    if ratios:
        worst = max(ratios, key=ratios.__getitem__)
        mean = geometric_mean(ratios.values())
        figures.append(
            Figure("Funnel", f"Geometric mean of {len(ratios)}", times(mean), "counting each once")
        )
        figures.append(_figure(f"Worst: {worst}", *both[worst]))
    return figures


def _figure(name: str, ours: float, counting: float, *, goal: bool = False) -> Figure:
    beside = f"{seconds(counting)} by counting each segment once: {times(ours / counting)}"
    if not goal:
        return Figure("Funnel", name, seconds(ours), beside)
    return Figure("Funnel", name, seconds(ours), beside, "×1", ours <= counting)


def _both(definition: Definition, runs: int) -> tuple[float, float]:
    """What the funnel and what counting took, in turns; the funnel is right."""
    wanted = segments_of(definition)
    spent: list[tuple[float, float]] = []
    while len(spent) <= runs and (len(spent) < 3 or sum(map(sum, spent)) < BUDGET):
        found, ours = _timed(lambda: funnel(definition, Moment.now()))
        counts, counting = _timed(lambda: _counts(wanted))
        assert numbers_of(found, counts[-1]) == counts[:-1]
        spent.append((ours, counting))
    return tuple(median(column) for column in zip(*spent[1:], strict=True))  # type: ignore[return-value]  # as many columns as figures


def _counts(wanted: list[Definition]) -> list[int]:
    """Each segment once, however many numbers are its size."""
    with time_limit(seconds=PATIENCE):
        sizes = {definition: SqlQuery(definition, Moment.now()).count for definition in dict.fromkeys(wanted)}
    return [sizes[definition] for definition in wanted]


def segments_of(definition: Definition) -> list[Definition]:
    """The segments that the funnel's numbers are the sizes of, in their order; the whole one is the last."""
    wanted = []
    for at, group in enumerate(definition.any):
        others = definition.any[:at] + definition.any[at + 1 :]
        order = as_drawn(group)
        wanted += [Definition((group,)), Definition(others)]
        for index, condition in enumerate(group.all):
            above = tuple(group.all[one] for one in order[: order.index(index) + 1])
            left = group.all[:index] + group.all[index + 1 :]
            without = (*definition.any[:at], _group(left, group), *definition.any[at + 1 :])
            wanted += [
                Definition((_group((condition,), group),)),
                Definition((_group(above, group),)),
                Definition(without) if left else Definition(others),
            ]
    return [*wanted, definition]


def numbers_of(found: Funnel, whole: int) -> list[int]:
    """The same from the funnel; those of all groups but one are all less what only that one brings in."""
    numbers = []
    for group in found.groups:
        numbers += [group.size, whole - group.only]
        for condition in group.conditions:
            numbers += [condition.alone, condition.remain, condition.without or 0]
    return numbers


def _group(conditions: tuple[Condition, ...], of: Group) -> Group:
    return Group(conditions, of.contracts)


def _timed(ask: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    with capped(PATIENCE):
        answer = ask()
    return answer, time.perf_counter() - start
