"""What a partner's page shows below the form."""

import re
from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db


def address(partner):
    return reverse("admin:partners_partner_change", args=[partner.pk])


def parts(client, partner):
    return client.get(address(partner)).content.decode().partition("partner-parts")[2]


@pytest.fixture
def aurora(db):
    aurora = PartnerFactory(id=700123, name="Aurora", groups=[PartnerGroupFactory(name="VIP")])
    gold = TemplateTermFactory(name="Gold 2026")
    ContractFactory(
        number="S-3", partner=aurora, template_term=gold, stage="joined", start_date=date(2026, 1, 1)
    )
    ContractFactory(
        number="S-1",
        partner=aurora,
        template_term=TemplateTermFactory(name="Gold 2024"),
        stage="expired",
        start_date=date(2024, 1, 1),
        end_date=date(2024, 12, 31),
    )
    ContractFactory(number="S-2", partner=aurora, template_term=gold, start_date=date(2025, 1, 1))
    ContractFactory(number="S-9")
    return aurora


@pytest.mark.parametrize("user", ["as_editor", "as_viewer"])
def test_contracts_are_listed_in_time_order_with_dates_and_stage(request, user, aurora):
    content = parts(request.getfixturevalue(user), aurora)
    assert re.findall(r">(S-\d)</a>", content) == ["S-1", "S-2", "S-3"]
    for text in ("Gold 2024", "1 Jan 2024", "31 Dec 2024", "Expired<span", "open-ended"):
        assert text in content
    first = aurora.contracts.get(number="S-1")
    assert f'href="{reverse("admin:contracts_contract_change", args=[first.pk])}"' in content


def test_a_contract_is_added_by_those_who_may_with_the_partner_filled_in(as_editor, as_viewer, aurora):
    link = f"{reverse('admin:contracts_contract_add')}?partner=700123"
    assert link in parts(as_editor, aurora)
    assert link not in parts(as_viewer, aurora)
    assert "Aurora (700123)" in as_editor.get(link).content.decode()


def test_contracts_are_for_those_who_may_see_them(as_outsider, outsider, aurora):
    outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
    content = parts(as_outsider, aurora)
    assert "S-1" not in content
    assert "VIP" in content


def test_the_latest_are_shown_of_very_many_contracts(as_viewer, aurora, change_limits):
    change_limits(partner_page_max_contracts=2)
    content = parts(as_viewer, aurora)
    assert re.findall(r">(S-\d)</a>", content) == ["S-2", "S-3"]
    assert "The latest 2 are shown." in content


def test_groups_lead_to_their_partners(as_viewer, aurora):
    group = aurora.groups.get()
    list_address = reverse("admin:partners_partner_changelist")
    link = f'href="{list_address}?groups__id__exact={group.pk}"><bdi>VIP</bdi>'
    assert link in parts(as_viewer, aurora)


def test_a_partner_without_anything_says_so(as_viewer):
    content = parts(as_viewer, PartnerFactory())
    for text in ("No contract yet.", "In no group.", "In no segment today."):
        assert text in content


def test_a_new_partner_has_nothing_below_the_form(as_editor):
    content = as_editor.get(reverse("admin:partners_partner_add")).content.decode()
    assert "contracts-of-partner" not in content


def test_what_was_typed_wrongly_comes_back_with_the_parts(as_editor, aurora):
    content = as_editor.post(address(aurora), {"name": ""}).content.decode()
    assert "contracts-of-partner" in content


@pytest.mark.parametrize("user", ["as_editor", "as_viewer"])
def test_the_history_says_who_changed_what(request, user, as_editor, aurora):
    as_editor.post(address(aurora), {"name": "Aurora Media", "prospecting_stage": "new"})
    client = request.getfixturevalue(user)
    history = reverse("admin:partners_partner_history", args=[aurora.pk])
    assert history in client.get(address(aurora)).content.decode()
    assert "Changed Name" in client.get(history).content.decode()


def test_the_page_takes_as_many_queries_for_much_as_for_little(as_editor, aurora, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        as_editor.get(address(aurora))
    ContractFactory.create_batch(10, partner=aurora)
    aurora.groups.add(*PartnerGroupFactory.create_batch(10))
    with django_assert_num_queries(len(few)):
        as_editor.get(address(aurora))


def test_an_outsider_and_nobody_see_no_partner(as_outsider, as_nobody, aurora):
    assert as_outsider.get(address(aurora)).status_code == 403
    assert reverse("admin:login") in as_nobody.get(address(aurora))["Location"]
