"""What a deletion takes along, and what stands in its way."""

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from contracts.models import ContractStageChange
from partners.core.deletion import MAX_NAMED
from partners.models import Partner, PartnerStageChange
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db


def page_of(client, row):
    meta = row._meta
    return client.get(f"/admin/{meta.app_label}/{meta.model_name}/{row.pk}/delete/").content.decode()


def test_the_contracts_of_a_term_stand_in_its_way(as_superuser):
    contract = ContractFactory(number="S-1")
    term = contract.template_term
    page = page_of(as_superuser, term)
    assert "It can't be deleted: it is in use." in page.replace("&#x27;", "'")
    link = f'<a href="/admin/contracts/contract/?template_term__id__exact={term.pk}">see it</a>'
    assert f"1 contract uses it: {link}" in page


def test_very_many_are_counted(as_superuser):
    term, partner = TemplateTermFactory(), PartnerFactory()
    ContractFactory.create_batch(52, template_term=term, partner=partner)
    page = page_of(as_superuser, term)
    assert "52 contracts use it" in page
    assert "S-" not in page


@pytest.mark.parametrize("factory", [PartnerFactory, TemplateTermFactory])
def test_what_came_into_use_since_many_were_chosen_stays_with_the_rest(as_superuser, monkeypatch, factory):
    rows = factory.create_batch(2)
    model = type(rows[0])
    ContractFactory(**{"partner" if model is Partner else "template_term": rows[1]})
    screen = type(admin.site.get_model_admin(model))
    monkeypatch.setattr(screen, "get_deleted_objects", lambda *_: ([], {}, set(), []))
    chosen = {ACTION_CHECKBOX_NAME: [row.pk for row in rows], "action": "delete_selected", "post": "yes"}
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    page = as_superuser.post(address, chosen, follow=True)
    assert "It has come into use, or was changed, meanwhile. Nothing was deleted." in page.content.decode()
    assert model.objects.filter(pk__in=[row.pk for row in rows]).count() == 2
    assert not LogEntry.objects.exists()


def test_the_contracts_of_a_partner_stand_in_its_way_and_are_a_click_away(as_superuser):
    contract = ContractFactory(number="S-1")
    ContractFactory(number="S-2")
    page = page_of(as_superuser, contract.partner)
    assert "It can't be deleted: it is in use." in page.replace("&#x27;", "'")
    address = f"/admin/contracts/contract/?partner__id__exact={contract.partner_id}"
    assert f'1 contract uses it: <a href="{address}">see it</a>' in page
    assert [row.number for row in as_superuser.get(address).context["cl"].result_list] == ["S-1"]
    as_superuser.post(f"/admin/partners/partner/{contract.partner_id}/delete/", {"post": "yes"})
    assert Partner.objects.filter(pk=contract.partner_id).exists()


def test_none_of_the_selected_partners_is_deleted_while_one_has_contracts(as_superuser):
    free, held = PartnerFactory(), PartnerFactory(name="Vela")
    ContractFactory.create_batch(2, partner=held, template_term=TemplateTermFactory())
    selected = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [free.pk, held.pk], "post": "yes"}
    page = as_superuser.post("/admin/partners/partner/", selected).content.decode()
    assert "Nothing was deleted: some of these are in use." in page
    assert f"<bdi>Vela ({held.pk})</bdi>: 2 contracts use it" in page
    assert Partner.objects.count() == 2


def test_of_very_many_that_are_held_the_first_are_named(as_superuser):
    terms = TemplateTermFactory.create_batch(MAX_NAMED + 2)
    partner = PartnerFactory()
    for term in terms:
        ContractFactory(template_term=term, partner=partner)
    selected = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [term.pk for term in terms], "index": "0"}
    page = as_superuser.post("/admin/contracts/templateterm/", selected).content.decode()
    assert page.count("1 contract uses it") == MAX_NAMED
    assert "and 2 more" in page


def test_records_that_go_along_are_counted_and_not_listed(as_superuser, editor):
    term = TemplateTermFactory()
    LogEntry.objects.log_actions(editor.pk, [term] * 3, 2, "Changed.")
    page = page_of(as_superuser, editor)
    assert "Log entries: 3" in page
    assert "Log entry:" not in page


def test_a_partner_goes_with_its_groups_and_its_history_which_is_not_listed(as_superuser):
    partner = PartnerFactory(groups=[PartnerGroupFactory()])
    Partner.objects.update(prospecting_stage="joined")
    page = page_of(as_superuser, partner)
    assert "Group memberships: 1" in page
    assert "Group membership:" not in page
    assert "change of stage" not in page.casefold()
    assert "changes of stage" not in page.casefold()
    as_superuser.post(f"/admin/partners/partner/{partner.pk}/delete/", {"post": "yes"})
    assert not Partner.objects.exists()
    assert not PartnerStageChange.objects.exists()


def test_who_may_delete_contracts_deletes_their_history_with_them_alone(as_outsider, outsider):
    contract = ContractFactory()
    outsider.user_permissions.set(Permission.objects.filter(codename__endswith="_contract"))
    as_outsider.post(f"/admin/contracts/contract/{contract.pk}/delete/", {"post": "yes"})
    assert not ContractStageChange.objects.exists()


@pytest.mark.parametrize("model", [PartnerStageChange, ContractStageChange])
def test_history_has_no_page_and_no_permission(model):
    assert not admin.site.is_registered(model)
    assert not Permission.objects.filter(content_type__model=model._meta.model_name).exists()


def test_whoever_may_not_see_contracts_gets_no_link_to_them(as_outsider, outsider):
    outsider.user_permissions.set(Permission.objects.filter(codename__endswith="_templateterm"))
    page = page_of(as_outsider, ContractFactory().template_term)
    assert "1 contract uses it" in page
    assert "/admin/contracts/contract/" not in page
