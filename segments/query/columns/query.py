"""Partners by columns in memory: one mask answers all that is asked."""

from functools import cached_property

from partners.models import Partner
from segments.arrays import Mask
from segments.query.base import Details, SegmentQuery
from segments.query.columns.paging import page_candidates
from segments.query.columns.state import State
from segments.query.keyset import BY_NAME, Cursor, Ordering


class ColumnsQuery(SegmentQuery):
    """To be asked within the snapshot that the state is of."""

    def __init__(self, state: State, partners: Mask) -> None:
        self._state, self._partners = state, partners

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
        ids = self.candidates(length, order, at)
        partners = Partner.objects.filter(pk__any_of=ids)
        return order.page(details(partners) if details else partners, length, at)

    def estimate(self) -> int:
        return self.count

    def candidates(self, length: int, order: Ordering = BY_NAME, at: Cursor | None = None) -> list[int]:
        """Partner IDs among which are all that a page has."""
        return page_candidates(self._state, self._partners, length, order, at) if self.count else []
