"""Which runs of a tracked segment need somebody."""

import pytest

from segments.models import Run, RunState
from segments.tracking import queue
from segments.tracking.services import switch_on
from segments.tracking.standing import failures_of
from tests.factories import PartnerGroupFactory
from tests.segments.tracking.clock import in_group, run_all, segment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def segment(clock):
    """Tracked, with a good run."""
    segment = segment_of(in_group(PartnerGroupFactory().pk))
    switch_on(segment=segment, user=None)
    run_all(clock)
    return segment


def fails_for_good(clock, reason=""):
    queue.ask_for_all_runs(reason=reason, now=clock.now)
    Run.objects.filter(state="due").update(attempts=3)
    run = queue.claim("one", clock.now)
    queue.fail(run, "It is broken.", clock.now)
    return run


def test_a_run_that_failed_for_good_needs_somebody_until_there_is_a_good_one_though_clocks_go_back(
    clock, segment
):
    clock.turn(days=-3)
    run = fails_for_good(clock)
    assert failures_of([segment.pk]) == {segment.pk: run}
    queue.ask_for_all_runs(reason="", now=clock.now)
    run_all(clock)
    assert failures_of([segment.pk]) == {}


def test_a_run_that_failed_while_the_clock_was_ahead_is_over_after_the_next_good_one(clock, segment):
    clock.turn(days=30)
    fails_for_good(clock, "Import of a.csv")
    clock.turn(days=-29)
    assert failures_of([segment.pk])
    for reason in ("Import of a.csv", ""):
        queue.ask_for_all_runs(reason="", now=clock.now)
        [run] = run_all(clock)
        assert (run.state, run.reason) == (RunState.DONE, reason)
        assert failures_of([segment.pk]) == {}
        clock.turn(hours=1)


def test_of_runs_that_failed_one_after_the_other_the_last_one_is_told(clock, segment):
    clock.turn(hours=1)
    for _hour in range(3):
        clock.turn(hours=1)
        last = fails_for_good(clock)
    assert failures_of([segment.pk]) == {segment.pk: last}
