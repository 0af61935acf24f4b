"""The queue of runs: what is due, who has it, what becomes of those that fail or lose their worker."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from segments.models import Frequency, Run, RunKind, RunState, Tracking
from segments.tracking import asking, queue
from segments.tracking.running import carry_out
from segments.tracking.services import switch_on
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.tracking.clock import in_group, run_all, segment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return PartnerGroupFactory()


@pytest.fixture
def segment(group):
    """Tracked, with a partner, its first run due."""
    PartnerFactory(id=1, groups=[group])
    segment = segment_of(in_group(group.pk))
    switch_on(segment=segment, user=None)
    return segment


@pytest.fixture
def broken(monkeypatch):
    """No segment can be asked, until this is called."""

    def refuse(*_given):
        raise asking.CannotAskError("It is broken.")

    monkeypatch.setattr(asking, "members", refuse)
    return monkeypatch.undo


def only_run():
    return Run.objects.get()


def test_what_is_due_is_claimed_once(clock, segment):
    run = queue.claim("one", clock.now)
    assert (run.state, run.worker, run.attempts) == (RunState.RUNNING, "one", 1)
    assert queue.claim("two", clock.now) is None


def test_what_is_due_later_is_not_claimed(clock, segment):
    Run.objects.update(due_at=clock.now + timedelta(seconds=1))
    assert queue.claim("one", clock.now) is None
    clock.turn(seconds=1)
    assert queue.claim("one", clock.now)


def test_what_has_been_due_longest_comes_first(clock, segment, group):
    other = segment_of(in_group(group.pk), name="Other")
    switch_on(segment=other, user=None)
    Run.objects.filter(segment=other).update(due_at=clock.now - timedelta(minutes=1))
    assert queue.claim("one", clock.now).segment_id == other.pk
    assert queue.claim("one", clock.now).segment_id == segment.pk


def test_a_run_whose_lease_ended_is_taken_over_and_the_first_worker_writes_nothing_more(clock, segment):
    first = queue.claim("one", clock.now)
    clock.turn(minutes=2)
    second = queue.claim("two", clock.now)
    assert (second.pk, second.worker, second.attempts) == (first.pk, "two", 2)
    carry_out(first)
    assert only_run().state == RunState.RUNNING
    carry_out(second)
    assert (only_run().state, only_run().size) == (RunState.DONE, 1)


def test_a_lease_that_is_renewed_is_not_taken_over(clock, segment):
    run = queue.claim("one", clock.now)
    clock.turn(seconds=50)
    queue.renew(run, clock.now)
    clock.turn(seconds=50)
    assert queue.claim("two", clock.now) is None


def test_the_lease_of_a_run_that_was_taken_over_is_not_renewed_by_the_first_worker(clock, segment):
    first = queue.claim("one", clock.now)
    clock.turn(minutes=2)
    second = queue.claim("two", clock.now)
    clock.turn(seconds=50)
    queue.renew(first, clock.now)
    assert only_run().leased_until == second.leased_until


def test_while_a_segment_is_run_nothing_else_of_it_is(clock, segment):
    queue.claim("one", clock.now)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    assert Run.objects.filter(state=RunState.DUE).count() == 1
    assert queue.claim("two", clock.now) is None


def test_a_failure_is_tried_again_after_one_five_and_thirty_minutes(clock, segment, broken):
    for attempt, minutes in enumerate((1, 5, 30), start=1):
        [run] = run_all(clock)
        assert (run.state, run.attempts, run.error) == (RunState.DUE, attempt, "It is broken.")
        assert run.due_at == clock.now + timedelta(minutes=minutes)
        clock.turn(minutes=minutes)
    [run] = run_all(clock)
    assert (run.state, run.error) == (RunState.FAILED, "It is broken.")


def test_after_a_failure_for_good_the_next_run_comes_at_its_usual_time(clock, segment, broken):
    Run.objects.update(attempts=3)
    run_all(clock)
    queue.plan_runs(clock.moment)
    # Midnight in Berlin.
    assert Run.objects.get(state=RunState.DUE).due_at == datetime(2026, 11, 28, 23, tzinfo=UTC)


def test_what_is_held_or_discarded_is_not_made_anew_before_its_usual_time(clock, segment):
    run_all(clock)
    clock.turn(days=3)
    for state in (RunState.HELD, RunState.DISCARDED):
        Run.objects.create(segment=segment, kind="scheduled", state=state, due_at=clock.now, at=clock.now)
        queue.plan_runs(clock.moment)
        assert Run.objects.get(state=RunState.DUE).due_at == datetime(2026, 12, 1, 23, tzinfo=UTC)
        Run.objects.filter(state=RunState.DUE).delete()


def test_a_run_that_fails_after_its_segment_was_paused_is_not_tried_again(clock, segment, broken):
    run = queue.claim("one", clock.now)
    Tracking.objects.update(paused=True)
    carry_out(run)
    assert only_run().state == RunState.DISCARDED


def test_a_run_of_a_segment_that_is_not_tracked_any_more_is_gone(clock, segment):
    run = queue.claim("one", clock.now)
    Tracking.objects.all().delete()
    carry_out(run)
    assert not Run.objects.exists()


def test_a_run_whose_worker_dies_each_time_fails(clock, segment):
    for _attempt in range(4):
        assert queue.claim("one", clock.now)
        clock.turn(minutes=2)
    carry_out(queue.claim("two", clock.now))
    assert only_run().state == RunState.FAILED
    assert only_run().error == "The worker stopped each time while it was running."


def test_a_fault_of_the_program_in_one_segment_stops_no_other(clock, segment, group, monkeypatch, caplog):
    other = segment_of(in_group(group.pk), name="Other")
    switch_on(segment=other, user=None)
    members = asking.members
    monkeypatch.setattr(asking, "members", lambda pk: members(pk) if pk == other.pk else 1 / 0)
    run_all(clock)
    assert Run.objects.get(segment=other).state == RunState.DONE
    assert Run.objects.get(segment=segment).error == "The program made a mistake; the log says which."
    assert "ZeroDivisionError" in caplog.text


def test_a_run_that_was_asked_for_meanwhile_takes_the_place_of_one_that_failed(clock, segment, broken):
    run = queue.claim("one", clock.now)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    carry_out(run)
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.DISCARDED, "It is broken.")
    assert Run.objects.get(state=RunState.DUE).reason == "Import of a.csv"


def claimed_for(reason, clock):
    run_all(clock)
    queue.ask_for_all_runs(reason=reason, now=clock.now)
    return queue.claim("one", clock.now)


def test_the_run_that_takes_the_place_of_one_that_failed_has_its_reason_too(clock, segment):
    run = claimed_for("Import of a.csv", clock)
    queue.ask_for_all_runs(reason="Import of b.csv", now=clock.now)
    queue.fail(run, "It is broken.", clock.now)
    assert Run.objects.get(state=RunState.DUE).reason == "Import of a.csv; Import of b.csv"


def test_the_run_that_takes_the_place_of_one_that_failed_is_tried_when_that_would_be(clock, segment, broken):
    run = queue.claim("one", clock.now)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    carry_out(run)
    due = Run.objects.get(state=RunState.DUE)
    assert (due.due_at, due.attempts, due.error) == (clock.now + timedelta(minutes=1), 1, "It is broken.")


def test_the_next_good_run_has_the_reasons_of_those_that_failed_for_good(clock, segment):
    failed = claimed_for("Import of a.csv", clock)
    failed.attempts = 4
    failed.save()
    queue.fail(failed, "It is broken.", clock.now)
    for number in (2, 3):
        clock.turn(days=1)
        [run] = run_all(clock)
        assert (run.state, run.reason) == (RunState.DONE, "Import of a.csv" if number == 2 else "")


def test_a_confirmed_run_stays_confirmed_in_the_run_that_takes_its_place(clock, segment):
    run = claimed_for("Import of a.csv", clock)
    run.confirmed = 4
    run.save()
    queue.ask_for_all_runs(reason="Import of b.csv", now=clock.now)
    queue.fail(run, "It is broken.", clock.now)
    assert Run.objects.get(state=RunState.DUE).confirmed == 4


def test_a_confirmed_run_is_tried_again_though_its_segment_is_paused(clock, segment):
    run = claimed_for("Import of a.csv", clock)
    run.confirmed = 4
    run.save()
    Tracking.objects.update(paused=True)
    queue.fail(run, "It is broken.", clock.now)
    run.refresh_from_db()
    assert run.state == RunState.DUE


def test_a_run_that_another_worker_has_taken_over_hands_nothing_on(clock, segment):
    run = claimed_for("Import of a.csv", clock)
    clock.turn(minutes=2)
    queue.claim("two", clock.now)
    queue.ask_for_all_runs(reason="Import of b.csv", now=clock.now)
    queue.fail(run, "It is broken.", clock.now)
    assert Run.objects.get(state=RunState.DUE).reason == "Import of b.csv"
    assert Run.objects.get(worker="two").state == RunState.RUNNING


def test_imports_meanwhile_hasten_no_run_that_is_to_be_tried_again(clock, segment, broken):
    [failed] = run_all(clock)
    for number in range(4):
        clock.turn(seconds=1)
        queue.ask_for_all_runs(reason=f"Import {number}", now=clock.now)
        assert run_all(clock) == []
    [due] = Run.objects.all()
    assert (due.state, due.due_at, due.attempts) == (RunState.DUE, failed.due_at, 1)
    assert due.reason == "Import 0; Import 1; Import 2; Import 3"


@pytest.mark.parametrize("kind", [RunKind.SAVE, RunKind.MANUAL])
def test_who_saves_a_segment_or_has_it_run_does_not_wait_for_the_next_try(clock, segment, broken, kind):
    Run.objects.update(attempts=2)
    run_all(clock)
    clock.turn(seconds=1)
    queue.ask_for_runs([segment.pk], kind=kind, reason="", now=clock.now)
    [run] = run_all(clock)
    assert (run.attempts, run.due_at) == (1, clock.now + timedelta(minutes=1))


def test_what_waits_is_brought_forward_and_keeps_both_reasons(clock, segment):
    run_all(clock)
    queue.plan_runs(clock.moment)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    queue.ask_for_all_runs(reason="Bulk edit of stages: why", now=clock.now)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    due = Run.objects.get(state=RunState.DUE)
    assert (due.due_at, due.kind) == (clock.now, RunKind.BULK)
    assert due.reason == "Import of a.csv; Bulk edit of stages: why"


def test_what_is_paused_is_neither_planned_nor_asked_for(clock, segment):
    run_all(clock)
    Tracking.objects.update(paused=True)
    queue.plan_runs(clock.moment)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    queue.ask_for_runs([segment.pk], kind=RunKind.SAVE, reason="Version 2 saved", now=clock.now)
    assert not Run.objects.filter(state=RunState.DUE).exists()


def test_planning_twice_plans_once(clock, segment):
    run_all(clock)
    queue.plan_runs(clock.moment)
    queue.plan_runs(clock.moment)
    assert Run.objects.filter(state=RunState.DUE).count() == 1


@pytest.mark.parametrize(
    ("frequency", "due"),
    [
        (Frequency.HOURLY, datetime(2026, 11, 28, 13, tzinfo=UTC)),
        # The day begins at 23:00 UTC in Berlin's winter.
        (Frequency.DAILY, datetime(2026, 11, 28, 23, tzinfo=UTC)),
    ],
)
def test_the_next_run_is_an_hour_later_or_as_the_next_day_begins(clock, segment, frequency, due):
    run_all(clock)
    Tracking.objects.update(frequency=frequency)
    assert queue.next_due(Tracking.objects.get(), clock.moment) == due


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        # Clocks go forward on 29 March and back on 25 October 2026.
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (datetime(2026, 10, 25, 12, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
        # Half past midnight in Berlin is still the day before in UTC.
        (datetime(2026, 11, 28, 23, 30, tzinfo=UTC), datetime(2026, 11, 29, 23, tzinfo=UTC)),
    ],
)
def test_a_day_begins_when_it_does_by_the_clocks_of_the_program(clock, segment, day, begins):
    clock.now = day
    Run.objects.update(due_at=day)
    run_all(clock)
    assert queue.next_due(Tracking.objects.get(), clock.moment) == begins


def test_a_clock_that_is_set_back_does_not_postpone_the_next_run(clock, segment):
    run_all(clock)
    clock.turn(days=-30)
    assert queue.next_due(Tracking.objects.get(), clock.moment) <= clock.now + timedelta(days=1)


@pytest.mark.parametrize(
    ("frequency", "due"),
    [
        (Frequency.HOURLY, datetime(2026, 11, 28, 13, tzinfo=UTC)),
        (Frequency.DAILY, datetime(2026, 11, 28, 23, tzinfo=UTC)),
    ],
)
def test_what_a_clock_that_was_a_year_ahead_has_planned_is_brought_forward(clock, segment, frequency, due):
    Tracking.objects.update(frequency=frequency)
    clock.turn(days=365)
    run_all(clock)
    queue.plan_runs(clock.moment)
    clock.turn(days=-365)
    queue.plan_runs(clock.moment)
    assert Run.objects.get(state=RunState.DUE).due_at == due


def test_what_was_asked_for_or_failed_while_the_clock_was_ahead_waits_no_longer_than_a_next_try(
    clock, segment
):
    Run.objects.update(due_at=clock.now + timedelta(days=365))
    queue.plan_runs(clock.moment)
    assert only_run().due_at == clock.now + timedelta(minutes=30)


def test_what_is_planned_as_usual_or_to_be_tried_again_keeps_its_time(clock, segment, broken):
    Run.objects.update(attempts=2, kind=RunKind.SCHEDULED)
    [run] = run_all(clock)
    queue.plan_runs(clock.moment)
    assert only_run().due_at == run.due_at == clock.now + timedelta(minutes=30)
    broken()
    clock.turn(minutes=30)
    run_all(clock)
    queue.plan_runs(clock.moment)
    planned = Run.objects.get(state=RunState.DUE)
    clock.turn(minutes=5)
    queue.plan_runs(clock.moment)
    assert Run.objects.get(state=RunState.DUE).due_at == planned.due_at


def test_a_lease_that_a_clock_gave_that_was_a_year_ahead_is_taken_over(clock, segment):
    clock.turn(days=365)
    queue.claim("one", clock.now)
    clock.turn(days=-365)
    assert queue.claim("two", clock.now)


@pytest.mark.parametrize("state", ["due", "running", "held"])
def test_of_a_segment_one_run_is_in_each_of_these_states(clock, segment, state):
    Run.objects.update(state=state, leased_until=clock.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(segment=segment, state=state, due_at=clock.now, leased_until=clock.now)
