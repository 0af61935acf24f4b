"""IDs are found however they were pasted: with a word processor's hyphens, no-break spaces, wide digits."""

import pytest

from contracts.models import Contract
from partners.forms import PartnerForm
from segments.conditions import CATALOG
from segments.insight.partner_search import look_up
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db

WIDE = "\u00a0\uff17\uff10\uff10\uff11\uff12\uff13\u200b"


def listed(client, address, term):
    return list(client.get(address, {"q": term}).context["cl"].result_list)


def test_in_the_search_of_contracts(as_viewer):
    contract = ContractFactory(number="S-17-4", partner=PartnerFactory(id=700123))
    for term in ("S\u201117\u20134", "\u00a0S\u221217-4", WIDE):
        assert listed(as_viewer, "/admin/contracts/contract/", term) == [contract]


def test_in_the_search_of_partners(as_viewer):
    partner = PartnerFactory(id=700123)
    assert listed(as_viewer, "/admin/partners/partner/", WIDE) == [partner]
    assert look_up(WIDE) == [partner]


def test_in_the_form_of_a_partner():
    assert PartnerForm.base_fields["partner_id"].clean(WIDE) == 700123


def test_in_the_box_for_a_partner_without_a_script(as_superuser):
    PartnerFactory(id=700123)
    typed = {"number": "S\u20111", "partner-typed": WIDE, "stage": "joined", "start_date": "2026-01-01"}
    as_superuser.post("/admin/contracts/contract/add/", {**typed, "template_term": TemplateTermFactory().pk})
    contract = Contract.objects.get()
    assert (contract.number, contract.partner_id) == ("S-1", 700123)


def test_in_conditions():
    PartnerFactory(id=700123)
    assert CATALOG["contract_id"].list_from_post(["S\u20111\u00a0S\u20132"]) == ["S-1", "S-2"]
    assert CATALOG["partner_name"].list_from_post([WIDE]) == [700123]
