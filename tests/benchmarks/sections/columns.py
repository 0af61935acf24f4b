"""Columns in memory: building them, catching up, what they cost who writes, and what asks them most."""

import time
from collections.abc import Callable
from statistics import median

from django.contrib.auth.models import User
from django.db import connection, transaction

from contracts.models import Contract
from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from partners.models import Membership, Partner
from partners.stage_edits.services import apply_edit
from segments.definition import Definition
from segments.insight.funnel import funnel
from segments.insight.near_misses import near_misses
from segments.insight.overlap import compare
from segments.language.labels import Labels
from segments.query.columns.store import STORE
from segments.query.members import evaluator
from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.ours import columns_in_memory
from tests.benchmarks.questions import random_ones
from tests.benchmarks.sections.funnel import LARGE
from tests.benchmarks.stage_edits import planned

AREA = "Columns"
SAVED = 300
INSIGHT_S, SAVED_S, CATCHING_UP_S, BULK = 0.05, 3.0, 0.005, 1.3
"""The goals: seconds, and times."""
MAX_MOVED = 100_000


def run(bench: Bench) -> list[Figure]:
    """All of it; what is written for it is taken back, or writes what was there."""
    start = time.perf_counter()
    with columns_in_memory():
        built = time.perf_counter() - start
        with snapshot():
            state = STORE.state()
        megabytes = state.bytes / 1e6 if state else 0
        return [
            Figure(AREA, "Building them", seconds(built), f"{megabytes:.0f} MB of arrays"),
            *(_catching_up(many) for many in (1, 1_000, 100_000) if many <= bench.partners // 10),
            *_insight(bench),
            _saved(bench),
            *_writing(bench),
        ]


def _catching_up(many: int) -> Figure:
    keys = list(Partner.objects.order_by("pk").values_list("pk", flat=True)[:many])
    spent = []
    for _run in range(5):
        Partner.objects.filter(pk__any_of=keys).update(website="")
        spent.append(_timed(_state))
    took, goal = median(spent), CATCHING_UP_S if many == 1 else None
    what = f"Catching up with {many:,} changed {'partner' if many == 1 else 'partners'}"
    return Figure(AREA, what, seconds(took), "", seconds(goal) if goal else "", took < goal if goal else None)


def _state() -> None:
    with snapshot():
        STORE.state()


def _insight(bench: Bench) -> list[Figure]:
    moment, long = Moment.now(), Definition.from_json(bench.representative[LARGE])
    labels = Labels.of(long)
    three = [Definition.from_json(one) for one in random_ones(bench.rng("columns"), 3).values()]
    asked: dict[str, Callable[[], object]] = {
        "Funnel of 12 conditions in 4 groups": lambda: funnel(long, moment),
        "Near misses of the same": lambda: near_misses(long, labels, moment),
        "Comparison of three": lambda: _compare(three, moment),
    }
    figures = []
    for what, ask in asked.items():
        took = median(_timed(ask) for _run in range(5))
        figures.append(Figure(AREA, what, seconds(took), "", seconds(INSIGHT_S), took < INSIGHT_S))
    return figures


def _compare(three: list[Definition], moment: Moment) -> None:
    with snapshot():
        compare(three, moment)


def _saved(bench: Bench) -> Figure:
    definitions = [Definition.from_json(one) for one in random_ones(bench.rng("saved"), SAVED).values()]

    def count_all() -> None:
        moment = Moment.now()
        with snapshot():
            masks = evaluator(moment)
            assert masks
            for definition in definitions:
                masks.state.count(masks.of_definition(definition))

    count_all()
    took = median(_timed(count_all) for _run in range(3))
    return Figure(
        AREA, f"{SAVED} random segments counted", seconds(took), "", seconds(SAVED_S), took < SAVED_S
    )


def _writing(bench: Bench) -> list[Figure]:
    """The bulk edit with and without the change log; PostgreSQL only, where triggers can be switched off."""
    if connection.vendor != "postgresql":
        return []
    number = min(MAX_MOVED, max(100, bench.partners // 10))
    with_log, without = [], []
    for _run in range(3):
        with_log.append(_bulk_edit(number, logged=True))
        without.append(_bulk_edit(number, logged=False))
    ratio = median(with_log) / median(without)
    what = f"Bulk edit of {number:,} contracts with the change log"
    beside = f"{times(ratio)} of without it"
    return [Figure(AREA, what, seconds(median(with_log)), beside, times(BULK), ratio <= BULK)]


def _bulk_edit(number: int, *, logged: bool) -> float:
    with transaction.atomic():
        user = User.objects.create_superuser("bench-columns")
        edit = planned(number, user)
        if not logged:
            with connection.cursor() as cursor:
                for model in (Partner, Membership, Contract):
                    cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")
        took = _timed(lambda: apply_edit(edit=edit, allows_unusual=True, moves_along=False, user=user))
        transaction.set_rollback(True)
    return took


def _timed(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start
