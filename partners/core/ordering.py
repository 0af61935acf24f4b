"""Columns to sort a list by that may be empty: every database puts those rows in the same place."""

from typing import Any

from django.db.models import F, OrderBy


class EmptyLast(F):
    """Rows without a value come last, whichever way the list is sorted."""

    def asc(self, **options: Any) -> OrderBy:
        return super().asc(**options, nulls_last=True)

    def desc(self, **options: Any) -> OrderBy:
        return super().desc(**options, nulls_last=True)


class EmptyHighest(F):
    """No value is more than any value, as an open end is later than any day."""

    def asc(self, **options: Any) -> OrderBy:
        return super().asc(**options, nulls_last=True)

    def desc(self, **options: Any) -> OrderBy:
        return super().desc(**options, nulls_first=True)
