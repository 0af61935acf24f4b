"""Tracked segments: what a run costs beside SQL by hand, and what a year of history costs who reads it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from partners.core.moment import Moment
from partners.models import PartnerGroup
from segments.definition import Definition
from segments.models import Run, RunKind, RunState, Segment, Tracking
from segments.query.members import segment_query
from segments.query.sql import SqlQuery
from segments.screens.tracking.cards import FeedFilter, feed_of_days
from segments.tracking import queue
from segments.tracking.feed import moves_of_partner
from segments.tracking.history import as_of
from segments.tracking.running import carry_out
from segments.tracking.services import switch_on, track_now
from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.ours import columns_in_memory
from tests.benchmarks.program import campaign
from tests.benchmarks.questions import Question, random_ones

AREA = "Tracking"
LARGE, MOVED, MANY, SMALL = 100_000, 1_000, 300, 5_000
"""The members of the large segment, how many of them move between two runs; how many small segments."""
DAYS = 365
RUN, AS_OF, MANY_S, READ_S, YEAR_MB = 1.5, 1.5, 30.0, 0.02, 60
"""The goals: times what SQL by hand takes, seconds, megabytes."""
NAMED, DAYS_BETWEEN_VACUUMS = 10, 3
NO_PARTNER = {"field": "partner_id", "operator": "any_of", "value": ["1"]}


def run(bench: Bench) -> list[Figure]:
    """On PostgreSQL. What is written for it is deleted again."""
    if connection.vendor != "postgresql" or bench.partners < 2 * LARGE:
        return []
    with columns_in_memory(), _nothing_tracked_before():
        year = _tracked("A year", {"version": 1, "any": [{"all": [NO_PARTNER]}]})
        written = _a_year(year)
        return [*_one_large(bench), _many_small(bench), written, *_reading(year)]


@contextmanager
def _nothing_tracked_before() -> Iterator[None]:
    known = list(Segment.objects.values_list("pk", flat=True))
    try:
        yield
    finally:
        _execute("TRUNCATE segments_stay, segments_segmentday, segments_tracking, segments_run")
        for segment in Segment.objects.exclude(pk__in=known):
            segment.delete()


def _tracked(name: str, definition: Question) -> Segment:
    segment = Segment.objects.create(name=name, definition=definition)
    switch_on(segment=segment, user=None, guard_percent=None)
    return segment


def _one_large(bench: Bench) -> list[Figure]:
    """Beside one statement that asks the ids and writes the same rows."""
    groups = PartnerGroup.objects.filter(name__in=[campaign(1), campaign(2)]).values_list("pk", flat=True)
    condition = {"field": "partner_group", "operator": "any_of", "value": list(groups)}
    segment = _tracked("Large", {"version": 1, "any": [{"all": [condition]}]})
    baseline = track_now(segment=segment, user=None)
    ours, by_hand = [], []
    for _run in range(bench.runs):
        _drift(segment, baseline)
        ours.append(_timed(lambda: track_now(segment=segment, user=None)))
        _drift(segment, baseline)
        by_hand.append(_timed(lambda: _run_by_hand(segment)))
    ratio = median(ours) / median(by_hand)
    what = f"Run of {baseline.size:,} partners, {MOVED:,} of whom moved"
    beside = f"{times(ratio)} of one statement by hand ({seconds(median(by_hand))})"
    return [
        Figure(AREA, f"Baseline of {baseline.size:,} partners", seconds((baseline.milliseconds or 0) / 1000)),
        Figure(AREA, what, seconds(median(ours)), beside, times(RUN), ratio <= RUN),
    ]


def _drift(segment: Segment, baseline: Run) -> None:
    """As if half of those who move had come since the last run, and the other half had gone."""
    half = MOVED // 2
    _execute(
        "DELETE FROM segments_stay WHERE segment_id = %s AND partner_id IN (SELECT partner_id"
        " FROM segments_stay WHERE segment_id = %s AND left_run_id IS NULL ORDER BY partner_id LIMIT %s)",
        segment.pk,
        segment.pk,
        half,
    )
    _execute(
        "INSERT INTO segments_stay (segment_id, partner_id, entered_run_id, entered_cause)"
        " SELECT %s, id, %s, 1 FROM partners_partner WHERE NOT EXISTS"
        " (SELECT FROM segments_stay WHERE segment_id = %s AND partner_id = id) LIMIT %s",
        segment.pk,
        baseline.pk,
        segment.pk,
        half,
    )


def _run_by_hand(segment: Segment) -> None:
    sql, params = SqlQuery(segment.read(), Moment.now()).ids().query.sql_with_params()
    [(run,)] = _rows(
        'INSERT INTO segments_run (segment_id, kind, state, due_at, at, day, revision, size, entered, "left",'
        " reason, attempts, worker, error, user_name)"
        " VALUES (%s, 'manual', 'done', now(), now(), now(), 1, 0, 0, 0, '', 1, '', '', '') RETURNING id",
        segment.pk,
    )
    _execute(
        f"WITH now_in (id) AS MATERIALIZED ({sql}), gone AS ("
        "UPDATE segments_stay SET left_run_id = %s, left_cause = 2 WHERE segment_id = %s"
        " AND left_run_id IS NULL AND NOT EXISTS (SELECT FROM now_in WHERE id = partner_id))"
        " INSERT INTO segments_stay (segment_id, partner_id, entered_run_id, entered_cause)"
        " SELECT %s, id, %s, 2 FROM now_in WHERE NOT EXISTS (SELECT FROM segments_stay"
        " WHERE segment_id = %s AND left_run_id IS NULL AND partner_id = id)",
        *params,
        run,
        segment.pk,
        segment.pk,
        run,
        segment.pk,
    )


def _a_year(segment: Segment) -> Figure:
    """Give it LARGE members, of whom as many move on each day of a year."""
    last, moment = track_now(segment=segment, user=None), Moment.now()
    begin = moment.start_of(moment.today - timedelta(days=DAYS))
    days = [moment.today - timedelta(days=DAYS - day) for day in range(DAYS + 1)]
    Tracking.objects.filter(segment=segment).update(since=begin)
    earlier = Run.objects.bulk_create(
        Run(
            segment=segment,
            kind=RunKind.SCHEDULED,
            state=RunState.DONE,
            due_at=begin,
            at=moment.start_of(day) + timedelta(hours=1),
            day=day,
            revision=1,
            size=LARGE,
        )
        for day in days[:-1]
    )
    before = _bytes()
    for run, (come, go) in zip([*earlier, last], _days_of_moves(), strict=False):
        _move(segment, run, come, go)
    _execute("VACUUM ANALYZE segments_stay")
    megabytes = (_bytes() - before) / 1e6
    what = f"A year of {LARGE:,} members, {MOVED:,} in and {MOVED:,} out a day"
    return Figure(AREA, what, f"{megabytes:.0f} MB", "", f"{YEAR_MB} MB", megabytes <= YEAR_MB)


def _reading(segment: Segment) -> list[Figure]:
    """What is read of the year, beside the stays of all the others."""
    _execute("VACUUM ANALYZE segments_stay")
    moment = Moment.now()
    tracking, asked = Tracking.objects.get(segment=segment), moment.today - timedelta(days=100)
    ours = _often(lambda: as_of(tracking, asked, moment))
    end = moment.start_of(asked + timedelta(days=1))
    by_hand = _often(
        lambda: _rows(
            "SELECT count(*) FROM segments_run AS came JOIN segments_stay ON entered_run_id = came.id"
            " LEFT JOIN segments_run AS went ON went.id = left_run_id"
            " WHERE came.segment_id = %s AND came.at < %s AND (went.id IS NULL OR went.at >= %s)",
            segment.pk,
            end,
            end,
        )
    )
    feed = _often(lambda: feed_of_days(tracking, [asked], FeedFilter(), moment, before=None))
    timeline = _often(lambda: moves_of_partner(LARGE, NAMED))
    return [
        Figure(
            AREA,
            "As of a day of that year",
            seconds(ours),
            f"{times(ours / by_hand)} of one statement by hand",
            times(AS_OF),
            ours <= AS_OF * by_hand,
        ),
        Figure(AREA, "A day of the feed", seconds(feed), "", seconds(READ_S), feed <= READ_S),
        Figure(AREA, "A partner's timeline", seconds(timeline), "", seconds(READ_S), timeline <= READ_S),
    ]


def _days_of_moves() -> Iterator[tuple[list[int], list[int]]]:
    """Who come and who go on each day, as sorted Partner IDs: LARGE at first, then some at random."""
    rng, keys = Random(0), list(range(1, 2 * LARGE + 1))
    rng.shuffle(keys)
    inside, outside = keys[:LARGE], keys[LARGE:]
    yield sorted(inside), []
    while True:
        there, away = (rng.sample(range(LARGE), MOVED) for _side in range(2))
        come, go = [outside[at] for at in away], [inside[at] for at in there]
        for place, other, one, another in zip(there, away, come, go, strict=True):
            inside[place], outside[other] = one, another
        yield sorted(come), sorted(go)


def _move(segment: Segment, run: Run, come: list[int], go: list[int]) -> None:
    """As a run writes it; with the cleaning that autovacuum would do."""
    _execute(
        "UPDATE segments_stay SET left_run_id = %s, left_cause = 2"
        " WHERE segment_id = %s AND left_run_id IS NULL AND partner_id = ANY (%s)",
        run.pk,
        segment.pk,
        go,
    )
    _execute(
        "INSERT INTO segments_stay (segment_id, partner_id, entered_run_id, entered_cause)"
        " SELECT %s, partner, %s, 2 FROM unnest(%s::bigint[]) AS partner",
        segment.pk,
        run.pk,
        come,
    )
    if run.day and run.day.toordinal() % DAYS_BETWEEN_VACUUMS == 0:
        _execute("VACUUM segments_stay")


def _many_small(bench: Bench) -> Figure:
    """Those of many random segments that are small, run once more when a few partners have moved."""
    chosen: list[Segment] = []
    for name, definition in random_ones(bench.rng("tracked"), 20 * MANY).items():
        if (
            len(chosen) < MANY
            and 0 < segment_query(Definition.from_json(definition), Moment.now()).count <= SMALL
        ):
            chosen.append(_tracked(f"Small {name}", definition))
    _work_off()
    for segment in chosen:
        _execute(
            "DELETE FROM segments_stay WHERE segment_id = %s AND partner_id IN"
            " (SELECT partner_id FROM segments_stay WHERE segment_id = %s LIMIT 10)",
            segment.pk,
            segment.pk,
        )
    queue.ask_for_all_runs(reason="bench", now=timezone.now())
    took = _timed(_work_off)
    what = f"{len(chosen)} tracked segments run after small changes"
    return Figure(AREA, what, seconds(took), "", seconds(MANY_S), took <= MANY_S)


def _work_off() -> None:
    while run := queue.claim("bench", timezone.now()):
        carry_out(run)


def _often(ask: Callable[[], object]) -> float:
    return median(_timed(ask) for _run in range(7))


def _timed(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def _bytes() -> int:
    [(number,)] = _rows("SELECT pg_total_relation_size('segments_stay')")
    return int(number)


def _rows(sql: str, *params: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _execute(sql: str, *params: object, **named: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, named or params or None)
