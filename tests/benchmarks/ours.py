"""The program's own answers: by SQL, and by columns in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from segments.definition import Definition
from segments.query.base import SegmentQuery
from segments.query.columns.store import STORE
from segments.query.members import evaluator, segment_query
from segments.query.sql import SqlQuery


def members_of(definition: dict[str, Any]) -> SqlQuery:
    """The partners of a definition, by SQL."""
    return SqlQuery(Definition.from_json(definition), Moment.now())


@contextmanager
def by_columns(definition: dict[str, Any]) -> Iterator[SegmentQuery]:
    """The same by columns, in a snapshot of its own, as each request asks."""
    moment = Moment.now()
    with snapshot():
        if evaluator(moment) is None:
            raise RuntimeError("There are no columns.")
        yield segment_query(Definition.from_json(definition), moment)


@contextmanager
def columns_in_memory() -> Iterator[None]:
    """With columns for as long as the block lasts."""
    try:
        STORE.is_on = True
        STORE.build()
        yield
    finally:
        STORE.switch_off()
