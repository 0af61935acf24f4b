"""Two or three segments beside each other: the parts that they cut each other into."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations as subsets
from operator import and_

from partners.core.moment import Moment
from segments.analysis.set_algebra import as_definition
from segments.definition import Definition, Group
from segments.query.base import PartnerQuery
from segments.query.bitmaps import count_combinations
from segments.query.columns.evaluation import Evaluator
from segments.query.members import difference_query, evaluator
from segments.query.sql import SqlQuery

MIN_SEGMENTS, MAX_SEGMENTS = 2, 3
"""So many segments can be compared."""
Inside = tuple[int, ...]
"""A part: the segments, by their place among those that are compared, that its partners are in."""


@dataclass(frozen=True)
class Comparison:
    """Segments' definitions, and how many partners each part has. A partner in any of them is in one part."""

    definitions: Sequence[Definition]
    parts: dict[Inside, int]

    def size(self, place: int) -> int:
        """How many partners a segment has."""
        return sum(number for inside, number in self.parts.items() if place in inside)

    @property
    def union(self) -> int:
        """How many are in any of them."""
        return sum(self.parts.values())


def compare(definitions: Sequence[Definition], moment: Moment) -> Comparison:
    """The parts as of a moment; by SQL in one query."""
    parts = insides(len(definitions))
    if masks := evaluator(moment):
        return Comparison(definitions, _by_masks(definitions, parts, masks))
    found = count_combinations([SqlQuery(definition, moment).ids() for definition in definitions])
    bits = {inside: sum(1 << place for place in inside) for inside in parts}
    return Comparison(definitions, {inside: found.get(bit, 0) for inside, bit in bits.items()})


def _by_masks(
    definitions: Sequence[Definition], parts: Sequence[Inside], masks: Evaluator
) -> dict[Inside, int]:
    whole = [masks.of_definition(definition) for definition in definitions]
    return {
        inside: masks.state.count(
            reduce(and_, (mask if place in inside else ~mask for place, mask in enumerate(whole)))
        )
        for inside in parts
    }


def insides(many: int) -> list[Inside]:
    """All parts that so many segments have: of one of them only first, of all of them last."""
    return [inside for size in range(1, many + 1) for inside in subsets(range(many), size)]


def members_of_part(
    definitions: Sequence[Definition], inside: Inside, moment: Moment, *, and_also: Group | None = None
) -> PartnerQuery:
    """The partners of a part; `and_also` as of `segment_query`."""
    some, others = _split(definitions, inside)
    return difference_query(*some, moment=moment, less=others, and_also=and_also)


def definition_of_part(definitions: Sequence[Definition], inside: Inside) -> Definition:
    """A definition with exactly the partners of a part; InexpressibleError says why there is none."""
    return as_definition(*_split(definitions, inside))


def _split(definitions: Sequence[Definition], inside: Inside) -> tuple[list[Definition], list[Definition]]:
    places = range(len(definitions))
    some = [definitions[place] for place in places if place in inside]
    return some, [definitions[place] for place in places if place not in inside]
