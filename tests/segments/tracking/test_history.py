"""As of a day: who was in it at its end, and what is not known."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from segments.models import Cause, SegmentDay, Stay, Tracking
from segments.tracking.history import Gap, as_of, stays_as_of
from segments.tracking.retention import forget_old_stays
from segments.tracking.services import switch_on
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.tracking.clock import in_group, run_all, segment_of

pytestmark = pytest.mark.django_db

FIRST = date(2026, 11, 28)


def after(days):
    return FIRST + timedelta(days=days)


@pytest.fixture
def group():
    return PartnerGroupFactory()


@pytest.fixture
def tracking(clock, group):
    """Partner 1 from the first day on, 2 from the second to the fifth; no run on the third and fourth."""
    PartnerFactory(id=1, groups=[group])
    PartnerFactory(id=2)
    tracking = switch_on(segment=segment_of(in_group(group.pk)), user=None)
    run_all(clock)
    clock.turn(days=1)
    group.partners.add(2)
    run_all(clock)
    clock.turn(days=3)
    group.partners.remove(2)
    run_all(clock)
    return Tracking.objects.get(pk=tracking.pk)


def members(tracking, day, clock):
    return set(stays_as_of(tracking, day, clock.moment).values_list("partner_id", flat=True))


def test_each_day_ends_as_its_last_run_saw_it(clock, tracking):
    assert [members(tracking, after(days), clock) for days in (0, 1, 4)] == [{1}, {1, 2}, {1}]
    assert [as_of(tracking, after(days), clock.moment).size for days in (0, 1, 4)] == [1, 2, 1]


def test_a_run_just_at_midnight_belongs_to_the_day_that_begins(clock, group):
    PartnerFactory(id=1, groups=[group])
    PartnerFactory(id=2)
    segment = segment_of(in_group(group.pk))
    clock.now = clock.moment.start_of(FIRST)
    switch_on(segment=segment, user=None)
    run_all(clock)
    first, clock.now = clock.now, clock.moment.start_of(after(1))
    group.partners.set([2])
    run_all(clock)
    tracking = Tracking.objects.get()
    assert [members(tracking, after(days), clock) for days in (0, 1)] == [{1}, {2}]
    found = as_of(tracking, FIRST, clock.moment)
    assert (found.size, found.last_run, found.gap, found.known_since) == (1, first, None, FIRST)
    assert not as_of(tracking, after(-1), clock.moment).is_known


def test_of_days_without_a_run_the_last_one_before_is_told_and_which_days_they_are(clock, tracking):
    found = as_of(tracking, after(2), clock.moment)
    assert (found.size, found.gap) == (2, Gap(after(2), after(3)))
    assert found.last_run.date() == after(1)
    assert as_of(tracking, after(1), clock.moment).gap is None


def test_since_the_last_run_nothing_is_known_to_today(clock, tracking):
    clock.turn(days=2)
    assert as_of(tracking, after(5), clock.moment).gap == Gap(after(5), after(6))


def test_before_tracking_began_nothing_is_known(clock, tracking):
    found = as_of(tracking, after(-1), clock.moment)
    assert not found.is_known
    assert (found.size, found.known_since) == (None, FIRST)


def test_before_the_first_run_nothing_is_known(clock, group):
    tracking = switch_on(segment=segment_of(in_group(group.pk)), user=None)
    found = as_of(tracking, FIRST, clock.moment)
    assert (found.size, found.known_since) == (None, None)


def test_stays_are_kept_for_ever_unless_told_otherwise(clock, tracking):
    clock.turn(days=3650)
    assert forget_old_stays() == 0


def test_stays_that_ended_long_ago_are_forgotten_and_that_is_told(clock, tracking, change_limits):
    change_limits(stay_retention_days=30)
    clock.turn(days=20)
    assert forget_old_stays() == 0
    clock.turn(days=20)
    assert forget_old_stays() == 1
    assert set(Stay.objects.values_list("partner_id", flat=True)) == {1}
    tracking.refresh_from_db()
    assert not as_of(tracking, after(1), clock.moment).is_known
    assert as_of(tracking, after(20), clock.moment).size == 1
    assert SegmentDay.objects.count() == 3


def test_a_stay_has_no_end_without_its_run_and_its_cause(clock, tracking):
    stays = Stay.objects.filter(pk=Stay.objects.open().first().pk)
    for half in ({"left_cause": Cause.DATA}, {"left_run": tracking.last_run}):
        with pytest.raises(IntegrityError), transaction.atomic():
            stays.update(**half)
