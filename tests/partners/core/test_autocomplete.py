"""The type-ahead answers that forms and the segment builder choose from."""

import pytest
from django.urls import reverse

from contracts.forms import OPEN_ONLY
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db
ADDRESS = reverse("admin:autocomplete")
PARTNER = {"app_label": "contracts", "model_name": "contract", "field_name": "partner"}
TERM = {"app_label": "contracts", "model_name": "contract", "field_name": "template_term"}
GROUP = {"app_label": "partners", "model_name": "partner", "field_name": "groups"}
EVERY_SOURCE = [PARTNER, TERM, GROUP]


def suggested(client, source, term):
    answer = client.get(ADDRESS, {**source, "term": term})
    assert answer.status_code == 200
    return [row["text"] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("source", "factory"),
    [(PARTNER, PartnerFactory), (TERM, TemplateTermFactory), (GROUP, PartnerGroupFactory)],
)
def test_names_are_suggested_in_any_letters(as_viewer, source, factory):
    eclair = factory(name="ÉCLAIR Reviews")
    moss = factory(name="Moss Diary")
    assert suggested(as_viewer, source, "éclair") == [str(eclair)]
    assert suggested(as_viewer, source, "") == [str(moss), str(eclair)]


def test_a_partner_is_suggested_with_and_for_its_exact_partner_id(as_viewer):
    PartnerFactory(id=700123, name="Aurora")
    PartnerFactory(id=7001230, name="Vela")
    assert suggested(as_viewer, PARTNER, "700123") == ["Aurora (700123)"]
    assert suggested(as_viewer, PARTNER, "70012") == []


def test_a_suggestion_carries_the_bare_partner_id(as_viewer):
    PartnerFactory(id=700123)
    answer = as_viewer.get(ADDRESS, {**PARTNER, "term": "700123"})
    assert answer.json()["results"][0]["id"] == "700123"


def test_partners_are_not_suggested_for_their_e_mail(as_viewer):
    PartnerFactory(email="hello@vela.example")
    assert suggested(as_viewer, PARTNER, "hello@") == []


def test_archived_template_terms_are_suggested_but_where_a_contract_is_given_one(as_viewer, as_editor):
    TemplateTermFactory(name="Gold 2024", archived=True)
    assert suggested(as_viewer, TERM, "gold") == ["Gold 2024"]
    form = as_editor.get(reverse("admin:contracts_contract_add")).content.decode()
    assert f'data-ajax--url="{ADDRESS}?{OPEN_ONLY}=yes"' in form
    assert suggested(as_viewer, {**TERM, OPEN_ONLY: "yes"}, "gold") == []


@pytest.mark.parametrize("source", EVERY_SOURCE)
@pytest.mark.parametrize("term", ["nul\0byte", "9" * 30, "٣٣", "%_\\"])
def test_an_absurd_term_suggests_nothing(as_viewer, source, term):
    for factory in (PartnerFactory, TemplateTermFactory, PartnerGroupFactory):
        factory()
    assert suggested(as_viewer, source, term) == []


@pytest.mark.parametrize("source", EVERY_SOURCE)
def test_an_outsider_is_suggested_nothing(as_outsider, source):
    assert as_outsider.get(ADDRESS, source).status_code == 403


@pytest.mark.parametrize("source", EVERY_SOURCE)
def test_suggestions_come_in_pages_of_twenty(as_viewer, source):
    for factory in (PartnerFactory, TemplateTermFactory, PartnerGroupFactory):
        factory.create_batch(21)
    answer = as_viewer.get(ADDRESS, source).json()
    assert len(answer["results"]) == 20
    assert answer["pagination"] == {"more": True}


def test_the_other_end_of_a_field_suggests_nothing(as_superuser):
    other_end = {"app_label": "partners", "model_name": "partnergroup", "field_name": "partners"}
    assert as_superuser.get(ADDRESS, {**other_end, "term": "a"}).status_code == 403
