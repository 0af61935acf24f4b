"""Switching tracking on and off, and what people do with runs. Each leaves a record of who did what."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.core.actor import Actor, acting_as
from partners.core.limits import limits
from segments.models import (
    Frequency,
    Run,
    RunKind,
    RunState,
    Segment,
    SegmentDay,
    SegmentReference,
    Tracking,
)
from segments.models.tracking import DEFAULT_GUARD_PERCENT
from segments.nesting import segments_watched
from segments.tracking import queue
from segments.tracking.reasons import joined
from segments.tracking.running import carry_out

IN_THIS_PROCESS = "page"
"""Stands for the worker of a run that a page carries out itself."""


class AlreadyRunningError(Exception):
    """The segment is being run just now."""


class NotHeldError(Exception):
    """The run is not held any more: somebody confirmed or discarded it, or a newer one has come."""


@transaction.atomic
def switch_on(
    *,
    segment: Segment,
    user: User | None,
    frequency: Frequency = Frequency.DAILY,
    guard_percent: int | None = DEFAULT_GUARD_PERCENT,
) -> Tracking:
    """Track a segment from now on; its first run is due at once. One that is tracked stays as it is."""
    queue.lock([segment.pk])
    stamp = Actor(user or "").stamp()
    tracking, is_new = Tracking.objects.get_or_create(
        segment=segment, defaults={"frequency": frequency, "guard_percent": guard_percent, **stamp}
    )
    if is_new:
        _record(segment, user, _("Tracking switched on."))
        with acting_as(user or ""):
            queue.ask_for_run(segment.pk, kind=RunKind.BASELINE, now=timezone.now())
    return tracking


@transaction.atomic
def change(
    *, tracking: Tracking, frequency: str, guard_percent: int | None, paused: bool, user: User | None
) -> None:
    """Change how a segment is tracked. What waits to be run is planned anew."""
    queue.lock([tracking.segment_id])
    tracked = Tracking.objects.get(pk=tracking.pk)
    before = (tracked.frequency, tracked.guard_percent, tracked.paused)
    tracked.frequency, tracked.guard_percent, tracked.paused = frequency, guard_percent, paused
    if before == (frequency, guard_percent, paused):
        return
    tracked.save(update_fields=["frequency", "guard_percent", "paused"])
    # It is planned anew; one with a reason to be run is, unless there are to be no runs at all.
    # One that was confirmed is kept: somebody has seen whom it moves.
    due = Run.objects.filter(segment=tracked.segment_id, confirmed=None)
    queue.take_back(due if paused else due.filter(kind=RunKind.SCHEDULED))
    if tracked.paused == before[2]:
        message = _("Tracking changed.")
    else:
        message = _("Tracking paused.") if tracked.paused else _("Tracking resumed.")
    _record(tracked.segment, user, message)


class HistoryInUseError(Exception):
    """Other segments ask who entered or left this one; the message names them."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        names = ", ".join(f"“{segment.name}”" for segment in segments)
        super().__init__(_("Its history is asked for by other segments: %s.") % names)


@transaction.atomic
def switch_off(*, segment: Segment, user: User | None) -> None:
    """Stop tracking a segment, and delete its history. HistoryInUseError if a segment asks for it."""
    # None that asks for it is saved meanwhile either: who saves one locks those that it names.
    queue.lock([segment.pk])
    if asking := segments_watching(segment):
        raise HistoryInUseError(asking)
    if not Tracking.objects.filter(segment=segment).exists():
        return
    for model in (SegmentDay, Tracking, Run):  # and stays, with their runs
        model._default_manager.filter(segment=segment).delete()
    _record(segment, user, _("Tracking switched off, and its history deleted."))


def track_now(*, segment: Segment, user: User | None) -> Run:
    """Run a segment at once, in this process; returns the run.

    AlreadyRunningError: a worker is at it. Run.DoesNotExist: tracking was switched off meanwhile.
    """
    with acting_as(user or ""):
        queue.ask_for_run(segment.pk, kind=RunKind.MANUAL, now=timezone.now())
    return _carry_out_now(segment.pk)


def _carry_out_now(segment: int) -> Run:
    # Its lease is not renewed, so it lasts as long as a run can take.
    lease_s = limits().run_timeout_s + limits().lease_s
    run = queue.claim(IN_THIS_PROCESS, timezone.now(), segment=segment, lease_s=lease_s)
    if run is None:
        raise AlreadyRunningError
    carry_out(run)
    run.refresh_from_db()
    return run


def confirm(*, run: Run, user: User, seen: int | None = None) -> Run:
    """Carry out a run that was held: somebody has seen who would move. NotHeldError if it is not held.

    `seen` is how many the guard counted of these, if they were asked for anew since it was held. It is held
    again if many more would move by now.
    """
    with transaction.atomic():
        held = _held(run)
        reasons = queue.take_back(Run.objects.filter(segment=held.segment_id))
        held.reason = joined(held.reason, *reasons)
        held.state, held.due_at, held.attempts = RunState.DUE, timezone.now(), 0
        counted = held.entered + held.left if held.guarded is None else held.guarded
        held.confirmed = counted if seen is None else seen
        held.set_actor(Actor(user))
        held.save()
        _record(
            held.segment, user, _("Held run confirmed: %(entered)s enter, %(left)s leave.") % _moves(held)
        )
    return _carry_out_now(held.segment_id)


@transaction.atomic
def discard(*, run: Run, user: User) -> None:
    """Let a run that was held come to nothing: the next one asks anew. NotHeldError if it is not held."""
    held = _held(run)
    held.state = RunState.DISCARDED
    held.set_actor(Actor(user))
    held.save(update_fields=["state", "user", "user_name"])
    _record(held.segment, user, _("Held run discarded: %(entered)s enter, %(left)s leave.") % _moves(held))


def _held(run: Run) -> Run:
    queue.lock([run.segment_id])
    held = Run.objects.select_for_update().filter(pk=run.pk, state=RunState.HELD).first()
    if held is None:
        raise NotHeldError
    return held


def _moves(run: Run) -> dict[str, Any]:
    return {"entered": f"{run.entered:,}", "left": f"{run.left:,}"}


def segments_watching(segment: Segment) -> list[Segment]:
    """The segments that ask who entered or left this one; it can be among them itself."""
    references = SegmentReference.objects.filter(named=segment.pk)
    naming = Segment.objects.filter(Q(pk=segment.pk) | Q(pk__in=references.values("segment")))
    return [one for one in naming if segment.pk in segments_watched(one.read_or_nobody())]


def _record(segment: Segment, user: User | None, message: str) -> None:
    if user:
        LogEntry.objects.log_actions(user.pk, [segment], CHANGE, message, single_object=True)
