"""The worker: it does what is due, says that it lives, goes on after trouble, and ends when it is told to."""

from datetime import timedelta
from threading import Event

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import OperationalError

from partners.core.limits import limits
from segments.models import Run, RunState, Worker
from segments.tracking import worker as workers
from segments.tracking.services import switch_on
from segments.tracking.worker import keep_house, work, work_once
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.tracking.clock import NOON, in_group, segment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def segment():
    group = PartnerGroupFactory()
    PartnerFactory(groups=[group])
    segment = segment_of(in_group(group.pk))
    switch_on(segment=segment, user=None)
    return segment


def test_once_does_all_that_is_due_and_ends(clock, segment, capsys):
    call_command("work", "--once")
    assert Run.objects.get(state=RunState.DONE).size == 1
    assert capsys.readouterr().out == "Runs: 1\n"


def test_with_nothing_due_it_does_nothing(clock, segment):
    assert work_once() == 1
    assert work_once() == 0


def test_it_says_that_it_lives_and_since_when(clock, segment):
    work_once()
    worker = Worker.objects.get()
    assert (worker.started_at, worker.seen_at) == (clock.now, clock.now)


def ended_after(turns):
    """An event that is set once it has been waited for so often."""

    class Ended(Event):
        left = turns

        def wait(self, timeout=None):
            self.left -= 1
            if not self.left:
                self.set()
            return self.is_set()

    return Ended()


def test_it_works_until_it_is_stopped(clock, segment):
    work(ended_after(turns=2))
    assert Run.objects.get(state=RunState.DONE).size == 1


def test_told_to_stop_it_begins_nothing_more(clock, segment):
    stop = Event()
    stop.set()
    work(stop)
    assert Run.objects.get().state == RunState.DUE


def test_while_the_database_is_away_it_waits_and_goes_on_then(clock, segment, monkeypatch, caplog):
    plan_runs, asked = workers.queue.plan_runs, []

    def away_at_first(moment):
        asked.append(moment)
        if len(asked) == 1:
            raise OperationalError("connection refused")
        plan_runs(moment)

    monkeypatch.setattr(workers.queue, "plan_runs", away_at_first)
    monkeypatch.setattr(workers.connection, "close", lambda: None)
    work(ended_after(turns=2))
    assert Run.objects.get(state=RunState.DONE).size == 1
    assert "connection refused" in caplog.text


def test_the_lease_of_the_run_that_it_is_at_is_renewed(clock, segment, monkeypatch):
    life = workers._Life()

    def take_long(run):
        assert life.run == run
        life._ended = ended_after(turns=2)
        clock.turn(seconds=40)
        life._live()

    monkeypatch.setattr(workers, "carry_out", take_long)
    monkeypatch.setattr(workers.connection, "close", lambda: None)
    workers._work_off(life, Event())
    until = clock.now + timedelta(seconds=limits().lease_s)
    assert Run.objects.get(state=RunState.RUNNING).leased_until == until


def test_a_run_that_broke_off_has_no_lease_that_is_renewed(clock, segment, monkeypatch):
    def lose_the_database(_run):
        raise OperationalError("server closed the connection")

    lives = []
    monkeypatch.setattr(workers, "carry_out", lose_the_database)
    monkeypatch.setattr(workers.connection, "close", lambda: None)
    leave = workers._Life.__exit__

    def note_and_leave(life, *error):
        lives.append(life.run)
        leave(life, *error)

    monkeypatch.setattr(workers._Life, "__exit__", note_and_leave)
    work(ended_after(turns=1))
    assert lives == [None]


def test_runs_that_came_to_nothing_are_forgotten_after_ninety_days(clock, segment):
    work_once()
    for state, days in (("failed", 91), ("discarded", 91), ("failed", 89), ("done", 400)):
        Run.objects.create(
            segment=segment,
            kind="scheduled",
            state=state,
            due_at=clock.now - timedelta(days=days),
            **({"at": clock.now, "day": NOON.date(), "size": 1, "revision": 1} if state == "done" else {}),
        )
    keep_house()
    kept = Run.objects.exclude(state=RunState.DUE).values_list("state", flat=True)
    assert sorted(kept) == ["done", "done", "failed"]


def test_once_a_day_it_keeps_house(clock, segment):
    Session.objects.create(session_key="old", session_data="", expire_date=clock.now - timedelta(days=1))
    Worker.objects.create(name="gone", started_at=clock.now, seen_at=clock.now - timedelta(days=8))
    Worker.objects.create(name="here", started_at=clock.now, seen_at=clock.now - timedelta(days=6))
    keep_house()
    assert not Session.objects.exists()
    assert set(Worker.objects.values_list("name", flat=True)) == {"here"}


def test_what_can_not_be_done_in_the_house_keeps_nothing_else_from_it(clock, monkeypatch, caplog):
    def refuse():
        raise OperationalError("permission denied")

    monkeypatch.setattr(workers, "forget_old_stays", refuse)
    Worker.objects.create(name="gone", started_at=clock.now, seen_at=clock.now - timedelta(days=8))
    keep_house()
    assert not Worker.objects.exists()
    assert "permission denied" in caplog.text
