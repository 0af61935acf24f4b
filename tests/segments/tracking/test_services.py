"""Switching tracking on and off, and confirming or discarding what was held, by whom."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry

from segments.models import Frequency, Run, RunKind, RunState, SegmentDay, Stay, Tracking
from segments.tracking import asking, queue, running
from segments.tracking.services import (
    AlreadyRunningError,
    NotHeldError,
    change,
    confirm,
    discard,
    switch_off,
    switch_on,
    track_now,
)
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.tracking.clock import in_group, members_now, run_all, segment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return PartnerGroupFactory()


@pytest.fixture
def segment(group):
    for key in range(1, 11):
        PartnerFactory(id=key, groups=[group])
    return segment_of(in_group(group.pk))


def records():
    return list(LogEntry.objects.order_by("pk").values_list("user__username", "change_message"))


def test_switching_on_has_the_baseline_run_at_once_and_says_who_did_it(clock, segment, editor):
    tracking = switch_on(segment=segment, user=editor, frequency=Frequency.HOURLY)
    assert (tracking.user, tracking.user_name, tracking.frequency) == (editor, "editor", "hourly")
    run = Run.objects.get()
    assert (run.kind, run.state, run.due_at, run.user) == (RunKind.BASELINE, RunState.DUE, clock.now, editor)
    assert records() == [("editor", "Tracking switched on.")]


def test_switching_on_twice_changes_nothing(clock, segment, editor):
    switch_on(segment=segment, user=editor, frequency=Frequency.HOURLY)
    switch_on(segment=segment, user=editor)
    assert Tracking.objects.get().frequency == "hourly"
    assert len(records()) == 1


def test_switching_off_deletes_the_history_and_nothing_else(clock, segment, group, editor):
    other = segment_of(in_group(group.pk), name="Other")
    for one in (segment, other):
        switch_on(segment=one, user=None)
    run_all(clock)
    switch_off(segment=segment, user=editor)
    for model in (Tracking, Run, Stay, SegmentDay):
        assert {row.segment_id for row in model.objects.all()} == {other.pk}
    assert records() == [("editor", "Tracking switched off, and its history deleted.")]


def test_pausing_takes_back_what_is_due_and_resuming_plans_anew(clock, segment, editor):
    tracking = switch_on(segment=segment, user=None)
    run_all(clock)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    usual = {"tracking": tracking, "frequency": "daily", "guard_percent": 20, "user": editor}
    change(**usual, paused=True)
    assert not Run.objects.filter(state=RunState.DUE).exists()
    change(**usual, paused=False)
    queue.plan_runs(clock.moment)
    assert Run.objects.get(state=RunState.DUE).kind == RunKind.SCHEDULED
    assert records() == [("editor", "Tracking paused."), ("editor", "Tracking resumed.")]


def test_what_is_the_same_is_no_change(clock, segment, editor):
    tracking = switch_on(segment=segment, user=None)
    change(tracking=tracking, frequency="daily", guard_percent=20, paused=False, user=editor)
    assert records() == []


def test_another_frequency_plans_the_next_run_anew(clock, segment, editor):
    tracking = switch_on(segment=segment, user=None)
    run_all(clock)
    queue.plan_runs(clock.moment)
    before = Run.objects.get(state=RunState.DUE).due_at
    change(tracking=tracking, frequency="hourly", guard_percent=None, paused=False, user=editor)
    queue.plan_runs(clock.moment)
    assert Run.objects.get(state=RunState.DUE).due_at < before
    assert records() == [("editor", "Tracking changed.")]


def test_what_was_asked_for_stays_due_where_the_frequency_changes(clock, segment, editor):
    tracking = switch_on(segment=segment, user=None)
    change(tracking=tracking, frequency="hourly", guard_percent=20, paused=False, user=editor)
    assert Run.objects.get(state=RunState.DUE).kind == RunKind.BASELINE


def test_track_now_runs_at_once_for_the_user(clock, segment, editor):
    switch_on(segment=segment, user=None)
    run = track_now(segment=segment, user=editor)
    assert (run.state, run.size, run.user, run.kind) == (RunState.DONE, 10, editor, RunKind.MANUAL)


def test_track_now_says_that_a_worker_is_at_it(clock, segment):
    switch_on(segment=segment, user=None)
    queue.claim("one", clock.now)
    with pytest.raises(AlreadyRunningError):
        track_now(segment=segment, user=None)


def test_a_paused_segment_can_be_tracked_now(clock, segment, editor):
    tracking = switch_on(segment=segment, user=None)
    change(tracking=tracking, frequency="daily", guard_percent=20, paused=True, user=editor)
    assert track_now(segment=segment, user=editor).state == RunState.DONE


@pytest.fixture
def held(clock, segment, group, monkeypatch):
    """Three of ten partners would leave."""
    monkeypatch.setattr(running, "ALWAYS_ALLOWED", 0)
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(days=1)
    group.partners.remove(1, 2, 3)
    [run] = run_all(clock)
    assert run.state == RunState.HELD
    return run


def test_a_run_that_is_confirmed_moves_them(clock, held, segment, editor):
    run = confirm(run=held, user=editor)
    assert (run.pk, run.state, run.user) == (held.pk, RunState.DONE, editor)
    assert members_now(segment) == set(range(4, 11))
    assert records() == [("editor", "Held run confirmed: 0 enter, 3 leave.")]


def test_a_confirmed_run_is_held_again_where_many_more_would_move_by_now(clock, held, segment, group, editor):
    group.partners.remove(4, 5, 6)
    run = confirm(run=held, user=editor)
    assert (run.state, run.left) == (RunState.HELD, 6)
    assert len(members_now(segment)) == 10


def test_a_confirmed_run_moves_as_many_as_were_seen_since_it_was_held(clock, held, segment, group, editor):
    group.partners.remove(4, 5, 6)
    run = confirm(run=held, user=editor, seen=6)
    assert (run.state, run.left) == (RunState.DONE, 6)


def test_what_a_saved_definition_moves_is_not_confirmed(clock, held, segment, group, editor):
    segment.definition = in_group(PartnerGroupFactory().pk)
    segment.save()
    again = track_now(segment=segment, user=None)
    assert (again.state, again.left) == (RunState.HELD, 10)
    group.partners.remove(4, 5, 6)
    run = confirm(run=again, user=editor)
    assert (run.state, run.confirmed) == (RunState.HELD, 3)


def test_a_confirmed_run_keeps_the_reason_of_one_that_was_due(clock, held, editor):
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    assert "Import of a.csv" in confirm(run=held, user=editor).reason


def test_switching_off_what_is_not_tracked_is_not_recorded(clock, segment, editor):
    switch_off(segment=segment, user=editor)
    assert records() == []


def test_a_run_in_a_page_has_a_lease_as_long_as_a_run_can_take(clock, segment, monkeypatch):
    switch_on(segment=segment, user=None)
    monkeypatch.setattr("segments.tracking.services.carry_out", lambda _run: None)
    run = track_now(segment=segment, user=None)
    assert run.leased_until == clock.now + timedelta(seconds=120)


def test_a_run_that_is_discarded_moves_no_partner_and_the_next_one_asks_anew(clock, held, segment, editor):
    discard(run=held, user=editor)
    held.refresh_from_db()
    assert held.state == RunState.DISCARDED
    assert len(members_now(segment)) == 10
    assert records() == [("editor", "Held run discarded: 0 enter, 3 leave.")]
    clock.turn(days=1)
    [run] = run_all(clock)
    assert (run.state, run.left) == (RunState.HELD, 3)


def test_the_run_after_one_that_was_discarded_has_its_reason_too(clock, held, segment, editor):
    Run.objects.filter(pk=held.pk).update(reason="Import of a.csv")
    discard(run=held, user=editor)
    clock.turn(days=1)
    [again] = run_all(clock)
    assert again.reason == "Import of a.csv"
    assert confirm(run=again, user=editor).state == RunState.DONE
    assert track_now(segment=segment, user=editor).reason == ""


@pytest.mark.parametrize("paused", [False, True])
def test_a_change_takes_back_no_run_that_was_confirmed(clock, held, segment, editor, monkeypatch, paused):
    def refuse(*_given):
        raise asking.CannotAskError("It is broken.")

    with monkeypatch.context() as broken:
        broken.setattr(asking, "members", refuse)
        confirm(run=held, user=editor)
    tracking = Tracking.objects.get(segment=segment)
    change(tracking=tracking, frequency="hourly", guard_percent=5, paused=paused, user=editor)
    clock.turn(hours=1)
    run_all(clock)
    held.refresh_from_db()
    assert (held.state, held.left) == (RunState.DONE, 3)


@pytest.mark.parametrize("answer", [confirm, discard])
def test_what_is_not_held_any_more_is_neither_confirmed_nor_discarded(clock, held, editor, answer):
    discard(run=held, user=editor)
    with pytest.raises(NotHeldError):
        answer(run=held, user=editor)


def test_a_run_that_was_held_before_its_guarded_number_was_kept_is_confirmed_as_well(clock, held, editor):
    Run.objects.filter(pk=held.pk).update(guarded=None)
    assert confirm(run=held, user=editor).state == RunState.DONE
