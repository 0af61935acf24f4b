"""What a deletion takes along, and what stands in its way."""

import pytest
from django.contrib.auth.models import Permission

from partners.core.deletion import MAX_NAMED
from partners.models import Partner
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db


def page_of(client, row):
    meta = row._meta
    return client.get(f"/admin/{meta.app_label}/{meta.model_name}/{row.pk}/delete/").content.decode()


def test_the_contracts_of_a_term_stand_in_its_way_as_links(as_superuser):
    contract = ContractFactory(number="S-1")
    page = page_of(as_superuser, contract.template_term)
    assert "It can't be deleted: it is in use." in page.replace("&#x27;", "'")
    assert f'Contract: <a href="/admin/contracts/contract/{contract.pk}/change/"><bdi>S-1</bdi></a>' in page


def test_of_very_many_the_first_are_named(as_superuser):
    term, partner = TemplateTermFactory(), PartnerFactory()
    ContractFactory.create_batch(MAX_NAMED + 2, template_term=term, partner=partner)
    page = page_of(as_superuser, term)
    assert page.count("<bdi>S-") == MAX_NAMED
    assert "and 2 more" in page


def test_what_goes_along_is_listed_without_its_history(as_superuser):
    contract = ContractFactory(number="S-1")
    page = page_of(as_superuser, contract.partner)
    assert "S-1</a>" in page
    assert "change of stage" not in page.casefold()
    assert "changes of stage" not in page.casefold()
    as_superuser.post(f"/admin/partners/partner/{contract.partner_id}/delete/", {"post": "yes"})
    assert not Partner.objects.exists()


def test_whoever_may_not_see_a_segment_gets_no_link_to_it(as_outsider, outsider):
    outsider.user_permissions.set(Permission.objects.filter(codename__endswith="_templateterm"))
    page = page_of(as_outsider, ContractFactory(number="S-1").template_term)
    assert "Contract: S-1" in page
    assert "/admin/contracts/contract/" not in page
