"""What a run writes: all or nothing, in the order of time, and only what the guard lets through."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from partners.core.time_limit import TooSlowError
from partners.models import Partner
from segments.models import Run, RunKind, RunState, SegmentDay, Stay, Tracking
from segments.tracking import asking, queue, running
from segments.tracking.services import switch_on, track_now
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.tracking.clock import events, in_group, members_now, run_all, segment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return PartnerGroupFactory()


@pytest.fixture
def segment(clock, group):
    """With partners 1 to 10; tracked since a minute ago."""
    for key in range(1, 11):
        PartnerFactory(id=key, groups=[group])
    segment = segment_of(in_group(group.pk))
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(minutes=1)
    return segment


def leave(group, number):
    group.partners.remove(*range(1, number + 1))


def test_a_run_without_changes_writes_no_stay(clock, segment):
    before = list(Stay.objects.values())
    run = track_now(segment=segment, user=None)
    assert (run.state, run.size, run.entered, run.left) == (RunState.DONE, 10, 0, 0)
    assert list(Stay.objects.values()) == before


def test_up_to_a_hundred_moves_hold_no_run(clock, segment, group):
    leave(group, 10)
    assert track_now(segment=segment, user=None).state == RunState.DONE


@pytest.fixture
def no_allowance(monkeypatch):
    monkeypatch.setattr(running, "ALWAYS_ALLOWED", 0)


@pytest.mark.usefixtures("no_allowance")
def test_more_moves_than_a_fifth_of_the_segment_hold_the_run_and_change_nothing(clock, segment, group):
    leave(group, 3)
    run = track_now(segment=segment, user=None)
    assert (run.state, run.size, run.entered, run.left) == (RunState.HELD, 7, 0, 3)
    assert len(members_now(segment)) == 10
    assert Tracking.objects.get().size == 10
    assert SegmentDay.objects.get().size == 10


@pytest.mark.usefixtures("no_allowance")
def test_just_a_fifth_is_let_through(clock, segment, group):
    leave(group, 2)
    assert track_now(segment=segment, user=None).state == RunState.DONE


@pytest.mark.usefixtures("no_allowance")
def test_the_guard_can_be_set_and_switched_off(clock, segment, group):
    leave(group, 3)
    Tracking.objects.update(guard_percent=30)
    assert track_now(segment=segment, user=None).state == RunState.DONE
    leave(group, 10)
    Tracking.objects.update(guard_percent=None)
    assert track_now(segment=segment, user=None).state == RunState.DONE


@pytest.mark.usefixtures("no_allowance")
def test_a_changed_definition_is_never_held(clock, segment):
    empty = PartnerGroupFactory()
    segment.definition = in_group(empty.pk)
    segment.save()
    run = track_now(segment=segment, user=None)
    assert (run.state, run.left) == (RunState.DONE, 10)


@pytest.mark.usefixtures("no_allowance")
def test_partners_who_were_deleted_in_great_number_hold_the_run_too(clock, segment):
    Partner.objects.filter(pk__lte=3).delete()
    run = track_now(segment=segment, user=None)
    assert (run.state, run.left) == (RunState.HELD, 3)


@pytest.mark.usefixtures("no_allowance")
def test_a_newer_run_takes_the_place_of_one_that_is_held(clock, segment, group):
    leave(group, 3)
    held = track_now(segment=segment, user=None)
    group.partners.add(1, 2)
    newer = track_now(segment=segment, user=None)
    held.refresh_from_db()
    assert (held.state, newer.state) == (RunState.DISCARDED, RunState.DONE)
    assert members_now(segment) == {1, 2, *range(4, 11)}


@pytest.mark.usefixtures("no_allowance")
def test_the_run_that_takes_the_place_of_one_that_is_held_has_its_reason_too(clock, segment, group):
    leave(group, 3)
    for file in ("a.csv", "b.csv", "a.csv"):
        queue.ask_for_all_runs(reason=f"Import of {file}", now=clock.now)
        [held] = run_all(clock)
        assert held.state == RunState.HELD
    assert held.reason == "Import of a.csv; Import of b.csv"
    Tracking.objects.update(guard_percent=None)
    run = track_now(segment=segment, user=None)
    assert (run.state, run.left, run.reason) == (RunState.DONE, 3, held.reason)


def test_a_clock_that_was_set_back_does_not_bring_the_history_out_of_order(clock, segment, group):
    leave(group, 1)
    clock.turn(days=-3)
    first = track_now(segment=segment, user=None)
    group.partners.add(1)
    second = track_now(segment=segment, user=None)
    assert Run.objects.get(kind=RunKind.BASELINE).at < first.at < second.at
    assert events(segment)[-2:] == [("-", 1, "Data"), ("+", 1, "Data")]


def test_a_run_that_another_one_overtook_waits_again_and_writes_nothing(clock, segment, group, monkeypatch):
    leave(group, 1)
    write = running._write

    def be_overtaken_and_write(*given):
        other = Run.objects.create(
            segment=segment, kind=RunKind.MANUAL, due_at=clock.now, state=RunState.FAILED
        )
        Tracking.objects.update(last_run=other)
        write(*given)

    monkeypatch.setattr(running, "_write", be_overtaken_and_write)
    run = track_now(segment=segment, user=None)
    assert (run.state, run.attempts) == (RunState.DUE, 0)
    assert len(members_now(segment)) == 10


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TooSlowError(), "Asking it took longer than 60 seconds."),
        (OperationalError("server closed\nmore"), "The database could not answer: server closed"),
        (asking.CannotAskError("Circle."), "Circle."),
    ],
)
def test_a_run_that_fails_says_why_and_changes_nothing(clock, segment, group, monkeypatch, error, words):
    def refuse(*_given):
        raise error

    leave(group, 5)
    monkeypatch.setattr(running, "_write_day", refuse)
    run = track_now(segment=segment, user=None)
    assert (run.state, run.error) == (RunState.DUE, words)
    assert len(members_now(segment)) == 10
    tracking = Tracking.objects.get()
    assert tracking.last_run.kind == RunKind.BASELINE


def test_a_run_of_a_segment_that_is_tracked_no_more_comes_to_nothing(clock, segment):
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    run = queue.claim("one", clock.now)
    segment.delete()
    running.carry_out(run)
    assert not Run.objects.exists()


def test_a_day_has_the_size_of_its_last_run_and_all_moves(clock, segment, group):
    leave(group, 2)
    track_now(segment=segment, user=None)
    for key in (1, 2):
        group.partners.add(key)
        track_now(segment=segment, user=None)
    day = SegmentDay.objects.get()
    assert (day.size, day.entered, day.left) == (10, 2, 2)
    clock.turn(days=1)
    track_now(segment=segment, user=None)
    assert SegmentDay.objects.first().day == day.day + timedelta(days=1)
    assert (SegmentDay.objects.first().size, SegmentDay.objects.first().entered) == (10, 0)
