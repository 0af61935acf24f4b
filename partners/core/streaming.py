"""Rows one after the other, few of them in memory. No other cursor of the program stays open."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet


def streamed(rows: QuerySet[Any, Any], *, at_once: int) -> Iterator[Any]:
    """The rows, as of one moment.

    PostgreSQL's cursor lives in a transaction: outside of one, a pool of connections such as PgBouncer may
    send the next fetch to another connection. SQLite's needs none, which would keep others from writing.
    """
    with transaction.atomic() if connection.vendor == "postgresql" else nullcontext():
        yield from rows.iterator(at_once)
