"""Partners by columns in memory: one mask answers all that is asked."""

from functools import cached_property

from partners.models import Partner
from segments.arrays import Mask
from segments.query.base import Details, PartnerQuery, SegmentQuery
from segments.query.columns.paging import page_candidates
from segments.query.columns.state import State
from segments.query.keyset import BY_NAME, Cursor, Ordering


class ColumnsQuery(SegmentQuery):
    """To be asked within the snapshot that the state is of."""

    def __init__(self, state: State, partners: Mask, by_sql: PartnerQuery) -> None:
        """`by_sql`: the same partners, for pages whose place only the database can find."""
        self._state, self._partners, self._by_sql = state, partners, by_sql

    @cached_property
    def count(self) -> int:
        return self._state.count(self._partners)

    def count_of_all(self) -> tuple[int, int]:
        return self.count, self._state.count(self._state.everybody())

    def ids(self) -> list[int]:
        found: list[int] = self._state.ids(self._partners).tolist()
        return found

    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        if not self.count:
            return []
        ids = page_candidates(self._state, self._partners, length, order, at)
        if ids is None:
            return self._by_sql.page(length, order=order, at=at, details=details)
        partners = Partner.objects.filter(pk__any_of=ids)
        return order.page(details(partners) if details else partners, length, at)

    def estimate(self) -> int:
        return self.count
