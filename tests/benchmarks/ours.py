"""The program's own answers: by SQL, and by columns in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from segments.definition import Definition
from segments.query.base import SegmentQuery
from segments.query.columns.query import ColumnsQuery
from segments.query.columns.store import STORE
from segments.query.members import evaluator
from segments.query.sql import SqlQuery


def members_of(definition: dict[str, Any]) -> SqlQuery:
    """The partners of a definition, by SQL."""
    return SqlQuery(Definition.from_json(definition), Moment.now())


@contextmanager
def by_columns(definition: Definition, *, again: bool) -> Iterator[SegmentQuery]:
    """The same by columns, in a snapshot of its own, as each request asks; kept answers serve `again`."""
    with snapshot():
        found = evaluator(Moment.now())
        if found is None:
            raise RuntimeError("There are no columns.")
        if not again:
            for block in found.state.blocks:
                block.answers.forget_all()
        yield ColumnsQuery(found.state, found.of_definition(definition))


@contextmanager
def columns_in_memory() -> Iterator[None]:
    """With columns for as long as the block lasts."""
    try:
        STORE.is_on = True
        STORE.build()
        yield
    finally:
        STORE.switch_off()
