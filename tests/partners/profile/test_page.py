"""A partner's page."""

import re
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    ContractFactory,
    NoteFactory,
    PartnerFactory,
    PartnerGroupFactory,
    TemplateTermFactory,
)

pytestmark = pytest.mark.django_db


def address(partner):
    return reverse("admin:partners_partner_change", args=[partner.pk])


def edit(partner):
    return reverse("admin:partners_partner_edit", args=[partner.pk])


def numbers(page):
    """The Contract IDs in the table of contracts."""
    return re.findall(r">(S-\d)</a></th>", page)


def shown(client, partner):
    return client.get(address(partner)).content.decode()


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
def test_contracts_are_listed_the_latest_first_with_dates_and_stage(request, user, aurora):
    content = shown(request.getfixturevalue(user), aurora)
    assert numbers(content) == ["S-3", "S-2", "S-1"]
    for text in ("Gold 2024", "1 Jan 2024", "31 Dec 2024", "Expired<span", "open-ended"):
        assert text in content
    first = aurora.contracts.get(number="S-1")
    assert f'href="{reverse("admin:contracts_contract_change", args=[first.pk])}"' in content


def test_a_contract_is_added_by_those_who_may_with_the_partner_filled_in(as_editor, as_viewer, aurora):
    link = f"{reverse('admin:contracts_contract_add')}?partner=700123"
    assert link in shown(as_editor, aurora)
    assert link not in shown(as_viewer, aurora)
    assert "Aurora (700123)" in as_editor.get(link).content.decode()


def test_contracts_are_for_those_who_may_see_them(as_outsider, outsider, aurora):
    outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
    content = shown(as_outsider, aurora)
    assert "S-1" not in content
    assert "VIP" in content


def test_the_latest_are_shown_of_very_many_contracts(as_viewer, aurora, change_limits):
    change_limits(partner_page_max_contracts=2)
    content = shown(as_viewer, aurora)
    assert numbers(content) == ["S-3", "S-2"]
    assert "The latest 2 are shown." in content


def test_groups_lead_to_their_pages_for_those_who_may_open_them(as_viewer, as_outsider, outsider, aurora):
    page = reverse("admin:partners_partnergroup_change", args=[aurora.groups.get().pk])
    assert f'href="{page}"><bdi>VIP</bdi>' in shown(as_viewer, aurora)
    outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
    assert page not in shown(as_outsider, aurora)


def test_the_partner_id_can_be_copied_with_script_alone(as_viewer, aurora):
    content = shown(as_viewer, aurora)
    assert '<span id="partner-id">700123</span>' in content
    assert re.search(r'<button class="icon-button copy"[^>]* data-copy="partner-id"[^>]* hidden>', content)


def test_a_partner_without_anything_says_so(as_viewer):
    content = shown(as_viewer, PartnerFactory())
    for text in ("No contract yet.", "In no group.", "In no segment today."):
        assert text in content


def test_the_head_says_who_it_is_and_how_things_stand(as_viewer, editor):
    partner = PartnerFactory(
        id=700123,
        name="Éclair",
        country="FR",
        email="a@eclair.example",
        website="https://eclair.example",
        business_model="network",
        owner=editor,
        last_contacted=date(2026, 3, 4),
        next_step="Send the <offer>",
        original_joined_date=date(2025, 2, 3),
    )
    content = shown(as_viewer, partner)
    for text in (
        *("<bdi>Éclair</bdi>", "700123", "France", "mailto:a@eclair.example", "https://eclair.example"),
        *("Network", "editor", "4 Mar 2026", "Send the &lt;offer&gt;", "3 Feb 2025"),
    ):
        assert text in content, text


@pytest.mark.parametrize(
    ("days", "said"), [(-1, "was due "), (0, "due today"), (1, ">due "), (None, ">no date")]
)
def test_the_head_says_when_the_next_step_is_due(as_viewer, days, said):
    day = None if days is None else timezone.localdate() + timedelta(days=days)
    content = shown(as_viewer, PartnerFactory(next_step="Call", next_step_date=day))
    assert said in re.sub(r">\s+", ">", content)


def test_an_address_that_no_browser_should_open_is_no_link(as_viewer):
    content = shown(as_viewer, PartnerFactory(website="javascript:alert(1)"))
    assert "<li>javascript:alert(1)</li>" in content


def test_the_form_stands_behind_edit_and_leads_back(as_editor, as_viewer, aurora):
    assert f'href="{edit(aurora)}"' in shown(as_editor, aurora)
    assert edit(aurora) not in shown(as_viewer, aurora)
    form = as_editor.get(edit(aurora)).content.decode()
    assert 'name="name"' in form
    assert f'href="{address(aurora)}"' in form
    answer = as_editor.post(edit(aurora), {"name": "Aurora Media", "prospecting_stage": "new"})
    assert answer["Location"] == address(aurora)


def test_what_was_typed_wrongly_comes_back_in_the_form(as_editor, aurora):
    content = as_editor.post(edit(aurora), {"name": ""}).content.decode()
    assert "This field is required." in content
    assert "contracts-of-partner" not in content


def test_a_window_of_its_own_has_the_form(as_editor, aurora):
    assert 'name="name"' in as_editor.get(address(aurora), {"_popup": "1"}).content.decode()


def test_only_a_superuser_is_led_to_a_change_of_stage(superuser, as_editor, aurora):
    button = 'value="change_stage:700123"'
    assert button not in shown(as_editor, aurora)
    client = Client()
    client.force_login(superuser)
    assert button in shown(client, aurora)
    list_address = reverse("admin:partners_partner_changelist")
    answer = client.post(list_address, {"row": "change_stage:700123"}, follow=True)
    assert "1 partner" in answer.content.decode()


def test_the_list_leads_to_the_page_and_to_the_form(as_editor, as_viewer, aurora):
    list_address = reverse("admin:partners_partner_changelist")
    assert f'<a href="{edit(aurora)}">Edit</a>' in as_editor.get(list_address).content.decode()
    assert edit(aurora) not in as_viewer.get(list_address).content.decode()


@pytest.mark.parametrize("user", ["as_editor", "as_viewer"])
def test_the_history_says_who_changed_what(request, user, as_editor, aurora):
    as_editor.post(edit(aurora), {"name": "Aurora Media", "prospecting_stage": "new"})
    client = request.getfixturevalue(user)
    history = reverse("admin:partners_partner_history", args=[aurora.pk])
    assert history in client.get(address(aurora)).content.decode()
    assert "Changed Name" in client.get(history).content.decode()


def test_the_page_takes_as_many_queries_for_much_as_for_little(as_editor, aurora, django_assert_num_queries):
    NoteFactory(partner=aurora)
    with CaptureQueriesContext(connection) as few:
        as_editor.get(address(aurora))
    assert len(few) <= 30
    ContractFactory.create_batch(10, partner=aurora)
    aurora.groups.add(*PartnerGroupFactory.create_batch(10))
    NoteFactory.create_batch(10, partner=aurora)
    with django_assert_num_queries(len(few)):
        as_editor.get(address(aurora))


def test_an_outsider_and_nobody_see_no_partner(as_outsider, as_nobody, aurora):
    assert as_outsider.get(address(aurora)).status_code == 403
    assert reverse("admin:login") in as_nobody.get(address(aurora))["Location"]


def test_an_e_mail_address_adds_nothing_to_the_message(as_viewer):
    page = shown(as_viewer, PartnerFactory(email="a?bcc=b@eclair.example"))
    assert 'href="mailto:a%3Fbcc%3Db@eclair.example"' in page
