"""What a file holds: its columns, and the question whose rows fill them."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from partners.core.limits import limits
from partners.core.streaming import streamed
from partners.exports.columns import ADDRESS, ExportColumn
from partners.models import Partner

Chunks = Generator[bytes, None, int]
"""Parts of a file; what it returns is the number of its rows, the heading left out."""


@dataclass(frozen=True)
class ExportTable:
    """Partners as rows of some columns; or, `distinct`, what differs among them."""

    columns: tuple[ExportColumn, ...]
    partners: QuerySet[Partner]
    distinct: bool = False

    @cached_property
    def is_large(self) -> bool:
        """Whether the partners are too many to be sorted as the list is."""
        most = limits().export_sorted_max_rows
        return not self.distinct and self.partners.order_by()[: most + 1].count() > most

    def ordered(self) -> "ExportTable":
        """The same rows in the order in which they come: the list's; by Partner ID if they are many."""
        return ExportTable(self.columns, self.partners.order_by("pk")) if self.is_large else self

    def query(self, columns: Iterable[ExportColumn] | None = None) -> QuerySet[Partner, Any]:
        """The rows as tuples; of other columns than the table's own if some are given."""
        cells = [column.expression for column in columns or self.columns]
        rows = self.partners.prefetch_related(None).values_list(*cells)
        return rows.order_by(*cells).distinct() if self.distinct else rows

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows one after the other, all of one moment: it is one statement."""
        with long_question():
            yield from streamed(self.ordered().query(), at_once=limits().export_fetch_rows)


def email_list(partners: QuerySet[Partner]) -> ExportTable:
    """Each address of these partners once."""
    return ExportTable((ADDRESS,), partners.exclude(email=""), distinct=True)


@contextmanager
def long_question() -> Iterator[None]:
    """A transaction in which one statement may read very much.

    SQLite needs none to read all rows of one moment, and would keep others from writing until its end.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'; SET LOCAL jit = off;"
            " SET LOCAL datestyle = 'ISO'; SET LOCAL cursor_tuple_fraction = 1"
        )
        yield
