"""The feed's numbers and first names are those that a look at every single move gives."""

from collections import Counter
from datetime import timedelta
from itertools import groupby

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from segments.models import Cause, Run, RunState, Stay
from segments.tracking.feed import Asked, Move, Way, numbers, overview
from tests.laws import law
from tests.segments.tracking.clock import NOON, in_group, segment_of

pytestmark = pytest.mark.django_db

RUNS = 3
places = st.integers(0, RUNS - 1)
causes = st.sampled_from([cause for cause in Cause if cause != Cause.START])
# By partner: the run and the cause of entering, and of leaving.
stays = st.dictionaries(
    st.integers(1, 30),
    st.tuples(places, st.sampled_from(Cause), st.tuples(st.none(), st.none()) | st.tuples(places, causes)),
    min_size=1,
)


def store(drawn):
    """Stays of one segment, that begin at one of its first runs and end at one of its last ones."""
    segment = segment_of(in_group(1))
    moments = [NOON + timedelta(hours=hour) for hour in range(2 * RUNS)]
    runs = Run.objects.bulk_create(
        Run(segment=segment, due_at=at, at=at, day=at, state=RunState.DONE, revision=1, size=0)
        for at in moments
    )
    rows = Stay.objects.bulk_create(
        Stay(
            segment=segment,
            partner_id=partner,
            entered_run=runs[begin],
            entered_cause=entered,
            left_run=None if end is None else runs[RUNS + end],
            left_cause=left,
        )
        for partner, (begin, entered, (end, left)) in drawn.items()
    )
    return segment, rows


def moves_of(rows, way):
    for row in rows:
        run, cause = getattr(row, f"{way}_run"), getattr(row, f"{way}_cause")
        if run and cause != Cause.START:
            yield Move(way, row.partner_id, run.at, Cause(cause), run.pk)


def alike(move):
    return move.way, move.run, move.cause


@law(examples=100)
@given(stays, st.integers(1, 3), st.lists(st.sampled_from(Way), unique=True), st.integers(0, 2 * RUNS))
def test_an_overview_counts_all_moves_and_names_the_first_of_each_run_and_cause(drawn, most, ways, end):
    with transaction.atomic():
        segment, rows = store(drawn)
        until = NOON + timedelta(hours=end)
        expected = [move for way in ways for move in moves_of(rows, way) if move.at < until]
        asked = Asked(segment.pk, NOON, until)
        counted, first = overview(asked, ways, most)
        assert counted.by_run == numbers(asked, ways).by_run == Counter(map(alike, expected))
        kinds = groupby(sorted(expected, key=lambda move: (alike(move), move.partner)), alike)
        assert set(first) == {move for _kind, some in kinds for move in list(some)[:most]}
        assert len(first) == len(set(first))
        for way in ways:
            order = [(-move.at.timestamp(), move.partner) for move in first if move.way == way]
            assert order == sorted(order)
        transaction.set_rollback(True)
