"""How long the history of tracked segments is kept."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from partners.core.limits import limits
from partners.core.moment import Moment
from segments.models import Run, RunState, Stay, Tracking
from segments.tracking.queue import lock

RUNS_KEPT = timedelta(days=90)
"""How long a run is kept that came to nothing. Those that found something are what stays refer to."""


def forget_old_runs() -> int:
    """Delete runs that failed or were discarded long ago; how many."""
    came_to_nothing = Run.objects.filter(state__in=(RunState.FAILED, RunState.DISCARDED))
    old = came_to_nothing.filter(due_at__lt=timezone.now() - RUNS_KEPT)
    number = 0
    for segment in _segments_of(old):
        with transaction.atomic():
            lock([segment])
            number += old.filter(segment=segment).delete()[0]
    return number


def forget_old_stays() -> int:
    """Delete stays that ended longer ago than they are kept; how many. Daily sizes stay.

    What was before is then not known any more, which `Tracking.kept_since` says.
    """
    days = limits().stay_retention_days
    if not days:
        return 0
    moment = Moment.now()
    until = moment.start_of(moment.today - timedelta(days=days))
    older = Q(kept_since__isnull=True) | Q(kept_since__lt=until)
    not_told = Tracking.objects.filter(older, since__lt=until)
    number = 0
    for segment in _segments_of(not_told):
        with transaction.atomic():
            lock([segment])
            not_told.filter(segment=segment).update(kept_since=until)
            runs = Run.objects.filter(segment=segment, at__lt=until)
            number += Stay.objects.filter(left_run__in=runs).delete()[0]
    return number


def _segments_of(rows: QuerySet[Any]) -> list[int]:
    """By primary key: each is locked by itself, so that its runs wait no longer than for its own history."""
    return list(rows.order_by("segment_id").values_list("segment_id", flat=True).distinct())
