"""The sizes of a segment over time, drawn as steps: each lasts until the next version was saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 600, 96
MARGIN = 4
"""Above and below, so that the thickest line stays inside."""


@dataclass(frozen=True)
class Size:
    """How many partners there were at a time; None where that is not known."""

    at: datetime
    number: int | None


@dataclass(frozen=True)
class SizeChart:
    """What SVG draws, and the figures beside it."""

    line: str
    """The steps as a path; where the size is not known there is a gap."""
    dots: str
    """A point for each size, as a path of lines without length."""
    least: int
    most: int
    first: datetime
    last: datetime
    view_box: str = f"0 0 {WIDTH} {HEIGHT}"


def size_chart(sizes: Sequence[Size]) -> SizeChart | None:
    """The chart of at least two known sizes, oldest first; None if there are fewer."""
    known = [size.number for size in sizes if size.number is not None]
    if len(known) < 2:
        return None
    lefts = _lefts([size.at for size in sizes])
    tops = [None if size.number is None else _top(size.number, max(known)) for size in sizes]
    return SizeChart(
        line=" ".join(_steps(lefts, tops)),
        dots=" ".join(f"M{left} {top}h0" for left, top in zip(lefts, tops, strict=True) if top is not None),
        least=min(known),
        most=max(known),
        first=sizes[0].at,
        last=sizes[-1].at,
    )


def _lefts(times: Sequence[datetime]) -> list[str]:
    """How far right each time is; as many steps where all are the same moment."""
    whole = (times[-1] - times[0]).total_seconds()
    passed = (
        [(at - times[0]).total_seconds() for at in times]
        if whole > 0
        else list(map(float, range(len(times))))
    )
    return [f"{MARGIN + (WIDTH - 2 * MARGIN) * one / passed[-1]:.1f}" for one in passed]


def _top(number: int, most: int) -> str:
    return f"{MARGIN + (HEIGHT - 2 * MARGIN) * (1 - number / (most or 1)):.1f}"


def _steps(lefts: Sequence[str], tops: Sequence[str | None]) -> list[str]:
    parts: list[str] = []
    before: str | None = None
    for left, top in zip(lefts, tops, strict=True):
        if before is not None:
            parts.append(f"H{left}")
        if top is not None:
            parts.append(f"V{top}" if before is not None else f"M{left} {top}")
        before = top
    return parts
