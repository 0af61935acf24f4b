"""The program's own answers: by SQL, and by columns in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from segments.definition import Definition
from segments.query.columns.answers import Answers
from segments.query.columns.store import STORE
from segments.query.sql import SqlQuery


def members_of(definition: dict[str, Any]) -> SqlQuery:
    """The partners of a definition, by SQL."""
    return SqlQuery(Definition.from_json(definition), Moment.now())


def kept_answers() -> list[Answers]:
    """Those of the columns in memory; RuntimeError where there are none, and SQL would answer unnoticed."""
    with snapshot():
        state = STORE.state()
    if state is None:
        raise RuntimeError("There are no columns.")
    return [block.answers for block in state.blocks]


@contextmanager
def columns_in_memory() -> Iterator[None]:
    """With columns for as long as the block lasts."""
    try:
        STORE.is_on = True
        STORE.build()
        yield
    finally:
        STORE.switch_off()
