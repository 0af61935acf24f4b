"""Sizes over days as lines of an SVG. Numbers are percent of its box, x from the left and y from the top."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from segments.models import SegmentDay


@dataclass(frozen=True)
class Scale:
    """What the box of a curve spans: days, and sizes."""

    first: date
    last: date
    floor: int
    ceiling: int

    def x(self, day: date) -> float:
        """Where a day is; the last at the right, also where there is no other."""
        days = (self.last - self.first).days
        return 100 * (day - self.first).days / days if days else 100

    def y(self, size: int) -> float:
        """Where a size is; in the middle where all are the same."""
        span = self.ceiling - self.floor
        return 100 * (self.ceiling - size) / span if span else 50

    def line(self, days: Sequence[SegmentDay]) -> str:
        """The points of a polyline."""
        return " ".join(f"{self.x(one.day):.2f},{self.y(one.size):.2f}" for one in days)

    def area(self, days: Sequence[SegmentDay]) -> str:
        """The points of a polygon between the line and the bottom."""
        left, right = self.x(days[0].day), self.x(days[-1].day)
        return f"{left:.2f},100 {self.line(days)} {right:.2f},100"


@dataclass(frozen=True)
class Sparkline:
    """A small curve on a scale of its own, broken where days have no run, and the numbers at its ends."""

    lines: Sequence[str]
    areas: Sequence[str]
    last_x: str
    last_y: str
    first: SegmentDay
    last: SegmentDay
    least: int
    most: int


def sparkline(days: Sequence[SegmentDay], today: date) -> Sparkline | None:
    """Of days with a size, oldest first, up to today; None if there is none."""
    if not days:
        return None
    least, most = min(one.size for one in days), max(one.size for one in days)
    # A clock that was set back may have left a day that is still to come.
    scale, parts = Scale(days[0].day, max(today, days[-1].day), least, most), list(unbroken(days))
    return Sparkline(
        lines=[scale.line(part) for part in parts],
        areas=[scale.area(part) for part in parts],
        last_x=f"{scale.x(days[-1].day):.2f}%",
        last_y=f"{scale.y(days[-1].size):.2f}%",
        first=days[0],
        last=days[-1],
        least=least,
        most=most,
    )


def unbroken(days: Sequence[SegmentDay]) -> Iterator[list[SegmentDay]]:
    """The days, oldest first, parted where one or more are missing."""
    part: list[SegmentDay] = []
    for one in days:
        if part and one.day - part[-1].day > timedelta(days=1):
            yield part
            part = []
        part.append(one)
    if part:
        yield part
