"""What a file holds: its columns, and the question whose rows fill them."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from partners.core.limits import limits
from partners.core.snapshot import snapshot
from partners.core.streaming import streamed
from partners.exports.columns import ADDRESS, ExportColumn
from partners.models import Partner

Chunks = Generator[bytes, None, int]
"""Parts of a file; what it returns is the number of its rows, the heading left out."""


Find = Callable[[], Sequence[int] | None]
"""Finds Partner IDs in the snapshot that is open; None where SQL has to."""


@dataclass(frozen=True)
class ExportTable:
    """Partners as rows of some columns; or, `distinct`, each of their addresses once.

    `find` says who they are where there is a faster way than the question in `partners`.
    """

    columns: tuple[ExportColumn, ...]
    partners: QuerySet[Partner]
    distinct: bool = False
    find: Find | None = None
    number: int | None = None
    """How many they are, where that is known."""

    @cached_property
    def is_large(self) -> bool:
        """Whether the partners are too many to be sorted as the list is."""
        if self.distinct:
            return False
        most = limits().export_sorted_max_rows
        return (self.number or self.partners.order_by()[: most + 1].count()) > most

    def found(self) -> "ExportTable":
        """The same, with the partners' IDs as the question if they were found; within `long_question`."""
        ids = self.find() if self.find else None
        if ids is None:
            return self
        partners = Partner.objects.filter(pk__any_of=ids).order_by(*self.partners.query.order_by)
        return replace(self, partners=partners, find=None, number=len(ids))

    def ordered(self) -> "ExportTable":
        """The same rows in the order in which they come: the list's; by Partner ID if they are many."""
        return replace(self, partners=self.partners.order_by("pk")) if self.is_large else self

    def query(self, columns: Iterable[ExportColumn] | None = None) -> QuerySet[Partner, Any]:
        """The rows as tuples; of other columns than the table's own if some are given."""
        cells = [column.expression for column in columns or self.columns]
        rows = self.partners.prefetch_related(None).values_list(*cells)
        return rows.exclude(email="").order_by(*cells).distinct() if self.distinct else rows

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows one after the other, all of one moment."""
        with long_question():
            yield from streamed(self.found().ordered().query(), at_once=limits().export_fetch_rows)


def email_list(partners: QuerySet[Partner], find: Find | None = None) -> ExportTable:
    """Each address of these partners once."""
    return ExportTable((ADDRESS,), partners, distinct=True, find=find)


@contextmanager
def long_question() -> Iterator[None]:
    """A snapshot in which one statement may read very much."""
    with snapshot():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'; SET LOCAL jit = off;"
                    " SET LOCAL datestyle = 'ISO'; SET LOCAL cursor_tuple_fraction = 1"
                )
        yield
