"""Which runs of a tracked segment need somebody."""

import pytest

from segments.models import Run
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


def test_a_run_that_failed_for_good_needs_somebody_until_there_is_a_good_one_though_clocks_go_back(
    clock, segment
):
    clock.turn(days=-3)
    queue.ask_for_all_runs(reason="", now=clock.now)
    Run.objects.filter(state="due").update(attempts=3)
    run = queue.claim("one", clock.now)
    queue.fail(run, "It is broken.", clock.now)
    assert failures_of([segment.pk]) == {segment.pk: run}
    queue.ask_for_all_runs(reason="", now=clock.now)
    run_all(clock)
    assert failures_of([segment.pk]) == {}
