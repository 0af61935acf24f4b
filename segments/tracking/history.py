"""What the history of a tracked segment says: who was in it on a day, who moved when, how large it was."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from partners.core.moment import Moment
from segments.models import Run, RunState, Stay, Tracking
from segments.models.tracking import StayQuerySet


@dataclass(frozen=True)
class Gap:
    """Days on which no run was made, the first and the last: what happened then is not known."""

    first: date
    last: date


@dataclass(frozen=True)
class AsOf:
    """How a segment stood at the end of a day. Nothing is reconstructed: only what runs saw is told."""

    day: date
    size: int | None
    """None where nothing is known: before tracking began, or before the history that is kept."""
    known_since: date | None
    """The first day of which anything is known; None before the first run."""
    last_run: datetime | None = None
    """When the last run before the end of that day was."""
    gap: Gap | None = None
    """The days without a run in which this one lies."""
    is_over: bool = True

    @property
    def is_known(self) -> bool:
        """Whether it can be said who was in it."""
        return self.size is not None


def as_of(tracking: Tracking, day: date, moment: Moment) -> AsOf:
    """How the segment stood at the end of a local day, or stands now if the day is not over."""
    since, end = known_from(tracking), end_of(day, moment)
    if since is None or since >= end:
        return AsOf(day, None, known_since(tracking, moment))
    runs = Run.objects.filter(segment=tracking.segment_id, state=RunState.DONE)
    last = runs.filter(at__lt=end).order_by("-at").values_list("at", flat=True).first()
    return AsOf(
        day,
        stays_as_of(tracking, day, moment).count(),
        known_since(tracking, moment),
        last,
        _gap(runs, last, day, moment) if last else None,
        is_over=day < moment.today,
    )


def known_since(tracking: Tracking, moment: Moment) -> date | None:
    """The first local day of which anything is known; None before the first run."""
    since = known_from(tracking)
    return since.astimezone(moment.zone).date() if since else None


def known_from(tracking: Tracking) -> datetime | None:
    """The moment from which on all is known; None before the first run."""
    return max(filter(None, (tracking.since, tracking.kept_since)), default=None)


def _gap(runs: QuerySet[Run], last: datetime, day: date, moment: Moment) -> Gap | None:
    """The days between the last run before the end of a day and the next one, if the day is one of them."""
    last_day = last.astimezone(moment.zone).date()
    if last_day >= day:
        return None
    following = runs.filter(at__gt=last).order_by("at").values_list("at", flat=True).first()
    next_day = following.astimezone(moment.zone).date() if following else moment.today + timedelta(days=1)
    return Gap(last_day + timedelta(days=1), next_day - timedelta(days=1))


def end_of(day: date, moment: Moment) -> datetime:
    """The instant at which a local day is over."""
    return moment.start_of(day + timedelta(days=1))


def stays_as_of(tracking: Tracking, day: date, moment: Moment) -> StayQuerySet:
    """The stays of those who were in the segment at the end of a local day."""
    earlier = Run.objects.filter(segment=tracking.segment_id, at__lt=end_of(day, moment))
    # Not `exclude(left_run__in=…)`: PostgreSQL would read the stays of all segments for it.
    had_left = Exists(earlier.filter(pk=OuterRef("left_run_id")))
    return Stay.objects.filter(~had_left, entered_run__in=earlier)
