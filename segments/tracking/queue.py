"""The queue of runs, kept in the database: what is due, who runs it, and what becomes of it.

A worker claims a run with a lease and renews that while it runs. If it dies, the lease ends, and the run is
claimed by another: nothing is lost, and nothing is "running" for ever.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from partners.core.actor import current_actor
from partners.core.limits import limits
from partners.core.moment import Moment
from segments.models import Frequency, Run, RunKind, RunState, Segment, Tracking
from segments.models.tracking import MAX_REASON_LENGTH
from segments.tracking.reasons import joined

RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""After the first, second and third failure; after another one the run has failed."""
TICK = timedelta(microseconds=1)
BEGINS_ANEW = (RunKind.SAVE, RunKind.MANUAL)
"""What has a run that failed tried at once: somebody wants to know, or has changed what is asked."""


def ask_for_runs(segments: Iterable[int], *, kind: RunKind, reason: str, now: datetime) -> None:
    """Have those of these segments that are tracked, and not paused, run as soon as possible.

    A run of each that waits already is brought forward, and keeps its own reason too. One that failed and is
    to be tried again keeps its time, except after a save, which may have mended it: then it begins anew.
    """
    tracked = Tracking.objects.filter(segment__pk__any_of=sorted(segments), paused=False)
    _ask(tracked, kind, reason, now)


def ask_for_run(segment: int, *, kind: RunKind, now: datetime) -> None:
    """Have a tracked segment run as soon as possible, though it be paused."""
    _ask(Tracking.objects.filter(segment=segment), kind, "", now)


def ask_for_all_runs(*, reason: str, now: datetime) -> None:
    """Have all segments that are tracked, and not paused, run after a change of many rows."""
    _ask(Tracking.objects.filter(paused=False), RunKind.BULK, reason, now)


@transaction.atomic
def _ask(trackings: QuerySet[Tracking], kind: RunKind, reason: str, now: datetime) -> None:
    keys = list(_locked(trackings).values_list("segment_id", flat=True))
    if not keys:
        return
    waiting = Run.objects.filter(segment__pk__any_of=keys, state=RunState.DUE)
    # Locked too: a worker that claims one meanwhile does not see what this transaction has written.
    due = list(waiting.select_for_update().order_by("pk"))
    for run in due:
        if not run.attempts or kind in BEGINS_ANEW:
            run.due_at, run.attempts = now, 0
        run.kind, run.reason = kind, joined(run.reason, reason)
        run.set_actor(current_actor())
    Run.objects.bulk_update(due, ["due_at", "attempts", "kind", "reason", "user_id", "user_name"])
    _add_due(dict.fromkeys(set(keys) - {run.segment_id for run in due}, now), kind, reason)


def lock(keys: Iterable[int]) -> None:
    """Lock segments before anything is written of their runs or stays: others wait who are about to.

    Every row of a run locks its segment a little, for its foreign key, as that of a stay locks its runs. Who
    saves a segment has locked it before asking for a run. So it is the segment that all lock first, in the
    order of the keys.
    """
    if wanted := sorted(keys):
        rows = Segment.objects.select_for_update(no_key=True).filter(pk__any_of=wanted).order_by("pk")
        list(rows.values_list("pk", flat=True))


def _locked(trackings: QuerySet[Tracking]) -> QuerySet[Tracking]:
    """Lock the segments of these. What is read then are those of them that are still such.

    Until the lock was there some may have been paused, planned or deleted; who has come since is not locked.
    """
    lock(keys := list(trackings.values_list("segment_id", flat=True)))
    return trackings.filter(segment__pk__any_of=keys)


def take_back(due: QuerySet[Run]) -> list[str]:
    """Delete runs that are due, and locked with their segment; the reasons for which they were."""
    locked = list(due.filter(state=RunState.DUE).select_for_update().order_by("pk"))
    Run.objects.filter(pk__in=[run.pk for run in locked]).delete()
    return [run.reason for run in locked]


def _add_due(due: dict[int, datetime], kind: RunKind, reason: str = "") -> None:
    stamp = current_actor().stamp()
    Run.objects.bulk_create(
        Run(segment_id=key, kind=kind, reason=reason[:MAX_REASON_LENGTH], due_at=at, **stamp)
        for key, at in sorted(due.items())
    )


def plan_runs(moment: Moment) -> None:
    """See to it that every tracked segment that is not paused has a run that waits."""
    idle = Tracking.objects.filter(paused=False).exclude(Exists(_waiting(OuterRef("segment"))))
    with transaction.atomic():
        _add_due({one.segment_id: next_due(one, moment) for one in _locked(idle)}, RunKind.SCHEDULED)
    _bring_forward(moment)


def _bring_forward(moment: Moment) -> None:
    """Have nothing wait longer than is usual: the clock may have been wrong when it was planned."""
    now, planned = moment.instant, Q(kind=RunKind.SCHEDULED, attempts=0)
    latest = [(~planned, now + RETRY_AFTER[-1])] + [
        (planned & Q(segment__tracking__frequency=frequency), _usually_after(now, frequency, moment))
        for frequency in Frequency
    ]
    for those, due_at in latest:
        late = Run.objects.filter(those, state=RunState.DUE, due_at__gt=due_at)
        if segments := list(late.values_list("segment_id", flat=True)):
            # Each a transaction of its own: what all lock in the order of the keys is locked at once.
            with transaction.atomic():
                lock(segments)
                late.filter(segment__pk__any_of=segments).update(due_at=due_at)


def _waiting(segment: int | OuterRef) -> QuerySet[Run]:
    return Run.objects.filter(segment=segment, state__in=Run.WAITING)


def next_due(tracking: Tracking, moment: Moment) -> datetime:
    """When a segment is to be run next by itself: an hour after its last run, or as the next day begins.

    A run that is held, was discarded, or failed counts as well: it would end in the same way at once.
    """
    runs = Run.objects.filter(segment=tracking.segment_id, at__isnull=False)
    at = runs.order_by("-at").values_list("at", flat=True).first()
    if at is None:
        return moment.instant
    # A clock that was set back must not postpone it beyond what is usual.
    return _usually_after(min(at, moment.instant), tracking.frequency, moment)


def _usually_after(last: datetime, frequency: str, moment: Moment) -> datetime:
    if frequency == Frequency.HOURLY:
        return last + timedelta(hours=1)
    return moment.start_of(last.astimezone(moment.zone).date() + timedelta(days=1))


def claim(
    worker: str, now: datetime, *, segment: int | None = None, lease_s: float | None = None
) -> Run | None:
    """Take the run that has been due longest, or one whose worker died; None if there is none.

    With `segment`, only one of this segment. `lease_s`: other than usual, for who does not renew it.
    """
    running = Run.objects.filter(segment=OuterRef("segment"), state=RunState.RUNNING)
    # No lease is as long as that: the clock was wrong when it was given.
    too_long = now + 2 * timedelta(seconds=limits().run_timeout_s + limits().lease_s)
    waiting = Run.objects.filter(
        Q(state=RunState.RUNNING, leased_until__lt=now)
        | Q(state=RunState.RUNNING, leased_until__gt=too_long)
        | (Q(state=RunState.DUE, due_at__lte=now) & ~Exists(running))
    )
    if segment is not None:
        waiting = waiting.filter(segment=segment)
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        run = waiting.select_for_update(of=("self",), skip_locked=skip).order_by("due_at", "pk").first()
        if run is None:
            return None
        run.state, run.worker, run.attempts = RunState.RUNNING, worker, run.attempts + 1
        run.leased_until = now + timedelta(seconds=lease_s or limits().lease_s)
        run.save(update_fields=["state", "worker", "attempts", "leased_until"])
    return run


def renew(run: Run, now: datetime) -> None:
    """Keep the lease of a run that is still worked on."""
    until = now + timedelta(seconds=limits().lease_s)
    _held_by_its_worker(run).update(leased_until=until)


def locked(run: Run) -> Run | None:
    """The run, locked, as long as it is still this worker's; None if another has taken it over."""
    return _held_by_its_worker(run).select_for_update().first()


def _held_by_its_worker(run: Run) -> QuerySet[Run]:
    return Run.objects.filter(pk=run.pk, state=RunState.RUNNING, worker=run.worker, attempts=run.attempts)


@transaction.atomic
def give_back(run: Run, now: datetime) -> None:
    """Let a run that was claimed wait as before: nothing was tried."""
    _wait_again(run, due_at=now, attempts=run.attempts - 1)


@transaction.atomic
def fail(run: Run, error: str, now: datetime) -> None:
    """Have a run that failed tried again later, or say that it has failed for good."""
    if run.attempts <= len(RETRY_AFTER):
        due_at = now + RETRY_AFTER[run.attempts - 1]
        _wait_again(run, due_at=due_at, attempts=run.attempts, error=error)
    else:
        tracking = Tracking.objects.select_related("last_run").filter(segment=run.segment_id).first()
        at = after_last(tracking, now) if tracking else now
        _held_by_its_worker(run).update(state=RunState.FAILED, leased_until=None, error=error, at=at)


def after_last(tracking: Tracking, now: datetime) -> datetime:
    """Runs of a segment follow its last good one in time, even where the clock was set back between them."""
    last = tracking.last_run and tracking.last_run.at
    return max(now, last + TICK) if last else now


def _wait_again(run: Run, *, due_at: datetime, attempts: int, error: str = "") -> None:
    """Make it due again, unless another run of the segment is due by now: that takes its place.

    Of a segment that was paused meanwhile only a run that somebody has asked for or confirmed waits again.
    """
    lock([run.segment_id])
    if (mine := locked(run)) is None:
        return
    other = Run.objects.select_for_update().filter(segment=run.segment_id, state=RunState.DUE).first()
    is_wanted = run.kind == RunKind.MANUAL or run.confirmed is not None
    is_paused = Tracking.objects.filter(segment=run.segment_id, paused=True).exists()
    mine.state = RunState.DISCARDED if other or (is_paused and not is_wanted) else RunState.DUE
    mine.due_at, mine.attempts, mine.leased_until, mine.error = due_at, attempts, None, error
    mine.save(update_fields=["state", "due_at", "attempts", "leased_until", "error"])
    if other:
        _take_place(other, mine)


def _take_place(run: Run, failed: Run) -> None:
    """Have a run that is due do what the other was for, and no sooner than that would be tried again."""
    run.reason = joined(failed.reason, run.reason)
    if failed.confirmed is not None:
        run.confirmed = max(failed.confirmed, run.confirmed or 0)
    if run.kind not in BEGINS_ANEW and run.confirmed is None:
        run.due_at, run.attempts, run.error = failed.due_at, failed.attempts, failed.error
    run.save(update_fields=["reason", "confirmed", "due_at", "attempts", "error"])


def lost_its_worker(run: Run) -> str:
    """What is said of a run that was taken over so often that it is not tried again; empty if it may be."""
    if run.attempts <= len(RETRY_AFTER) + 1:
        return ""
    return _("The worker stopped each time while it was running.")
