"""Pages of long lists: nobody waits for a count of a million rows."""

from functools import cached_property
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet

MOST_COUNTED = 10_000
"""Where counting stops. Pages past it are not offered: a search or a filter leads there faster."""


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # Django's takes none at run time
    """Counts no further than it has to; a page past the last is the last."""

    @cached_property
    def _counted(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: MOST_COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        """The number of rows that the pages hold."""
        return min(self._counted, MOST_COUNTED)

    @property
    def capped(self) -> bool:
        """Whether there are more rows than the pages hold."""
        return self._counted > MOST_COUNTED

    @property
    def shown_count(self) -> str:
        """How many rows there are, as a person reads it: 1,652 or 10,000+."""
        return f"{self.count:,}+" if self.capped else f"{self.count:,}"

    def validate_number(self, number: int | float | str) -> int:
        """As Django's, but the last page instead of none past it."""
        return super().validate_number(min(int(number), self.num_pages))
