"""The sizes of many definitions at once are those of each, and what they share is asked once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from contracts.models import Contract, ContractStage
from partners.models import Partner, ProspectingStage
from segments.definition import Definition
from segments.query import partner_sets
from segments.query.partner_sets import PartnerSets
from segments.query.sql import SqlQuery
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.forms import JOINED, NEW, any_of, asks
from tests.segments.moments import AT
from tests.segments.operators import few
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db


def read(*groups):
    return Definition.from_json(any_of(*groups))


@law(150)
@given(programs(), st.lists(definitions, max_size=4), st.sampled_from([0, 10, 1_000]))
def test_each_size_is_how_many_partners_meet_the_definition(program, some, rows_a_value):
    with stored(program), pytest.MonkeyPatch.context() as patch:
        patch.setattr(partner_sets, "ROWS_PER_VALUE", rows_a_value)
        asked = [Definition.from_json(one) for one in some]
        sets = PartnerSets(asked, AT)
        assert [sets.size(one) for one in asked] == [len(matching(one, program)) for one in some]


def test_nobody_is_in_a_definition_without_groups():
    PartnerFactory()
    assert PartnerSets([Definition(())], AT).size(Definition(())) == 0


def test_what_definitions_share_is_asked_once():
    ContractFactory(stage="joined", partner__prospecting_stage="new")
    joined = read([JOINED], [NEW])
    others = [
        read([NEW, JOINED]),
        read([asks("contract_stage", "none_of", ["joined"])]),
        read([JOINED, asks("contract_stage", "none_of", ["joined"])], [NEW]),
    ]
    sets = PartnerSets([joined, *others], AT)
    sets.size(joined)
    with CaptureQueriesContext(connection) as queries:
        assert [sets.size(one) for one in others] == [1, 0, 1]
    assert not queries


def test_only_one_row_for_each_value_is_asked():
    terms = TemplateTermFactory.create_batch(2)
    ContractFactory.create_batch(30, template_term=terms[0])
    ContractFactory.create_batch(30, template_term=terms[1])
    definition = read([asks("template_term", "contains", terms[0].name)])
    sets = PartnerSets([definition], AT)
    with CaptureQueriesContext(connection) as queries:
        assert sets.size(definition) == 30
    [query] = queries
    assert "json_each" in query["sql"] or "ANY" in query["sql"]


@law(60)
@given(programs(), st.lists(definitions, max_size=4), few(ContractStage.values), few(ProspectingStage.values))
def test_rows_with_other_values_are_read_again(program, some, stage, prospecting):
    with stored(program):
        asked = [Definition.from_json(one) for one in some]
        sets = PartnerSets(asked, AT)
        before = [sets.size(one) for one in asked]
        assert before == [SqlQuery(one, AT).count for one in asked]
        for to in (stage, "joined"):
            Contract.objects.update(stage=to)
            sets.read_again([Contract])
            assert [sets.size(one) for one in asked] == [SqlQuery(one, AT).count for one in asked]
        Partner.objects.update(prospecting_stage=prospecting)
        sets.read_again([Contract, Partner])
        assert [sets.size(one) for one in asked] == [SqlQuery(one, AT).count for one in asked]
