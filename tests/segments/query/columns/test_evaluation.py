"""Masks say the same as SQL and the plain evaluator, for all that can be asked."""

from dataclasses import replace

import numpy as np
import pytest
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from partners.models import Partner
from segments.conditions import ATTRIBUTES, CATALOG, CONTRACT, PARTNER
from segments.definition import Definition
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.layout import Layout
from segments.query.columns.query import ColumnsQuery
from segments.query.columns.reading import read_all, read_some
from segments.query.columns.state import State
from segments.query.keyset import ORDERINGS, Cursor
from segments.query.sql import SqlQuery
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.moments import AT
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db


def state_of_now():
    layout = Layout.of(ATTRIBUTES)
    return State.of(layout, read_all(layout))


def by_columns(definition, state):
    read = Definition.from_json(definition)
    return ColumnsQuery(state, Evaluator(state, AT).of_definition(read))


@st.composite
def states(draw):
    """What is read again of some partners: blocks upon blocks, of which the last counts for each."""
    return draw(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), max_size=4))


@law(300)
@given(programs(), definitions, states())
def test_columns_have_the_partners_whom_the_rules_name(program, definition, changes):
    with stored(program):
        state = state_of_now()
        for partners in changes:
            state = state.after(partners, read_some(state.layout, partners))
        found = by_columns(definition, state)
        expected = sorted(matching(definition, program))
        assert found.ids() == expected
        assert found.count_of_all() == (len(expected), len(program.partners))


@law(100)
@given(
    programs(), definitions, states(), st.sampled_from(sorted(ORDERINGS)), st.integers(1, 3), st.booleans()
)
def test_pages_are_those_of_sql_in_any_order_and_beside_any_partner(
    program, definition, changes, key, length, before
):
    with stored(program):
        state, order = state_of_now(), ORDERINGS[key]
        for partners in changes:
            state = state.after(partners, read_some(state.layout, partners))
        found, by_sql = by_columns(definition, state), SqlQuery(Definition.from_json(definition), AT)
        cursors = [None, *(Cursor(partner, before) for partner in Partner.objects.all())]
        for at in cursors:
            assert found.page(length, order=order, at=at) == by_sql.page(length, order=order, at=at)


def test_an_array_of_everybody_is_sorted_by_id():
    state = state_of_now()
    assert np.array_equal(state.ids(state.everybody()), [])


class Lowercase(models.CharField):
    """A field that changes what it is asked for."""


OTHER_TEXTS = {
    "of a partner's own": {"relation": PARTNER, "path": "website"},
    "that may be empty": {"may_be_empty": True},
    "of another type of field": {"column": Lowercase()},
    "with a collation": {"column": models.CharField(db_collation="nocase")},
}


@pytest.mark.parametrize("different", OTHER_TEXTS.values(), ids=OTHER_TEXTS)
def test_only_plain_texts_that_are_always_there_are_kept(different, monkeypatch):
    contract_id = CATALOG["contract_id"]
    assert contract_id.array
    if column := different.pop("column", None):
        monkeypatch.setattr(type(contract_id), "column", column)
    assert replace(contract_id, **different).array is None


def test_a_text_takes_a_digest_and_a_place_however_rows_are_laid_out():
    stage, text = CATALOG["contract_stage"].array, CATALOG["contract_id"].array
    with_text, without = (Layout({CONTRACT: columns}) for columns in ((stage, text), (stage,)))
    assert with_text.row_bytes(CONTRACT) - without.row_bytes(CONTRACT) == 16 + 4
