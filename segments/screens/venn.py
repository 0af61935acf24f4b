"""The picture of two or three sets that overlap: circles of one size, and a place for each part's number."""

from dataclasses import dataclass
from functools import partial
from itertools import combinations
from math import cos, dist, hypot, radians, sin

from segments.insight.overlap import Inside

THREE = 3
RADIUS = 95.0
MIDDLE = {2: (200.0, 100.0), 3: (200.0, 130.0)}
FROM_MIDDLE = {2: 55.0, 3: 60.0}
DIRECTIONS = {2: (180, 0), 3: (210, 330, 90)}
"""Where the circles lie as seen from the middle, in degrees clockwise from the right."""
HEIGHT = {2: 200, 3: 316}
Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """An outline as SVG draws it, and the point in it where nothing lies over it."""

    outline: str
    x: float
    y: float


@dataclass(frozen=True)
class Venn:
    """The shapes of the parts, to be drawn in their order: the deepest last. And where the names stand."""

    height: int
    shapes: dict[Inside, Shape]
    names: list[Point]


def venn(many: int) -> Venn:
    """The picture of two or three sets."""
    centres = [_towards(many, direction, FROM_MIDDLE[many]) for direction in DIRECTIONS[many]]
    alone = [_towards(many, direction, FROM_MIDDLE[many] * 1.85) for direction in DIRECTIONS[many]]
    shapes: dict[Inside, Shape] = {
        (place,): Shape(_circle(centre), *at)
        for place, (centre, at) in enumerate(zip(centres, alone, strict=True))
    }
    for one, other in combinations(range(many), 2):
        shapes[one, other] = Shape(_lens(centres[one], centres[other]), *_between(many, one, other))
    if many == THREE:
        shapes[tuple(range(many))] = Shape(_heart(centres), *MIDDLE[many])
    names = [_towards(many, direction, FROM_MIDDLE[many] + RADIUS + 16) for direction in DIRECTIONS[many]]
    return Venn(HEIGHT[many], shapes, names)


def _towards(many: int, degrees: float, distance: float) -> Point:
    x, y = MIDDLE[many]
    return round(x + distance * cos(radians(degrees)), 1), round(y + distance * sin(radians(degrees)), 1)


def _between(many: int, one: int, other: int) -> Point:
    """In the middle of two circles; of three, further out, where the third does not reach."""
    if many < THREE:
        return MIDDLE[many]
    [third] = [place for place in range(many) if place not in (one, other)]
    return _towards(many, DIRECTIONS[many][third] + 180, FROM_MIDDLE[many] * 1.15)


def _circle(centre: Point) -> str:
    x, y = centre
    return f"M{x - RADIUS:g} {y:g}{_arc((x + RADIUS, y))}{_arc((x - RADIUS, y))}Z"


def _lens(one: Point, other: Point) -> str:
    first, second = _crossings(one, other)
    return f"M{_at(first)}{_arc(second)}{_arc(first)}Z"


def _heart(centres: list[Point]) -> str:
    """What lies in all three circles: from crossing to crossing, clockwise as the circles are."""
    corners = []
    for third in centres:
        one, other = (centre for centre in centres if centre != third)
        corners.append(min(_crossings(one, other), key=partial(dist, third)))
    first, second, third = corners
    return f"M{_at(first)}{_arc(second)}{_arc(third)}{_arc(first)}Z"


def _crossings(one: Point, other: Point) -> tuple[Point, Point]:
    """Where two circles cross: first the one to the left of who goes from one centre to the other."""
    across, down = other[0] - one[0], other[1] - one[1]
    apart = hypot(across, down)
    # Half of the common chord is √(r² - (d/2)²) long, at a right angle to the line between the centres. As a
    # share of d, it makes the chord out of that line, turned.
    half = (RADIUS**2 - (apart / 2) ** 2) ** 0.5 / apart
    x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2
    return (x + half * down, y - half * across), (x - half * down, y + half * across)


def _arc(end: Point) -> str:
    return f"A{RADIUS:g} {RADIUS:g} 0 0 1 {_at(end)}"


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
