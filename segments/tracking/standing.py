"""How tracked segments stand: which runs need somebody, and how the sizes went of late."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import OuterRef, Q, Subquery

from partners.core.moment import Moment
from segments.models import Run, RunState, SegmentDay, Tracking

LATELY_DAYS = 7
"""The days of which a change is told beside a size; today is one of them."""
CURVE_DAYS = 90
"""The days that the curve of a tracked segment shows."""


@dataclass(frozen=True)
class Lately:
    """The days of a tracked segment that have a run, oldest first, and what the last seven brought."""

    days: Sequence[SegmentDay]
    entered: int = 0
    left: int = 0
    is_known: bool = False
    """Whether there was a run in the last seven days: without one, what they brought is not known."""

    @property
    def moved(self) -> int:
        """How many entered or left in the last seven days."""
        return self.entered + self.left


@dataclass(frozen=True)
class Standing:
    """A tracked segment as its page tells it. `trouble` waits to be tried again, or has failed for good."""

    tracking: Tracking
    held: Run | None = None
    waiting: Run | None = None
    trouble: Run | None = None
    lately: Lately = field(default_factory=lambda: Lately([]))

    @property
    def waits_for_baseline(self) -> bool:
        """Whether there has been no good run yet."""
        return self.tracking.last_run is None


def standing_of(segment: int, moment: Moment) -> Standing | None:
    """How a segment is tracked, by primary key; None if it is not."""
    tracking = Tracking.objects.select_related("last_run", "segment").filter(segment__pk=segment).first()
    if tracking is None:
        return None
    waiting = (RunState.HELD, *Run.WAITING)
    runs = {run.state: run for run in Run.objects.filter(segment=segment, state__in=waiting)}
    next_run = runs.get(RunState.RUNNING) or runs.get(RunState.DUE)
    failing = next_run if next_run and next_run.error else None
    return Standing(
        tracking=tracking,
        held=runs.get(RunState.HELD),
        waiting=next_run,
        trouble=failing or failures_of([segment]).get(segment),
        lately=lately_of([segment], moment).get(segment, Lately([])),
    )


def failures_of(segments: Iterable[int]) -> dict[int, Run]:
    """The last run of each of these that failed for good, if there was no good one since."""
    if not (keys := sorted(segments)):
        return {}
    good = OuterRef("last_run__at")
    failed = Run.objects.filter(state=RunState.FAILED, segment=OuterRef("segment"))
    unmended = failed.filter(Q(segment__tracking__last_run=None) | Q(at__gt=good)).order_by("-at", "-pk")
    # Of each the last one alone: of a segment that fails each hour there are hundreds.
    last = Tracking.objects.filter(segment__pk__any_of=keys).values_list(Subquery(unmended.values("pk")[:1]))
    return {run.segment_id: run for run in Run.objects.filter(pk__in=last)}


def lately_of(segments: Iterable[int], moment: Moment, *, days: int = CURVE_DAYS) -> dict[int, Lately]:
    """Of those that are tracked, by primary key; one query for all."""
    found: defaultdict[int, list[SegmentDay]] = defaultdict(list)
    rows = SegmentDay.objects.filter(
        segment__pk__any_of=sorted(segments), day__gt=moment.today - timedelta(days=days)
    )
    for row in rows.order_by("day"):
        found[row.segment_id].append(row)
    return {key: _lately(rows_of, moment.today) for key, rows_of in found.items()}


def _lately(days: Sequence[SegmentDay], today: date) -> Lately:
    last = [one for one in days if one.day > today - timedelta(days=LATELY_DAYS)]
    entered, left = sum(one.entered for one in last), sum(one.left for one in last)
    return Lately(days, entered, left, is_known=bool(last))
