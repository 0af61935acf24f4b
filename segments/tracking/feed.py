"""Who entered and left a tracked segment, as a feed tells it: day by day, by cause, a page at a time.

Every question here names a span of time: the runs in it are few, and lead to their stays.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from django.db.models import Count, Q, Window
from django.db.models.functions import RowNumber

from segments.models import Cause, Run, Segment, Stay
from segments.models.tracking import StayQuerySet


class Way(StrEnum):
    """Into the segment, or out of it. The value is what the names of a stay's columns begin with."""

    ENTERED = "entered"
    LEFT = "left"


@dataclass(frozen=True)
class Move:
    """A partner entered or left, through a run, at its moment."""

    way: Way
    partner: int
    at: datetime
    cause: Cause
    run: int


@dataclass(frozen=True)
class Place:
    """A place in the order of moves, newest first: behind this partner at this moment."""

    at: datetime
    partner: int


@dataclass(frozen=True)
class Asked:
    """The moves of a segment in [begin, end); of one cause, or of some partners, where these are given."""

    segment: int
    begin: datetime
    end: datetime
    cause: Cause | None = None
    partners: Collection[int] | None = None

    def stays(self, way: Way) -> StayQuerySet:
        """The stays that began, or ended, in the span; without those of the baseline, which moved none."""
        causes = Q(**{f"{way}_cause": self.cause}) if self.cause else Q(**{f"{way}_cause__gt": Cause.START})
        if self.partners is not None:
            causes &= Q(partner_id__any_of=sorted(self.partners))
        runs = Run.objects.filter(segment=self.segment, at__gte=self.begin, at__lt=self.end)
        return Stay.objects.filter(causes, **{f"{way}_run__in": runs})


@dataclass(frozen=True)
class Numbers:
    """How many entered and left, by run and cause."""

    by_run: Counter[tuple[Way, int, Cause]]

    @cached_property
    def by_cause(self) -> Counter[Cause]:
        """How many moves have each cause."""
        found: Counter[Cause] = Counter()
        for (_way, _run, cause), number in self.by_run.items():
            found[cause] += number
        return found

    def of(self, way: Way, runs: Collection[int], cause: Cause | None) -> int:
        """How many went this way through some runs, for one cause or for any."""
        return sum(
            number
            for (one, run, because), number in self.by_run.items()
            if one == way and run in runs and cause in (None, because)
        )


def numbers(asked: Asked, ways: Sequence[Way] = tuple(Way)) -> Numbers:
    """Counts the moves of a span; a query for each way."""
    found: Counter[tuple[Way, int, Cause]] = Counter()
    for way in ways:
        grouped = asked.stays(way).order_by().values_list(f"{way}_run", f"{way}_cause")
        for run, cause, number in grouped.annotate(number=Count("partner_id")):
            found[way, run, Cause(cause)] = number
    return Numbers(found)


def moves(asked: Asked, way: Way, most: int, *, behind: Place | None = None) -> list[Move]:
    """The newest moves this way, at most so many; those of one run by Partner ID. `behind` pages on."""
    rows, at = asked.stays(way), f"{way}_run__at"
    if behind:
        same = Q(**{at: behind.at}, partner_id__gt=behind.partner)
        rows = rows.filter(same | Q(**{f"{at}__lt": behind.at}))
    newest = rows.order_by(f"-{at}", "partner_id")[:most]
    return [_as_move(way, *row) for row in newest.values_list(*_columns(way))]


def overview(asked: Asked, ways: Sequence[Way], most: int) -> tuple[Numbers, list[Move]]:
    """The numbers of a span, and the first moves by Partner ID of each run and cause, at most so many.

    The newest run comes first. A query for each way reads its stays once: a day can have thousands.
    """
    found: Counter[tuple[Way, int, Cause]] = Counter()
    first = []
    for way in ways:
        alike = [f"{way}_run", f"{way}_cause"]
        place = Window(RowNumber(), partition_by=alike, order_by="partner_id")
        number = Window(Count("*"), partition_by=alike)
        rows = asked.stays(way).annotate(place=place, number=number).filter(place__lte=most)
        ordered = rows.order_by(f"-{way}_run__at", "partner_id")
        for *row, of_all in ordered.values_list(*_columns(way), "number"):
            first.append(move := _as_move(way, *row))
            found[way, move.run, move.cause] = of_all
    return Numbers(found), first


def moves_of_partner(partner: int, most: int) -> list[tuple[Move, Segment]]:
    """The newest moves of a partner in all segments, at most so many each way, with the segment of each."""
    found = []
    for way in Way:
        moved = Stay.objects.filter(partner_id=partner, **{f"{way}_cause__gt": Cause.START})
        stays = moved.of_present().order_by(f"-{way}_run__at")
        for stay in stays.select_related("segment", f"{way}_run")[:most]:
            run, cause = (getattr(stay, f"{way}_{what}") for what in ("run", "cause"))
            found.append((Move(way, partner, run.at, Cause(cause), run.pk), stay.segment))
    return found


def last_deletions(segment: int, partners: Collection[int]) -> dict[int, datetime]:
    """When the last partner who had the Partner ID left the segment by being deleted, by Partner ID."""
    stays = Stay.objects.filter(
        segment=segment, partner_id__any_of=sorted(partners), left_cause=Cause.DELETED
    )
    at = "left_run__at"
    return {partner: left for partner, left in stays.order_by(at).values_list("partner_id", at) if left}


def _columns(way: Way) -> list[str]:
    return ["partner_id", f"{way}_run__at", f"{way}_cause", f"{way}_run"]


def _as_move(way: Way, partner: int, at: datetime, cause: int, run: int) -> Move:
    return Move(way, partner, at, Cause(cause), run)
