"""What a contract's history says, and in which order."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from contracts.timeline import contract_events, histories
from tests.factories import ContractFactory

pytestmark = pytest.mark.django_db


def told(contract):
    return [(event.day, str(event.what)) for event in contract_events(contract)]


def log(contract, user, message, flag=CHANGE, on=None):
    entry = LogEntry.objects.log_actions(user.pk, [contract], flag, message, single_object=True)
    LogEntry.objects.filter(pk=entry.pk).update(action_time=on or timezone.now())


def test_events_are_told_in_time_order(editor):
    contract = ContractFactory(
        stage="suspended",
        stage_since=datetime(2025, 7, 1, tzinfo=UTC),
        start_date=date(2025, 2, 3),
        end_date=date(2025, 12, 31),
    )
    log(contract, editor, [{"changed": {"fields": ["Stage", "End"]}}], on=datetime(2025, 6, 30, tzinfo=UTC))
    log(contract, editor, [{"changed": {"fields": ["Stage"]}}], on=datetime(2025, 6, 30, tzinfo=UTC))
    log(contract, editor, "Added", ADDITION, on=datetime(2025, 1, 1, tzinfo=UTC))
    log(ContractFactory(), editor, "Something else")
    assert told(contract) == [
        (date(2025, 2, 3), "Started"),
        (date(2025, 6, 30), "Changed End."),
        (date(2025, 7, 1), "Suspended"),
        (date(2025, 12, 31), "Ended"),
    ]
    assert [event.by for event in contract_events(contract)] == ["", "editor", "", ""]


def test_what_is_to_come_is_told_as_such():
    today = timezone.localdate()
    contract = ContractFactory(
        start_date=today + timedelta(days=1),
        end_date=today + timedelta(days=2),
        stage="awaiting_contract_start",
    )
    assert [what for _, what in told(contract)] == ["Awaiting Contract Start", "Starts", "Ends"]


def test_the_histories_of_many_contracts_take_two_queries(editor, django_assert_num_queries):
    contracts = ContractFactory.create_batch(5)
    for contract in contracts:
        log(contract, editor, "Changed.")
    contract_events(contracts[0])
    with django_assert_num_queries(2):
        all_told = histories(contracts)
    assert {len(events) for events in all_told.values()} == {3}


def test_a_contracts_page_shows_it_at_a_glance_with_its_history(as_viewer, editor):
    contract = ContractFactory(stage="publisher_countered")
    log(contract, editor, "Changed End.")
    page = as_viewer.get(reverse("admin:contracts_contract_change", args=[contract.pk])).content.decode()
    assert reverse("admin:partners_partner_change", args=[contract.partner_id]) in page
    assert reverse("admin:contracts_templateterm_change", args=[contract.template_term_id]) in page
    assert reverse("admin:contracts_contract_pdf", args=[contract.pk]) in page
    assert "The partner answered with other terms" in page
    assert "Changed End." in page
    assert "by editor" in page
    assert 'name="_save"' not in page


def test_whoever_may_not_see_partners_and_terms_gets_no_links_to_them(as_outsider, outsider):
    outsider.user_permissions.add(Permission.objects.get(codename="view_contract"))
    contract = ContractFactory()
    page = as_outsider.get(reverse("admin:contracts_contract_change", args=[contract.pk])).content.decode()
    glance = page.partition('class="glance"')[2].partition("</dl>")[0]
    assert contract.partner.name in glance
    assert "href" not in glance
