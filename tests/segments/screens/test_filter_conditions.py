"""What the filters of the Partners and Contracts screens ask, as definitions."""

from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.models import Contract, ContractStage
from contracts.stages import ContractState
from partners.core.moment import KEPT_AS, Moment
from partners.models import BusinessModel, Partner, ProspectingStage
from partners.stage_edits.services import apply_edit, choose, plan
from segments.compiler import compile_definition
from segments.screens.filter_conditions import PresetsFilter, filtered
from segments.screens.list_filters import ENDS, OF_CONTRACTS, OF_PARTNERS
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.laws import law
from tests.segments.moments import AT, days_from_today
from tests.segments.samples import INNER, NUMBERS, OWNERS, SMALL_IDS, currency_of
from tests.segments.strategies import programs, stored, texts_of

pytestmark = pytest.mark.django_db

KEYS = [str(key) for key in (*SMALL_IDS, 9)]
DAYS = [days_from_today(number).isoformat() for number in (-1000, -366, -31, -30, -29, -1, 0, 1, 29, 30, 31)]
DAYS += [date.min.isoformat(), date.max.isoformat()]


def some(values):
    """Some of these, the first ones most often."""
    values = list(values)
    return st.lists(
        st.sampled_from(values[:4]) | st.sampled_from(values), min_size=1, max_size=3, unique=True
    )


def one(values):
    return st.sampled_from(list(values))


segment = one(map(str, [*INNER, 9]))
OF_LISTS = {
    Partner: {
        "prospecting_stage__exact": some(ProspectingStage.values),
        "contract_stage": some(["none", *ContractStage.values]),
        "template_term": some(KEYS),
        "groups__id__exact": some(["none", *KEYS]),
        "country__exact": some(["DE", "AT", "US"]),
        "business_model__exact": some(BusinessModel.values),
        "segment": segment,
        "owner": some(OWNERS),
        **{
            name: one(filter_.conditions)
            for name, filter_ in OF_PARTNERS.items()
            if isinstance(filter_, PresetsFilter)
        },
    },
    Contract: {
        "stage__exact": some(ContractStage.values),
        "state": some(ContractState.values),
        "template_term__id__exact": some(KEYS),
        "partner__id__exact": one("123"),
        "currency": some(["EUR", "USD"]),
        "ends": one(ENDS),
        "start_date__gte": one(DAYS),
        "start_date__lte": one(DAYS),
        "end_date__gte": one(DAYS),
        "end_date__lte": one(DAYS),
        "segment": segment,
        **{name: one(filter_.conditions) for name, filter_ in OF_CONTRACTS.items()},
    },
}
"""For each list its filters, with what can be chosen there."""


def asked_of(model):
    """Up to three filters of the list that are on: of more, hardly any row would meet all."""
    filters = OF_LISTS[model]
    names = st.lists(st.sampled_from(sorted(filters)), max_size=3, unique=True)
    return names.flatmap(lambda on: st.fixed_dictionaries({name: filters[name] for name in on}))


no_search = st.just("")
other_searches = st.sampled_from(["0", "1", "02", "9", *NUMBERS, "a b", "ß", "x@", "\u200b", "¨", "ﬁ"])


def request_at():
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    setattr(request, KEPT_AS, Moment(AT.instant, AT.zone))
    return request


def screen(model, asked, term=""):
    """The FilterSet of the list of a model, and the rows that the list has."""
    query, request = QueryDict(mutable=True), request_at()
    for name, value in asked.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    model_admin = admin.site.get_model_admin(model)
    filterset = model_admin.filterset(query, model._default_manager.all(), request=request)
    return filterset, model_admin.get_search_results(request, filterset.qs, term)[0]


def members(found):
    return set(Partner.objects.filter(compile_definition(found.definition, AT)).values_list("pk", flat=True))


def check(model, key, asked, term):
    filterset, rows = screen(model, asked, term)
    assert filterset.is_valid()
    found, listed = filtered(filterset, term.strip()), set(rows.values_list(key, flat=True))
    assert all(words.startswith("Search (") for words in found.left_out)
    if found.definition is None:
        assert not asked
    elif found.left_out:
        assert listed <= members(found)
    else:
        assert listed == members(found)


@law(200)
@given(programs(), asked_of(Partner), st.data())
def test_the_partners_of_the_list_are_those_of_the_segment_saved_from_it(program, asked, data):
    with stored(program):
        check(Partner, "pk", asked, data.draw(no_search | no_search | texts_of(program) | other_searches))


@law(200)
@given(programs(), asked_of(Contract), st.data())
def test_the_partners_of_listed_contracts_are_those_of_the_segment_saved_from_it(program, asked, data):
    # The menu has the currencies of template terms.
    assume(set(asked.get("currency", ())) <= {currency_of(term) for term in program.terms})
    with stored(program):
        term = data.draw(no_search | no_search | texts_of(program) | other_searches)
        check(Contract, "partner_id", asked, term)


def said(model, term="", **asked):
    """What is asked of the list, as the groups of a definition; what is left out; and the name."""
    filterset, _rows = screen(model, asked, term)
    assert filterset.is_valid()
    found = filtered(filterset, term)
    return found.definition and found.definition.to_json()["any"], list(found.left_out), found.name


def condition(field, operator, value=None):
    asked = {"field": field, "operator": operator}
    return asked if value is None else {**asked, "value": value}


GERMANY = condition("country", "any_of", ["DE"])


def test_each_filter_becomes_a_condition_and_all_of_them_one_group():
    vip, gold = PartnerGroupFactory(name="VIP"), TemplateTermFactory()
    groups, left_out, name = said(
        Partner,
        contract_stage=["none", "joined"],
        template_term=str(gold.pk),
        groups__id__exact=str(vip.pk),
        email="is_empty",
        original_joined_date="within-previous-quarter",
    )
    assert not left_out
    assert groups == [
        {
            "all": [
                condition("contract_stage", "any_of", ["none", "joined"]),
                condition("template_term", "any_of", [gold.pk]),
                condition("partner_group", "any_of", [vip.pk]),
                condition("email", "is_empty"),
                condition("original_joined_date", "within", {"previous": "quarter"}),
            ]
        }
    ]
    assert name.startswith("Contract stage: None, Joined; Template term: ")
    assert name.endswith("Group: VIP; E-mail: Is empty; Original joined date: In the previous quarter")


def test_in_no_group_or_in_some_are_two_groups_of_conditions():
    vip = PartnerGroupFactory()
    groups, left_out, _name = said(Partner, country__exact="DE", groups__id__exact=["none", str(vip.pk)])
    assert not left_out
    assert [len(group["all"]) for group in groups] == [2, 2]
    assert all(GERMANY in group["all"] for group in groups)
    assert condition("partner_group", "any_of", [vip.pk]) in groups[0]["all"]
    assert condition("partner_group", "is_empty") in groups[1]["all"]


def test_words_of_a_search_are_parts_of_the_name():
    PartnerFactory(name="Éclair Reviews")
    named = [condition("partner_name", "contains", word) for word in ("Reviews", "éclair")]
    assert said(Partner, "Reviews éclair") == ([{"all": named}], [], "“Reviews éclair”")


def test_a_number_is_searched_in_names_and_among_partner_ids():
    PartnerFactory(pk=700123)
    assert said(Partner, "700123")[0] == [
        {"all": [condition("partner_name", "contains", "700123")]},
        {"all": [condition("partner_id", "any_of", [700123])]},
    ]


@pytest.mark.parametrize("term", ["hello@", "st. pauli", "a/b", "nobodys"])
def test_a_search_that_reads_addresses_is_left_out_and_said_to_be(term):
    PartnerFactory(name="hello@ st. pauli a/b")
    groups, left_out, _name = said(Partner, term, country__exact="DE")
    assert groups == [{"all": [GERMANY]}]
    assert left_out == ["Search (it looks in e-mail addresses, websites and next steps, too)"]
    assert said(Partner, term) == (None, left_out, "")


def test_a_search_that_finds_contract_ids_is_left_out_and_one_for_partners_is_not():
    ContractFactory(number="S-77", partner=PartnerFactory(name="Aurora"))
    _groups, left_out, _name = said(Contract, "77", state="active")
    assert left_out == ["Search (it finds the beginnings of Contract IDs, too)"]
    groups, left_out, _name = said(Contract, "aurora")
    assert not left_out
    assert groups == [
        {"all": [condition("partner_name", "contains", "aurora"), condition("contracts", "at_least", "1")]}
    ]


def test_filters_of_contracts_are_met_by_one_contract():
    groups, left_out, _name = said(
        Contract,
        state=["active", "paused"],
        ends="ended",
        start_date__gte="2026-01-05",
        start_date__lte="2026-02-01",
        stage_since="within-more_days_ago-30",
    )
    assert not left_out
    stages = [
        stage.value
        for state in (ContractState.ACTIVE, ContractState.PAUSED)
        for stage in ContractStage.of(state)
    ]
    assert groups == [
        {
            "all": [
                condition("contract_stage", "any_of", stages),
                condition("contract_end", "within", {"more_days_ago": 0}),
                condition("contract_start", "within", {"from": "2026-01-05", "to": "2026-02-01"}),
                condition("contract_stage_since", "within", {"more_days_ago": 30}),
            ]
        }
    ]


@pytest.mark.parametrize("choice", ENDS)
def test_the_menu_of_ends_means_the_days_of_the_segment(choice):
    for number in (-2, -1, 0, 1, 28, 29, 30, 31, 88, 89, 90, 91, None):
        end = None if number is None else days_from_today(number)
        ContractFactory(start_date=days_from_today(-400), end_date=end)
    check(Contract, "partner_id", {"ends": choice}, "")


@pytest.mark.parametrize(
    ("bounds", "days"),
    [
        ({"end_date__gte": "2026-01-05"}, [{"after": "2026-01-04"}]),
        ({"end_date__lte": "2026-01-05"}, [{"before": "2026-01-06"}]),
        (
            {"end_date__gte": "2026-01-05", "end_date__lte": "2026-01-01"},
            [{"after": "2026-01-04"}, {"before": "2026-01-02"}],
        ),
        ({"end_date__gte": "0001-01-01"}, [{"from": "0001-01-01", "to": "9999-12-31"}]),
        ({"end_date__lte": "9999-12-31"}, [{"from": "0001-01-01", "to": "9999-12-31"}]),
    ],
)
def test_bounds_of_days_are_those_days_and_no_others(bounds, days):
    groups, _left_out, _name = said(Contract, **bounds)
    assert groups == [{"all": [condition("contract_end", "within", one) for one in days]}]


def test_a_filter_that_nothing_says_is_left_out_by_name(admin_user):
    moved = PartnerFactory(country="DE")
    edit = choose(rows=Partner.objects.filter(pk=moved.pk), user=admin_user)
    plan(edit=edit, to="joined", why="They signed.")
    apply_edit(edit=edit, allows_unusual=True, moves_along=False, user=admin_user)
    groups, left_out, _name = said(Partner, country__exact="DE", stage_edit=str(edit.pk))
    assert groups == [{"all": [GERMANY]}]
    assert left_out == ["Stage edit (segments can't ask about it)"]
    assert said(Partner, stage_edit=str(edit.pk)) == (None, left_out, "")


@pytest.mark.parametrize("model", OF_LISTS)
def test_every_filter_of_both_lists_is_said_but_the_one_by_stage_edit(model):
    names = set(admin.site.get_model_admin(model).filterset.filters_for(model, None))
    assert names - {"stage_edit"} == set(OF_LISTS[model])
