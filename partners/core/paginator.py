"""Pages of long lists, without counting a million rows."""

from functools import cached_property
from typing import Any, cast

from django.core.paginator import EmptyPage, Page, Paginator
from django.db import connection
from django.db.models import OrderBy, QuerySet, Value
from django.db.models.functions import Concat

from partners.core.limits import limits


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # Django's takes none at run time
    """Counts no further than it has to; a page past the last is the last."""

    @cached_property
    def _counted(self) -> int:
        # One more than is shown says whether there are more; LIMIT inside of the count ends it early.
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: limits().list_max_counted_rows + 1].count()

    @cached_property
    def count(self) -> int:
        """The number of rows that the pages hold."""
        return min(self._counted, limits().list_max_counted_rows)

    @property
    def capped(self) -> bool:
        """Whether there are more rows than the pages hold."""
        return self._counted > limits().list_max_counted_rows

    @property
    def shown_count(self) -> str:
        """How many rows there are, as a person reads it: 1,652 or 10,000+."""
        return f"{self.count:,}+" if self.capped else f"{self.count:,}"

    def page(self, number: int | str) -> Page[Any]:
        """As Django's; rows that could all be counted are all found first and sorted then."""
        if connection.vendor == "postgresql" and not self.capped:
            self.object_list = sorted_when_found(cast("QuerySet[Any]", self.object_list))
        return super().page(number)

    def validate_number(self, number: int | float | str) -> int:
        """As Django's, but the last page instead of none past it."""
        try:
            return super().validate_number(number)
        except EmptyPage:
            if int(number) < 1:
                raise
            return self.num_pages


def sorted_when_found(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows in the same order.

    For the first rows by name PostgreSQL would walk the index of all names until enough of them match. A name
    that is computed has no such index, so that those of the conditions (trigrams, say) are used.
    """
    ordering = rows.query.order_by or rows.model._meta.ordering
    return rows.order_by(*map(_computed, ordering))


def _computed(column: Any) -> Any:
    if column in ("name_folded", "-name_folded"):
        return OrderBy(Concat("name_folded", Value("")), descending=column.startswith("-"))
    return column
