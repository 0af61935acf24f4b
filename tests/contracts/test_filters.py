"""The filters above the list of contracts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from contracts.filters import ContractFilterSet
from contracts.stages import ContractStage, ContractState
from partners.core.list_filters import active_filters
from partners.core.moment import KEPT_AS, Moment
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:contracts_contract_changelist")


def found(client, **query):
    return {row.number for row in client.get(LIST, query).context["cl"].result_list}


def days(number):
    return timezone.localdate() + timedelta(days=number)


@pytest.mark.parametrize("state", ContractState)
def test_a_state_gathers_its_stages(as_viewer, state):
    for stage in ContractStage:
        ContractFactory(number=stage, stage=stage)
    assert found(as_viewer, state=state) == {stage for stage in ContractStage if stage.state is state}


def test_a_stage_and_a_term_are_met_by_one_contract(as_viewer):
    gold, silver = TemplateTermFactory(), TemplateTermFactory()
    ContractFactory(number="both", stage="joined", template_term=gold)
    ContractFactory(number="stage", stage="joined", template_term=silver)
    ContractFactory(number="term", stage="expired", template_term=gold)
    query = {"stage__exact": "joined", "template_term__id__exact": gold.pk}
    assert found(as_viewer, **query) == {"both"}


@pytest.mark.parametrize(
    ("ends", "numbers"),
    [
        ("in_30_days", {"today", "29"}),
        ("in_90_days", {"today", "29", "30", "89"}),
        ("ended", {"yesterday"}),
        ("open", {"open"}),
    ],
)
def test_contracts_are_sorted_by_when_they_end_counted_from_today(as_viewer, ends, numbers):
    for number, end in [("yesterday", -1), ("today", 0), ("29", 29), ("30", 30), ("89", 89), ("90", 90)]:
        ContractFactory(number=number, start_date=days(-400), end_date=days(end))
    ContractFactory(number="open")
    assert found(as_viewer, ends=ends) == numbers


@pytest.mark.parametrize(
    ("bound", "numbers"),
    [
        ({"start_date__gte": "2026-02-01"}, {"February", "March"}),
        ({"start_date__lte": "2026-02-01"}, {"January", "February"}),
        ({"end_date__gte": "2026-05-01"}, {"February", "March"}),
        ({"end_date__lte": "2026-05-01"}, {"January", "February"}),
        ({"start_date__gte": "2026-02-01", "end_date__lte": "2026-05-01"}, {"February"}),
    ],
)
def test_a_typed_day_is_a_bound_that_counts_itself(as_viewer, bound, numbers):
    for number, month in [("January", 1), ("February", 2), ("March", 3)]:
        ContractFactory(number=number, start_date=f"2026-0{month}-01", end_date=f"2026-0{month + 3}-01")
    assert found(as_viewer, **bound) == numbers


def test_a_typed_day_stays_in_its_field(as_viewer):
    page = as_viewer.get(LIST, {"end_date__lte": "2026-05-01"}).content.decode()
    assert 'name="end_date__lte" value="2026-05-01"' in page
    assert "1 May 2026" in page


@pytest.mark.parametrize(
    "query",
    [{"stage__exact": "unheard_of"}, {"state": "?"}, {"ends": "?"}, {"template_term__id__exact": "x"}],
)
def test_a_choice_that_there_is_not_finds_no_contract(as_viewer, query):
    ContractFactory()
    assert found(as_viewer, **query) == set()


@pytest.mark.parametrize("day", ["soon", "2026-02-31", "99999-01-01", "1 May"])
def test_a_day_that_there_is_not_leads_back_to_the_whole_list(as_viewer, day):
    ContractFactory(number="S-1")
    page = as_viewer.get(LIST, {"end_date__lte": day}, follow=True)
    assert [str(row) for row in page.context["cl"].result_list] == ["S-1"]
    assert "There is no such filter" in page.content.decode()


@pytest.mark.parametrize(
    ("instant", "numbers"),
    [
        (datetime(2026, 11, 28, 23, 59, 59, 900_000, UTC), ["first"]),
        (datetime(2026, 11, 29, tzinfo=UTC), ["first", "second"]),
    ],
)
def test_days_are_counted_from_the_moment_of_the_request(rf, superuser, instant, numbers):
    ContractFactory(number="first", start_date=date(2026, 1, 1), end_date=date(2026, 12, 27))
    ContractFactory(number="second", start_date=date(2026, 1, 1), end_date=date(2026, 12, 28))
    request = rf.get("/")
    request.user = superuser
    setattr(request, KEPT_AS, Moment(instant, UTC))
    found = ContractFilterSet({"ends": "in_30_days"}, request=request).qs
    assert sorted(contract.number for contract in found) == numbers


def test_who_may_not_see_partners_reads_names_of_those_with_contracts_only(outsider, as_outsider, as_viewer):
    outsider.user_permissions.add(Permission.objects.get(codename="view_contract"))
    there, without = ContractFactory(partner__name="Aurora").partner, PartnerFactory(name="Boreal")
    for client, reads in ((as_outsider, False), (as_viewer, True)):
        assert "Aurora" in chip(client, there.pk)
        assert ("Boreal" in chip(client, without.pk)) is reads
    assert chip(as_outsider, without.pk) == f"{without.pk}"
    assert chip(as_outsider, 424242) == "424242"


def chip(client, key):
    """What the filter by partner says was chosen."""
    cl = client.get(LIST, {"partner__id__exact": key}).context["cl"]
    [active] = active_filters(cl)
    return str(active.chosen)
