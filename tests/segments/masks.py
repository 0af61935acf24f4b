"""Have segments answered by masks in a test's own transaction, where no snapshot is open."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from segments.conditions import ATTRIBUTES
from segments.query import members
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.layout import Layout
from segments.query.columns.reading import read_all, read_some
from segments.query.columns.state import State


@contextmanager
def answered_by_masks(*, yes: bool = True, changed: bool = False) -> Iterator[None]:
    """With columns that are read anew for each question; as usual where `yes` is false.

    `changed`: as if every second partner had changed since, who is in a block of its own then.
    """
    with pytest.MonkeyPatch.context() as patch:
        if yes:
            patch.setattr(members.STORE, "is_on", True)
            patch.setattr(members, "_evaluators", lambda: _evaluators(changed=changed))
        yield


def _evaluators(*, changed: bool) -> members.Evaluators:
    layout = Layout.of(ATTRIBUTES)
    state = State.of(layout, read_all(layout))
    if changed:
        some = state.ids(state.everybody())[::2].tolist()
        state = state.after(some, read_some(layout, some))
    known: dict[int, Evaluator] = {}
    return lambda moment: known.setdefault(id(moment), Evaluator(state, moment))
