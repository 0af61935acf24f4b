"""Who takes part in the contest about a definition: the program, the forms written by hand, the peers."""

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import QuerySet

from partners.core.moment import Moment
from partners.models import Partner
from segments.definition import Definition
from segments.query.base import SegmentQuery
from segments.query.members import segment_query
from tests.benchmarks import handwritten
from tests.benchmarks.contest import CAP, Answer, Contestant, Outcome, Side, capped, hold, session
from tests.benchmarks.ours import kept_answers, members_of
from tests.benchmarks.peers import PEERS, Unsaid

Question = dict[str, Any]
Peers = dict[str, Callable[[Question], QuerySet[Partner]]]
LENGTH = handwritten.LENGTH
SETTINGS = {"jit": "off", "work_mem": "64MB", "parallel_setup_cost": "5000"}
"""What the program sets for the length of a question (partners/core/time_limit.py), for SQL by hand too."""
ID = handwritten.COLUMNS.index("id")
TRUTH = {"jit": "off", "work_mem": "256MB", "statement_timeout": "0"}


def truth(definition: Question) -> tuple[int, tuple[int, ...]]:
    """How many partners there are, and the first of them by name, from one pass over all rows."""
    found = handwritten.one_pass(definition, "p.id, p.name_folded, count(*) OVER () AS number")
    rows = run_sql(
        f"SELECT number, id FROM ({found}) AS found ORDER BY name_folded, id LIMIT {LENGTH}", TRUTH
    )
    return rows[0][0] if rows else 0, tuple(pk for _number, pk in rows)


def ask_count(definition: Question, right: int, *, runs: int, rng: Random, peers: Peers = PEERS) -> Outcome:
    """How many partners there are."""
    contestants = [
        Contestant("ours", Side.OURS, lambda: members_of(definition).count, SETTINGS),
        *_by_columns(lambda members: members.count, definition),
    ]
    for name, sql in handwritten.counts(definition).items():
        contestants.append(by_hand(name, sql, count=True))
    for name, say in _able(definition, peers).items():
        contestants.append(Contestant(name, Side.PEER, lambda say=say: say(definition).count()))
    return hold(contestants, right=right, runs=runs, rng=rng)


def ask_page(
    definition: Question, right: tuple[int, ...], *, runs: int, rng: Random, peers: Peers = PEERS
) -> Outcome:
    """The first partners by name. Ours is asked when the count is known, as on every screen."""
    members = members_of(definition)
    with suppress(DatabaseError), capped(CAP):
        assert members.count >= len(right)

    def first() -> Answer:
        return tuple(one.pk for one in members.page(LENGTH))

    contestants = [
        Contestant("ours", Side.OURS, first, SETTINGS),
        *_by_columns(lambda members: tuple(one.pk for one in members.page(LENGTH)), definition),
    ]
    for name, sql in handwritten.pages(definition).items():
        contestants.append(by_hand(name, sql, count=False))
    for name, say in _able(definition, peers).items():
        contestants.append(Contestant(name, Side.PEER, lambda say=say: _first(say(definition))))
    return hold(contestants, right=right, runs=runs, rng=rng)


def _by_columns(found_in: Callable[[SegmentQuery], Answer], definition: Question) -> list[Contestant]:
    """Columns that are asked for the first time, and again with the answers that they keep.

    What is asked has been read by then, as SQL by hand has been written.
    """
    read, kept = Definition.from_json(definition), kept_answers()

    def ask(*, again: bool) -> Answer:
        if not again:
            for answers in kept:
                answers.forget_all()
        return found_in(segment_query(read, Moment.now()))

    return [
        Contestant("columns", Side.OURS, lambda: ask(again=False)),
        Contestant("columns again", Side.OURS, lambda: ask(again=True)),
    ]


def unsaid(definition: Question) -> dict[str, str]:
    """Why which peer can't be asked."""
    reasons = {}
    for name, say in PEERS.items():
        try:
            say(definition)
        except Unsaid as reason:
            reasons[name] = str(reason)
    return reasons


def _able(definition: Question, peers: Peers) -> Peers:
    left_out = unsaid(definition) if peers else {}
    return {name: say for name, say in peers.items() if name not in left_out}


def _first(partners: QuerySet[Partner]) -> tuple[int, ...]:
    return tuple(one.pk for one in partners.order_by("name_folded", "pk")[:LENGTH])


def by_hand(name: str, sql: str, *, count: bool) -> Contestant:
    """A statement that counts partners, or reads the first of them."""

    def ask() -> Answer:
        rows = run_sql(sql)
        return int(rows[0][0]) if count else tuple(row[ID] for row in rows)

    return Contestant(name, Side.BY_HAND, ask, SETTINGS)


def run_sql(sql: str, settings: dict[str, str] | None = None) -> list[Any]:
    """The rows of a statement."""
    with session(settings or {}), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
