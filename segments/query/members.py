"""The partners of a segment: asked of columns in memory where there are some, otherwise of the database."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property
from typing import TypeVar

from django.db import connection

from partners.core.moment import Moment
from partners.core.snapshot import open_snapshot, snapshot
from partners.models import Partner
from segments.definition import Definition, Group
from segments.query.base import Details, SegmentQuery
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.query import ColumnsQuery
from segments.query.columns.store import STORE
from segments.query.keyset import BY_NAME, Cursor, Ordering
from segments.query.sql import SqlQuery

Answer = TypeVar("Answer")


def segment_query(definition: Definition, moment: Moment, *, and_also: Group | None = None) -> SegmentQuery:
    """The partners of a definition at a moment; with `and_also`, those of them who meet this group too."""
    by_sql = SqlQuery(definition, moment, and_also=and_also)
    return _EitherQuery(definition, moment, and_also, by_sql) if STORE.is_on else by_sql


def evaluator(moment: Moment) -> Evaluator | None:
    """Masks of conditions for the snapshot that is open; None where SQL has to answer."""
    state, opened = STORE.state(), open_snapshot()
    if state is None or opened is None:
        return None
    # By identity: two equal moments may know other definitions of the segments that are named.
    found: Evaluator = opened.kept.setdefault(f"evaluator {id(moment)}", Evaluator(state, moment))
    return found


class _EitherQuery(SegmentQuery):
    """Chooses anew for each answer, as columns are ready or not."""

    def __init__(
        self, definition: Definition, moment: Moment, and_also: Group | None, by_sql: SqlQuery
    ) -> None:
        self._definition, self._moment, self._and_also = definition, moment, and_also
        self._by_sql = by_sql

    @cached_property
    def count(self) -> int:
        return self._asked(lambda query: query.count)

    def count_of_all(self) -> tuple[int, int]:
        self.count, everybody = self._asked(lambda query: query.count_of_all())
        return self.count, everybody

    def ids(self) -> list[int]:
        return self._asked(lambda query: list(query.ids()))

    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        return self._asked(lambda query: query.page(length, order=order, at=at, details=details))

    def estimate(self) -> int:
        return self._asked(lambda query: query.estimate())

    def _asked(self, ask: Callable[[SegmentQuery], Answer]) -> Answer:
        with nullcontext() if connection.in_atomic_block else snapshot():
            found = evaluator(self._moment)
            if found is None:
                return ask(self._by_sql)
            return ask(ColumnsQuery(self._definition, found, self._by_sql, and_also=self._and_also))
