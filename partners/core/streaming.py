"""Rows one after the other, few of them in memory. No other cursor of the program stays open."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet


def streamed(rows: QuerySet[Any, Any], *, at_once: int) -> Iterator[Any]:
    """The rows, as of one moment.

    PostgreSQL's cursor lives in a transaction: outside of one, a pool of connections such as PgBouncer may
    send the next fetch to another connection. SQLite's needs none; Django's would keep others from writing.
    """
    with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
        yield from rows.iterator(at_once)


def copied(cursor: CursorWrapper, statement: str, params: Sequence[object]) -> Iterator[bytes]:
    """What PostgreSQL sends for a COPY … TO STDOUT, as any query: in time, and with Django's errors."""
    # The cursor below Django's, whose own way to copy takes no parameters while queries are logged.
    copying = cursor._execute_with_wrappers(  # noqa: SLF001 - the deadline and others look at what it asks
        statement, params, many=False, executor=lambda sql, values, *_: cursor.cursor.copy(sql, values)
    )
    with connection.wrap_database_errors, copying as chunks:
        yield from chunks
