"""The filters of the lists, used without their screens."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.http import QueryDict
from django.test import RequestFactory

from contracts.filters import ContractFilterSet, TemplateTermFilterSet
from contracts.models import Contract
from partners.filters import PartnerFilterSet
from partners.models import Partner
from partners.stage_edits.services import apply_edit, choose, plan
from segments.definition import Condition, Definition, Group
from segments.models import Segment
from segments.screens.filters import MemberFilterSet
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db


def names(**asked):
    return sorted(partner.name for partner in PartnerFilterSet(asked).qs)


def numbers(**asked):
    return sorted(contract.number for contract in ContractFilterSet(asked).qs)


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.mark.parametrize("filterset", [PartnerFilterSet, ContractFilterSet, TemplateTermFilterSet])
@pytest.mark.parametrize("data", [None, {}, QueryDict("")])
def test_who_asks_nothing_gets_every_row(filterset, data):
    ContractFactory()
    assert filterset(data).qs.count() == 1


def test_filters_combine():
    group = PartnerGroupFactory()
    PartnerFactory(name="Aurora", prospecting_stage="joined", country="DE", groups=[group])
    PartnerFactory(name="Fern", prospecting_stage="joined", country="FR", groups=[group])
    PartnerFactory(name="Vela", prospecting_stage="joined", country="DE")
    assert names(prospecting_stage__exact="joined", groups__id__exact=str(group.pk)) == ["Aurora", "Fern"]
    assert names(country__exact="DE", groups__id__exact=str(group.pk)) == ["Aurora"]
    assert names(country__exact="DE", groups__id__exact="") == ["Aurora", "Vela"]


def test_several_choices_of_one_filter_are_alternatives():
    group = PartnerGroupFactory()
    PartnerFactory(name="Aurora", country="DE", groups=[group])
    PartnerFactory(name="Fern", country="AT")
    PartnerFactory(name="Vela", country="FR", groups=[PartnerGroupFactory()])
    assert names(country__exact=["DE", "AT"]) == ["Aurora", "Fern"]
    assert names(groups__id__exact=["none"]) == ["Fern"]
    assert names(groups__id__exact=["none", str(group.pk)]) == ["Aurora", "Fern"]
    assert [one.name for one in PartnerFilterSet(QueryDict("country__exact=DE&country__exact=FR")).qs] == [
        "Aurora",
        "Vela",
    ]
    assert names(country__exact=["DE", "bogus"]) == []


def test_none_and_some_stages_are_alternatives_and_a_term_beside_them_is_that_of_the_same_contract():
    gold = TemplateTermFactory()
    PartnerFactory(name="Fern")
    ContractFactory(partner=PartnerFactory(name="Aurora"), stage="joined", template_term=gold)
    ContractFactory(partner=PartnerFactory(name="Vela"), stage="expired", template_term=gold)
    assert names(contract_stage=["none", "joined"]) == ["Aurora", "Fern"]
    assert names(contract_stage=["none", "joined"], template_term=[str(gold.pk)]) == ["Aurora"]
    assert names(contract_stage=["expired", "joined"], template_term=[str(gold.pk)]) == ["Aurora", "Vela"]


def test_contracts_can_be_in_several_states_and_currencies():
    for number, stage, currency in [
        ("1", "joined", "EUR"),
        ("2", "suspended", "EUR"),
        ("3", "joined", "USD"),
    ]:
        ContractFactory(number=number, stage=stage, template_term=TemplateTermFactory(currency=currency))
    assert numbers(state=["active", "paused"], currency=["EUR"]) == ["1", "2"]
    assert numbers(currency=["EUR", "USD"]) == ["1", "2", "3"]
    assert numbers(stage__exact=["joined", "suspended"], state=["active"]) == ["1", "3"]


def test_they_narrow_the_rows_that_they_are_given():
    PartnerFactory(name="Aurora", country="DE")
    PartnerFactory(name="Vela", country="DE")
    few = Partner.objects.filter(name="Vela")
    assert [partner.name for partner in PartnerFilterSet({"country__exact": "DE"}, few).qs] == ["Vela"]


def test_a_row_comes_once_however_many_related_rows_meet_the_filters():
    term, partner = TemplateTermFactory(), PartnerFactory(name="Aurora")
    for number in ("1", "2", "3"):
        ContractFactory(number=number, partner=partner, template_term=term, stage="joined")
    assert names(contract_stage="joined", template_term=str(term.pk)) == ["Aurora"]


def test_what_upper_apps_add_belongs_to_them():
    ContractFactory(number="S-1", partner=PartnerFactory(name="Aurora"), stage="joined")
    ContractFactory(number="S-2", partner=PartnerFactory(name="Vela"), stage="expired")
    joined = Definition((Group((Condition("contract_stage", "any_of", ["joined"]),)),))
    segment = str(Segment.objects.create(name="Joined", definition=joined.to_json()).pk)
    assert names(contract_stage="expired") == ["Vela"]
    assert names(segment=segment) == ["Aurora"]
    assert numbers(segment=segment) == ["S-1"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prospecting_stage__exact", "bogus"),
        ("prospecting_stage__exact", " joined"),
        ("groups__id__exact", "x"),
        ("groups__id__exact", "424242"),
        ("groups__id__exact", "9" * 30),
        ("country__exact", "XX"),
        ("contract_stage", "\0"),
        ("template_term", "-1"),
        ("segment", "424242"),
        ("stage_edit", "1-left"),
    ],
)
def test_no_partner_meets_a_value_that_there_is_not(name, value):
    PartnerFactory(prospecting_stage="joined")
    assert names(**{name: value}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("stage__exact", "bogus"), ("state", "?"), ("ends", "?"), ("start_date__gte", "soon"), ("segment", "x")],
)
def test_no_contract_meets_a_value_that_there_is_not(name, value):
    ContractFactory()
    assert numbers(**{name: value}) == []


@pytest.mark.parametrize("name", ["stage", "prospecting_stage", "country__in", "page"])
def test_a_name_that_is_no_filter_finds_nobody_and_is_named(name):
    PartnerFactory()
    found = PartnerFilterSet({name: "joined"})
    assert not found.qs.exists()
    assert name in str(found.errors)


def test_one_value_that_can_not_be_understood_is_enough():
    PartnerFactory(country="DE")
    assert names(country__exact="DE", prospecting_stage__exact="bogus") == []


def test_a_user_has_the_filters_of_what_the_user_may_see(outsider):
    outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
    mine = PartnerFilterSet({}, request=request_of(outsider)).filters
    assert list(mine) == [
        "prospecting_stage__exact",
        "country__exact",
        "business_model__exact",
        "email",
        "original_joined_date",
        "last_transition_date",
        "owner",
        "last_contacted",
        "next_step_date",
    ]
    assert not PartnerFilterSet({"contract_stage": "joined"}, request=request_of(AnonymousUser())).qs.exists()


def test_the_rows_of_a_bulk_edit_are_for_those_who_may_edit_stages(admin_user, outsider):
    moved, _left = PartnerFactory(name="Aurora"), PartnerFactory(name="Vela")
    edit = choose(rows=Partner.objects.filter(pk=moved.pk), user=admin_user)
    plan(edit=edit, to="joined", why="They signed.")
    apply_edit(edit=edit, allows_unusual=True, moves_along=False, user=admin_user)
    asked = {"stage_edit": str(edit.pk)}
    assert [partner.name for partner in PartnerFilterSet(asked, request=request_of(admin_user)).qs] == [
        "Aurora"
    ]
    assert not PartnerFilterSet(asked, request=request_of(outsider)).qs.exists()


def test_the_bar_above_a_segment_narrows_any_partners():
    PartnerFactory(name="Fern", prospecting_stage="joined")
    PartnerFactory(name="Fern Media")
    PartnerFactory(name="Vela")
    asked = QueryDict("name=fern&prospecting_stage=joined&prospecting_stage=outreach&sort=-id&after=7")
    assert [partner.name for partner in MemberFilterSet(asked).qs] == ["Fern"]
    assert MemberFilterSet(QueryDict("after=7")).qs.count() == 3
    assert not MemberFilterSet(QueryDict("prospecting_stage=bogus")).qs.exists()


def test_contracts_are_asked_by_days_and_states():
    ContractFactory(number="S-1", stage="joined", start_date="2026-01-01", end_date="2026-05-01")
    ContractFactory(number="S-2", stage="expired", start_date="2026-02-01", end_date="2026-06-01")
    assert numbers(start_date__gte="2026-02-01") == ["S-2"]
    assert numbers(state="active", end_date__lte="2026-06-01") == ["S-1"]
    assert Contract.objects.count() == len(numbers(start_date__gte=""))
