"""The partners of a segment by columns in memory: one mask answers all that is asked."""

from functools import cached_property

from partners.models import Partner
from segments.arrays import Mask
from segments.definition import Definition, Group
from segments.query.base import Details, SegmentQuery
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.paging import page_candidates
from segments.query.keyset import BY_NAME, Cursor, Ordering
from segments.query.sql import SqlQuery


class ColumnsQuery(SegmentQuery):
    """To be asked within the snapshot that the evaluator's state is of."""

    def __init__(
        self, definition: Definition, evaluator: Evaluator, by_sql: SqlQuery, *, and_also: Group | None = None
    ) -> None:
        """`by_sql`: the same partners, for pages whose place only the database can find."""
        self._definition, self._evaluator, self._and_also = definition, evaluator, and_also
        self._by_sql = by_sql

    @cached_property
    def partners(self) -> Mask:
        """Who they are."""
        return self._evaluator.of_definition(self._definition, self._and_also)

    @cached_property
    def count(self) -> int:
        return self._evaluator.state.count(self.partners)

    def count_of_all(self) -> tuple[int, int]:
        return self.count, self._evaluator.state.count(self._evaluator.state.everybody())

    def ids(self) -> list[int]:
        found: list[int] = self._evaluator.state.ids(self.partners).tolist()
        return found

    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        if not self.count:
            return []
        ids = page_candidates(self._evaluator.state, self.partners, length, order, at)
        if ids is None:
            return self._by_sql.page(length, order=order, at=at, details=details)
        partners = Partner.objects.filter(pk__any_of=ids)
        return order.page(details(partners) if details else partners, length, at)

    def estimate(self) -> int:
        return self.count
