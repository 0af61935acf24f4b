"""Lists as long as they can be."""

import pytest

from partners.models import Partner
from segments.compiler import compile_definition
from segments.definition import Definition
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.operators import LISTS, asked_with
from tests.segments.samples import (
    CONTRACT,
    PARTNER,
    SAMPLES,
    columns,
    for_model,
    store_owners,
    usual,
    wanted,
)
from tests.segments.test_compiler import create_inner, partners_of, same

pytestmark = pytest.mark.django_db

MANY = 10_000


@pytest.mark.parametrize("field", dict(asked_with(LISTS)))
@pytest.mark.slow
def test_a_list_as_long_as_can_be_works(field):
    group, term = PartnerGroupFactory(pk=7), TemplateTermFactory(pk=7, currency="EUR")
    store_owners()
    held = for_model(columns(PARTNER, wanted))
    partner = PartnerFactory(pk=7, name="Aurora", groups=[group], **held)
    number = SAMPLES["contract_id"].wanted
    ContractFactory(partner=partner, template_term=term, number=number, **columns(CONTRACT, wanted))
    other = PartnerFactory(pk=8, name="Vela", **for_model(columns(PARTNER, usual)))
    dollars = TemplateTermFactory(pk=8, currency="USD")
    ContractFactory(partner=other, template_term=dollars, **columns(CONTRACT, usual))
    create_inner(("partner_id", "any_of", (7,)), ("partner_id", "any_of", (9,)))
    values = (*SAMPLES[field].filler(MANY - 1), SAMPLES[field].wanted)
    assert partners_of(same((field, "any_of", values))) == [7]
    assert partners_of(same((field, "none_of", values))) == [8]
    assert partners_of(same((field, "any_of", values)), same((field, "none_of", values))) == [7, 8]


@pytest.mark.parametrize("length", [1, 10, 50, 51, 100, 101, 500])
@pytest.mark.slow
def test_no_definition_has_more_parameters_than_sqlite_takes(length):
    """Lists in all conditions, up to the most values that a segment can have."""
    values = tuple(range(1, length + 1))
    definition = Definition((same(*[("partner_group", "any_of", values)] * 20),) * 20)
    query = Partner.objects.filter(compile_definition(definition)).query
    assert len(query.sql_with_params()[1]) <= 32_766
