"""Contestants that answer one question in turns: how long each took, and whether its answer was right."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from random import Random
from statistics import geometric_mean, median
from typing import Any

from django.db import DatabaseError, connection

CAP = 4.0
"""Seconds after which a statement is stopped."""
HOPELESS = 50
"""How many times slower than the best hand-written form a contestant is left alone after two runs."""
BEATEN = 2
"""The same for hand-written forms: of them only the best counts."""
BEATEN_AT_ONCE = 2.5
"""The same in the warm-up, whose statements are stopped there too."""
CHEAP = 0.05
"""Seconds below which a contestant is run however hopeless it is."""
SHORTEST = 0.25
"""Seconds that every statement may take."""

QUICK = 0.005
"""Seconds below which a question is asked more often, since a busy moment of the machine is as long as it."""
MORE = 5
"""How many times as often."""
NEAR = 1.5
"""How many times slower than the best a form is not asked more often."""

BUDGET = 2.0
"""Seconds that a peer may spend on a question; two runs that took longer are enough."""

Answer = int | tuple[int, ...]


class Side(Enum):
    """Who asks."""

    OURS = "ours"
    BY_HAND = "by hand"
    PEER = "peer"


@dataclass
class Contestant:
    """One way to ask; `settings` of PostgreSQL's session are made before its clock starts."""

    name: str
    side: Side
    ask: Callable[[], Answer]
    settings: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    in_database: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    """When it was asked some times in a row, and nobody else in between."""
    answer: Answer | None = None
    stopped: bool = False
    """Whether the cap stopped it."""
    left: bool = False
    """Whether it was too slow to be run more often."""

    @property
    def plays(self) -> bool:
        """Whether it is run once more."""
        spent = self.side is Side.PEER and len(self.seconds) >= 2 and sum(self.seconds) >= BUDGET
        return not (self.stopped or self.left or spent)

    @property
    def median(self) -> float:
        """Of its runs; the cap where it was stopped."""
        return CAP if self.stopped or not self.seconds else median(self.seconds)

    @property
    def database(self) -> float:
        """The median of the part that the database took."""
        return CAP if self.stopped or not self.in_database else median(self.in_database)

    @property
    def median_alone(self) -> float:
        """Of the runs in a row; the cap where it was stopped."""
        return CAP if self.stopped or not self.alone else median(self.alone)


@dataclass(frozen=True)
class Outcome:
    """All contestants of one question, and the answer that each should have given."""

    contestants: list[Contestant]
    right: Answer

    def is_right(self, contestant: Contestant) -> bool:
        """Whether it answered, and as it should have."""
        return not contestant.stopped and contestant.answer == self.right

    @property
    def best(self) -> Contestant:
        """The hand-written form with the lowest median, of those that are right; any, if none answered."""
        right = [one for one in self.contestants if one.side is Side.BY_HAND and self.is_right(one)]
        return best_by_hand(right or self.contestants)

    def find(self, name: str) -> Contestant | None:
        """The contestant of this name, if it took part."""
        return next((one for one in self.contestants if one.name == name), None)

    def ratio(self, contestant: Contestant) -> float:
        """How many times the best hand-written form's time."""
        return contestant.median / self.best.median

    def ratio_alone(self, contestant: Contestant) -> float:
        """The same of runs in a row. In turns, what one reads takes the processor's caches from the next."""
        return contestant.median_alone / self.best.median_alone

    def database_ratio(self, contestant: Contestant) -> float:
        """The same for the time that the database took."""
        return contestant.database / self.best.database


def best_by_hand(contestants: list[Contestant]) -> Contestant:
    """The fastest hand-written form."""
    return min((one for one in contestants if one.side is Side.BY_HAND), key=lambda one: one.median)


def hold(contestants: list[Contestant], *, right: Answer, runs: int, rng: Random) -> Outcome:
    """A warm-up and so many rounds, more of what is quick, each in an order of its own.

    Then ours and the best by hand alone, as many times in a row.
    """
    _warm_up(contestants)
    _play(contestants, runs, rng)
    outcome = Outcome(contestants, right)
    if runs > 1 and outcome.best.median < QUICK:
        _play(_leaders(contestants, outcome.best), runs * (MORE - 1), rng)
    for one in contestants:
        if one is outcome.best or one.side is Side.OURS:
            _run_alone(one, runs * MORE if one.median < QUICK else runs)
    return outcome


def _leaders(contestants: list[Contestant], best: Contestant) -> list[Contestant]:
    """Ours, and the forms that may still turn out to be the best."""
    near = [one for one in contestants if one.side is Side.BY_HAND and one.median < best.median * NEAR]
    return [*(one for one in contestants if one.side is Side.OURS), *near]


def _play(contestants: list[Contestant], rounds: int, rng: Random) -> None:
    for number in range(1, rounds + 1):
        playing = [one for one in contestants if one.plays]
        rng.shuffle(playing)
        for contestant in playing:
            _run(contestant, CAP)
        if number > 1:
            _leave_the_slow(playing)


def _run_alone(contestant: Contestant, times: int) -> None:
    alone = replace(contestant, seconds=contestant.alone, in_database=[])
    for _time in range(times):
        if alone.plays:
            _run(alone, CAP)


def _warm_up(contestants: list[Contestant]) -> None:
    best = CAP
    for one in contestants:
        by_hand = one.side is Side.BY_HAND
        _run(one, max(SHORTEST, min(CAP, best * BEATEN_AT_ONCE)) if by_hand else CAP)
        if by_hand and one.seconds:
            best = min(best, *one.seconds)
        one.seconds, one.in_database = [], []


def _leave_the_slow(playing: list[Contestant]) -> None:
    best = min((min(one.seconds) for one in playing if one.side is Side.BY_HAND and one.seconds), default=CAP)
    for one in playing:
        if one.seconds and min(one.seconds) > CHEAP:
            factor = min(one.seconds) / best
            one.left = factor > (BEATEN if one.side is Side.BY_HAND else HOPELESS)


def _run(contestant: Contestant, cap: float) -> None:
    clock = _DatabaseClock()
    start = time.perf_counter()
    try:
        with session(contestant.settings), capped(cap):
            start = time.perf_counter()
            with connection.execute_wrapper(clock):
                contestant.answer = contestant.ask()
            contestant.seconds.append(time.perf_counter() - start)
            # SQLite finds rows while they are fetched, within the process: nothing tells the two apart.
            apart = connection.vendor == "postgresql"
            contestant.in_database.append(clock.seconds if apart else contestant.seconds[-1])
    except DatabaseError:
        if time.perf_counter() - start < cap * 0.9:
            raise
        contestant.stopped = True


class _DatabaseClock:
    """Counts the time of statements from when they are texts: putting values into them is Python's."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if connection.vendor == "postgresql" and params:
            sql, params = context["cursor"].cursor.mogrify(sql, params), None
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - start


@contextmanager
def session(settings: dict[str, str]) -> Iterator[None]:
    """PostgreSQL's session with these settings; others as they are set on the server."""
    if connection.vendor != "postgresql" or not settings:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(";".join(f"SET {name} = '{value}'" for name, value in settings.items()))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(";".join(f"RESET {name}" for name in settings))


@contextmanager
def capped(seconds: float) -> Iterator[None]:
    """Stop a statement that takes longer, with a DatabaseError."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = %s", [int(seconds * 1000)])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
        return
    until = time.perf_counter() + seconds
    connection.connection.set_progress_handler(lambda: int(time.perf_counter() > until), 100_000)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


def mean_ratio(ratios: list[float]) -> float:
    """The geometric mean: ten times slower here and ten times faster there is no difference."""
    return geometric_mean(ratios)
