"""The partners of a segment: asked of columns in memory where there are some, otherwise of the database."""

from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from itertools import chain
from operator import and_
from typing import Generic, TypeVar

import numpy as np

from partners.core.moment import Moment
from partners.core.snapshot import open_snapshot, snapshot
from partners.models import Partner
from segments.arrays import Array, Mask
from segments.definition import Definition, Group
from segments.query.base import Details, PartnerQuery, SegmentQuery
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.query import ColumnsQuery
from segments.query.columns.reading import read_ids
from segments.query.columns.state import State
from segments.query.columns.store import STORE
from segments.query.difference import SqlDifference
from segments.query.keyset import BY_NAME, Cursor, Ordering
from segments.query.sql import SqlQuery

Answer = TypeVar("Answer")
BySql = TypeVar("BySql", bound=PartnerQuery)
MAX_LISTED = 400_000
"""Of a million partners, so many are read by their IDs as fast as by what is asked of them."""
Evaluators = Callable[[Moment], Evaluator]
"""The masks of each moment, of one snapshot."""
Partners = Callable[[Evaluators], tuple[State, Mask]]
"""Some partners of a state."""


def segment_query(definition: Definition, moment: Moment, *, and_also: Group | None = None) -> SegmentQuery:
    """The partners of a definition at a moment; with `and_also`, those of them who meet this group too."""
    return _EitherSegment(
        lambda: SqlQuery(definition, moment, and_also=and_also),
        lambda at: (at(moment).state, at(moment).of_definition(definition, and_also)),
    )


def difference_query(
    *definitions: Definition,
    moment: Moment,
    less: Sequence[Definition],
    less_at: Moment | None = None,
    and_also: Group | None = None,
) -> PartnerQuery:
    """The partners of all of some definitions who are not among those of the others, at a moment.

    With `and_also`, those of them who meet this group too. `less_at`: the moment of the others.
    """

    def partners(at: Evaluators) -> tuple[State, Mask]:
        inside = reduce(and_, (at(moment).of_definition(one, and_also) for one in definitions))
        others = (at(less_at or moment).of_definition(one) for one in less)
        state = at(moment).state
        return state, inside & ~state.union(others)

    return _EitherPartners(
        lambda: SqlDifference(definitions, less, moment, less_at or moment, and_also=and_also), partners
    )


def ids_of(definition: Definition, moment: Moment) -> Array:
    """The Partner IDs of a definition at a moment, in ascending order."""
    with snapshot():
        masks = evaluator(moment)
        if masks is not None:
            return masks.state.ids(masks.of_definition(definition))
        return np.sort(read_ids(SqlQuery(definition, moment).ids()))


def ids_by_columns(query: PartnerQuery) -> list[int] | None:
    """The Partner IDs of one of the queries above, of the snapshot that is open.

    None where SQL has to be asked: there are no columns, or too many partners to be listed.
    """
    found = _evaluators()
    if found is None or not isinstance(query, _EitherPartners):
        return None
    by_columns = query.by_columns(found)
    return by_columns.ids() if by_columns.count <= MAX_LISTED else None


def first_of_each(queries: Sequence[PartnerQuery], length: int) -> list[tuple[int, list[Partner]]] | None:
    """The count of each and the first of its partners by name; None where SQL has to be asked for each."""
    with snapshot():
        found = _evaluators()
        either = [query for query in queries if isinstance(query, _EitherPartners)]
        if found is None or len(either) < len(queries):
            return None
        by_columns = [query.by_columns(found) for query in either]
        ids = [query.candidates(length) for query in by_columns]
        partners = Partner.objects.filter(pk__any_of=list({*chain.from_iterable(ids)})).in_bulk()
    firsts = (sorted((partners[key] for key in some), key=_name)[:length] for some in ids)
    return [(query.count, first) for query, first in zip(by_columns, firsts, strict=True)]


def _name(partner: Partner) -> tuple[str, int]:
    """Where the order of names has it."""
    return partner.name_folded, partner.pk


def columns_are_on() -> bool:
    """Whether masks can be had, once columns are built."""
    return STORE.is_on


def evaluator(moment: Moment) -> Evaluator | None:
    """Masks of conditions for the snapshot that is open; None where SQL has to answer."""
    found = _evaluators()
    return found(moment) if found else None


def _evaluators() -> Evaluators | None:
    state, opened = STORE.state(), open_snapshot()
    if state is None or opened is None:
        return None

    def at(moment: Moment) -> Evaluator:
        # By identity: two equal moments may know other definitions of the segments that are named.
        found: Evaluator = opened.kept.setdefault(f"evaluator {id(moment)}", Evaluator(state, moment))
        return found

    return at


class _EitherPartners(PartnerQuery, Generic[BySql]):
    """Chooses anew for each answer, as columns are ready or not."""

    def __init__(self, make_sql: Callable[[], BySql], partners: Partners) -> None:
        self._make_sql, self._partners = make_sql, partners

    @cached_property
    def _by_sql(self) -> BySql:
        return self._make_sql()

    @cached_property
    def count(self) -> int:
        return self._asked(lambda query: query.count)

    def ids(self) -> list[int]:
        return self._asked(lambda query: list(query.ids()))

    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        return self._asked(lambda query: query.page(length, order=order, at=at, details=details))

    def by_columns(self, at: Evaluators) -> ColumnsQuery:
        """The same by masks."""
        return ColumnsQuery(*self._partners(at))

    def _asked(self, ask: "Callable[[BySql | ColumnsQuery], Answer]") -> Answer:
        with snapshot():
            found = _evaluators()
            return ask(self.by_columns(found) if found else self._by_sql)


class _EitherSegment(_EitherPartners[SqlQuery], SegmentQuery):
    def count_of_all(self) -> tuple[int, int]:
        self.count, everybody = self._asked(lambda query: query.count_of_all())
        return self.count, everybody

    def estimate(self) -> int:
        return self._asked(lambda query: query.estimate())
