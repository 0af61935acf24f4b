"""A template term's page: its contracts, their stages, and what can be done with the term."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.core.row_pages import page_of
from partners.models import StageEdit
from tests.factories import ContractFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db
CONTRACTS = reverse("admin:contracts_contract_changelist")


@pytest.fixture
def gold():
    """A term with four contracts; another contract is on another term."""
    gold = TemplateTermFactory(name="Gold")
    for number, stage in enumerate(["joined", "joined", "publisher_countered", "expired"]):
        ContractFactory(number=f"S-{number}", template_term=gold, stage=stage)
    ContractFactory(number="S-9", stage="joined")
    return gold


def numbers(answer):
    return sorted(contract.number for contract in answer.context["cl"].result_list)


def text_of(answer):
    return answer.content.decode()


def test_it_lists_its_contracts_and_says_how_many_they_are(as_viewer, gold):
    answer = as_viewer.get(page_of(gold))
    assert numbers(answer) == ["S-0", "S-1", "S-2", "S-3"]
    assert f'<a href="{CONTRACTS}?template_term__id__exact={gold.pk}">4 contracts</a>' in text_of(answer)


def test_it_counts_them_by_stage_in_the_order_of_the_stages_each_a_link_to_exactly_those(as_viewer, gold):
    stages = as_viewer.get(page_of(gold)).context["stages"]
    found = {stage: (number, address) for stage, number, address in stages}
    assert list(found) == [stage for stage in ContractStage if stage in found]
    assert {stage.value: number for stage, (number, _address) in found.items()} == {
        "joined": 2,
        "publisher_countered": 1,
        "expired": 1,
    }
    assert numbers(as_viewer.get(found[ContractStage.JOINED][1])) == ["S-0", "S-1"]


def test_its_contracts_are_searched_and_planned_as_on_their_own_screen(as_superuser, gold):
    assert numbers(as_superuser.get(page_of(gold), {"state": "active"})) == ["S-0", "S-1"]
    ticked = Contract.objects.get(number="S-0").pk
    data = {"_selected_action": ticked, "action": "change_stage", "select_across": "1", "index": "0"}
    as_superuser.post(page_of(gold), data)
    assert StageEdit.objects.get().number_chosen == 4


def test_the_form_stands_behind_edit(as_editor, as_viewer, gold):
    address = reverse("admin:contracts_templateterm_edit", args=[gold.pk])
    assert address in text_of(as_editor.get(page_of(gold)))
    assert address not in text_of(as_viewer.get(page_of(gold)))
    assert as_viewer.get(address).status_code == 403
    answer = as_editor.post(address, {"name": "Gold 2026", "currency": "SEK"})
    assert answer["Location"] == page_of(gold)
    assert TemplateTerm.objects.filter(name="Gold 2026", currency="SEK").exists()


def test_those_who_may_not_see_contracts_get_the_form(as_outsider, outsider, gold):
    outsider.user_permissions.set(Permission.objects.filter(codename="view_templateterm"))
    page = text_of(as_outsider.get(page_of(gold)))
    assert "Gold" in page
    assert "S-0" not in page


class TestDeleting:
    def test_says_how_many_contracts_use_it_and_where_they_are(self, as_editor, gold):
        page = text_of(as_editor.get(reverse("admin:contracts_templateterm_delete", args=[gold.pk])))
        link = f'<a href="{CONTRACTS}?template_term__id__exact={gold.pk}">see them</a>'
        assert f"4 contracts use it: {link}" in page
        assert "S-0" not in page

    def test_offers_to_archive_it_instead(self, as_editor, gold):
        address = reverse("admin:contracts_templateterm_archive", args=[gold.pk])
        delete = reverse("admin:contracts_templateterm_delete", args=[gold.pk])
        assert f'action="{address}"' in text_of(as_editor.get(delete))
        as_editor.post(address)
        assert f'action="{address}"' not in text_of(as_editor.get(delete))

    def test_of_several_says_it_of_each(self, as_editor, gold):
        other = Contract.objects.get(number="S-9").template_term
        ticked = {"action": "delete_selected", "_selected_action": [gold.pk, other.pk], "index": "0"}
        page = text_of(as_editor.post(reverse("admin:contracts_templateterm_changelist"), ticked))
        assert "<bdi>Gold</bdi>: 4 contracts use it" in page
        assert f"<bdi>{other}</bdi>: 1 contract uses it" in page
