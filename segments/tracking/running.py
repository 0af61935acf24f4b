"""Carrying out a run: ask, look whether it is to be held, write what changed, all of it or nothing."""

import logging
import time
from datetime import date

from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.statistics import refresh_statistics
from partners.core.time_limit import TooSlowError, time_limit
from segments.arrays import Array
from segments.models import Cause, Run, RunState, SegmentDay, Stay, Tracking
from segments.tracking import queue
from segments.tracking.asking import CannotAskError, RunResult, ask
from segments.tracking.reasons import joined

logger = logging.getLogger(__name__)
ALWAYS_ALLOWED = 100
"""So many moves don't hold a run, however small the segment is."""
WITHOUT_MOVES = (RunState.FAILED, RunState.DISCARDED)
"""What has become of runs that ended and wrote nothing."""


class OvertakenError(Exception):
    """Another run of the segment was written since this one asked."""


def carry_out(run: Run) -> None:
    """Carry out a run that was claimed; what comes of it is its state in the database. It does not raise.

    A run that fails has written nothing, and is tried again or failed for good (`queue.fail`).
    """
    began = time.monotonic()
    try:
        if error := queue.lost_its_worker(run):
            queue.fail(run, error, Moment.now().instant)
        else:
            _ask_and_write(run, began)
    except OvertakenError:
        queue.give_back(run, Moment.now().instant)
    except Tracking.DoesNotExist:
        logger.info("Segment %s is not tracked any more.", run.segment_id)
        Run.objects.filter(pk=run.pk).delete()
    except (CannotAskError, TooSlowError, DatabaseError) as error:
        logger.warning("Run %s of segment %s failed: %s", run.pk, run.segment_id, error)
        queue.fail(run, _in_words(error), Moment.now().instant)
    except Exception:
        # A fault of the program in one segment must not keep the others from being run.
        logger.exception("Run %s of segment %s failed", run.pk, run.segment_id)
        queue.fail(run, _("The program made a mistake; the log says which."), Moment.now().instant)


def _ask_and_write(run: Run, began: float) -> None:
    moment = Moment.now()
    with time_limit(seconds=limits().run_timeout_s, memory_mb=limits().funnel_memory_mb):
        answer = ask(run.segment_id, moment)
    with transaction.atomic():
        _write(run, answer, moment, began)
    if answer.moves.number_entered >= limits().analyze_min_rows:
        refresh_statistics(Stay)


def _in_words(error: Exception) -> str:
    if isinstance(error, TooSlowError):
        return _("Asking it took longer than %s seconds.") % f"{limits().run_timeout_s:g}"
    if isinstance(error, DatabaseError):
        return _("The database could not answer: %s") % str(error).strip().partition("\n")[0]
    return str(error)


def _write(run: Run, answer: RunResult, moment: Moment, began: float) -> None:
    queue.lock([run.segment_id])
    tracking = Tracking.objects.select_related("last_run").get(segment=run.segment_id)
    locked = queue.locked(run)
    if locked is None or tracking.last_run_id != answer.last_run:
        raise OvertakenError
    locked.revision, locked.size, locked.day = answer.revision, answer.size, moment.today
    locked.entered, locked.left = answer.moves.number_entered, answer.moves.number_left
    locked.guarded = answer.moves.guarded
    locked.at = queue.after_last(tracking, moment.instant)
    locked.leased_until, locked.error = None, ""
    _take_place_of_earlier(locked, tracking)
    locked.state = RunState.HELD if _is_to_be_held(locked, tracking, answer) else RunState.DONE
    if locked.state == RunState.DONE:
        _follow_earlier(locked)
        _write_moves(locked, answer)
        # The baseline is no move: whoever it finds was there from the start.
        moved = (locked.entered, locked.left) if tracking.last_run_id else (0, 0)
        _write_day(locked, locked.at.astimezone(moment.zone).date(), *moved)
        tracking.last_run, tracking.size, tracking.asked = locked, locked.size, answer.asked
        tracking.since = tracking.since or locked.at
        tracking.save(update_fields=["last_run", "size", "asked", "since"])
    locked.milliseconds = round((time.monotonic() - began) * 1000)
    locked.save()


def _take_place_of_earlier(run: Run, tracking: Tracking) -> None:
    """Runs since the last good one have moved nobody: their reasons are this one's too."""
    runs = Run.objects.filter(segment=run.segment_id)
    held, others = runs.filter(state=RunState.HELD), runs.filter(state__in=WITHOUT_MOVES, at__isnull=False)
    if tracking.last_run:
        others = others.filter(at__gt=tracking.last_run.at)
    reasons = (held | others).order_by("at", "pk").values_list("reason", flat=True)
    run.reason = joined(*reasons, run.reason)
    held.update(state=RunState.DISCARDED)


def _follow_earlier(run: Run) -> None:
    """What came to nothing before this run is over, even where the clock was ahead then."""
    ahead = Run.objects.filter(segment=run.segment_id, state__in=WITHOUT_MOVES, at__gt=run.at)
    ahead.update(at=run.at)


def _is_to_be_held(run: Run, tracking: Tracking, answer: RunResult) -> bool:
    """Whether it would move so many, but for a saved definition, that somebody has to look first."""
    if tracking.guard_percent is None:
        return False
    most = max(ALWAYS_ALLOWED, answer.before * tracking.guard_percent / 100)
    return answer.moves.guarded > most + (run.confirmed or 0)


def _write_moves(run: Run, answer: RunResult) -> None:
    for cause, ids in answer.moves.left.items():
        open_stays = Stay.objects.open().filter(segment=run.segment_id, partner_id__any_of=ids.tolist())
        open_stays.update(left_run=run, left_cause=cause)
    for cause, ids in answer.moves.entered.items():
        _open_stays(run, cause, ids)


def _open_stays(run: Run, cause: Cause, ids: Array) -> None:
    """One statement with the Partner IDs alone; rows given whole would take three to eight times as long."""
    table = Stay._meta.db_table
    given = (
        "unnest(%s::bigint[]) AS given (value)"
        if connection.vendor == "postgresql"
        else "json_each(%s) AS given"
    )
    listed = ",".join(map(str, ids.tolist()))
    keys = f"{{{listed}}}" if connection.vendor == "postgresql" else f"[{listed}]"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (segment_id, partner_id, entered_run_id, entered_cause)"  # noqa: S608 - names of our own
            f" SELECT %s, value, %s, %s FROM {given}",
            (run.segment_id, run.pk, int(cause), keys),
        )


def _write_day(run: Run, day: date, entered: int, left: int) -> None:
    found, is_new = SegmentDay.objects.get_or_create(
        segment_id=run.segment_id,
        day=day,
        defaults={"size": run.size or 0, "entered": entered, "left": left},
    )
    if not is_new:
        SegmentDay.objects.filter(pk=found.pk).update(
            size=run.size, entered=F("entered") + entered, left=F("left") + left
        )
