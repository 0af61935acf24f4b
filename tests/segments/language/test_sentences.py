"""Definitions in one plain sentence."""

import pytest
from hypothesis import given

from segments.definition import Definition
from segments.language.labels import Labels
from segments.language.sentences import group_phrases, sentence
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.laws import law
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, asks, saved
from tests.segments.operators import OPERATORS, TEXTS
from tests.segments.strategies import definitions

pytestmark = pytest.mark.django_db

NONE = asks("contract_stage", "any_of", ["none"])
NONE_OR_JOINED = asks("contract_stage", "any_of", ["none", "joined"])
GOLD = asks("template_term", "contains", "gold")
NUMBER = asks("contract_id", "any_of", ["S-1"])


def said(*groups):
    definition = Definition.from_json(any_of(*groups))
    return sentence(definition, Labels.of(definition)).removeprefix("Partners ").removesuffix(".")


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ([JOINED], "with a contract that is Joined"),
        ([NONE], "without any contract"),
        ([NONE_OR_JOINED], "with either no contract or one that is Joined"),
        ([asks("contract_stage", "none_of", ["joined"])], "with no contract that is Joined"),
        ([asks("contract_stage", "none_of", ["none"])], "with at least one contract"),
        (
            [asks("contract_stage", "none_of", ["none", "joined"])],
            "with at least one contract but none that is Joined",
        ),
        ([NUMBER], "with a contract with Contract ID S-1"),
        ([GOLD], "with a contract on a template term whose name contains “gold”"),
        (
            [asks("template_term", "not_contains", "gold")],
            "with no contract on a template term whose name contains “gold”",
        ),
        ([NEW], "in prospecting stage New"),
        ([asks("prospecting_stage", "none_of", ["new", "joined"])], "not in prospecting stage New or Joined"),
        ([asks("partner_name", "contains", "fern")], "whose name contains “fern”"),
        ([asks("partner_name", "not_contains", "fern")], "whose name does not contain “fern”"),
        ([asks("partner_name", "starts_with", "%s %")], "whose name starts with “%s %”"),
        ([asks("partner_id", "any_of", [7, 8, 9])], "whose Partner ID is 7, 8 or 9"),
        ([asks("partner_id", "none_of", [7])], "whose Partner ID is not 7"),
    ],
)
def test_each_condition(group, words):
    assert said(group) == words


def days(field, operator="within", **value):
    return asks(field, operator, value)


def empty(field, operator="is_empty"):
    return {"field": field, "operator": operator}


def count(operator, value, *where):
    return asks("contracts", operator, value) | ({"where": list(where)} if where else {})


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ([days("contract_end", next=30)], "with a contract that ends in the next 30 days"),
        ([days("contract_end", "not_within", next=1)], "with no contract that ends today"),
        ([empty("contract_end")], "with a contract without an end date"),
        ([empty("contract_end", "is_not_empty")], "with no contract without an end date"),
        (
            [days("contract_start", previous="quarter")],
            "with a contract that started in the previous quarter",
        ),
        ([days("contract_start", following="week")], "with a contract that starts in the following week"),
        ([days("contract_start", this="week")], "with a contract that starts this week"),
        ([days("contract_end", last=1)], "with a contract that ends today"),
        ([days("contract_end", days_ago=0)], "with a contract that ends today"),
        ([days("contract_end", days_ago=1)], "with a contract that ended yesterday"),
        ([days("contract_end", days_ago=2)], "with a contract that ended exactly 2 days ago"),
        ([days("contract_end", in_days=0)], "with a contract that ends today"),
        ([days("contract_end", in_days=1)], "with a contract that ends tomorrow"),
        ([days("contract_end", in_days=2)], "with a contract that ends in exactly 2 days"),
        ([days("contract_end", more_days_ago=0)], "with a contract that ended before today"),
        ([days("contract_end", more_days_ahead=0)], "with a contract that ends after today"),
        ([days("contract_end", more_days_ahead=1)], "with a contract that ends more than 1 day ahead"),
        ([days("contract_end", "not_within", last=7)], "with no contract that ended in the last 7 days"),
        (
            [asks("contract_currency", "any_of", ["EUR"]), days("contract_end", next=30), JOINED],
            "with one contract in EUR and that is Joined and that ends in the next 30 days",
        ),
        ([days("contract_start", before="2026-01-01")], "with a contract that starts before 1 Jan 2026"),
        (
            [days("contract_start", anniversary={"next": 30})],
            "with a contract that starts on a day whose anniversary is in the next 30 days",
        ),
        (
            [days("contract_stage_since", more_days_ago=365)],
            "with a contract that came into its stage more than 365 days ago",
        ),
        ([asks("contract_currency", "any_of", ["EUR", "USD"])], "with a contract in EUR or USD"),
        ([asks("country", "any_of", ["DE", "AT"])], "from Germany or Austria"),
        ([asks("country", "none_of", ["DE"])], "not from Germany"),
        ([empty("country")], "without a country"),
        ([empty("country", "is_not_empty")], "with a country"),
        ([asks("business_model", "any_of", ["search"])], "whose business model is Search"),
        ([asks("business_model", "none_of", ["search"])], "whose business model is not Search"),
        ([empty("business_model")], "without a business model"),
        ([empty("business_model", "is_not_empty")], "with a business model"),
        ([empty("email")], "without an e-mail address"),
        ([empty("email", "is_not_empty")], "with an e-mail address"),
        ([empty("partner_group")], "in no group"),
        ([empty("partner_group", "is_not_empty")], "in a group"),
        ([days("original_joined_date", last=7)], "who first joined in the last 7 days"),
        ([days("original_joined_date", "not_within", this="year")], "who did not first join this year"),
        ([empty("original_joined_date")], "who have never joined"),
        ([empty("original_joined_date", "is_not_empty")], "who have joined"),
        (
            [days("last_transition_date", on="2026-11-28")],
            "whose prospecting stage last changed on 28 Nov 2026",
        ),
        (
            [days("last_transition_date", "not_within", **{"from": "2026-11-01", "to": "2026-11-28"})],
            "whose last change of prospecting stage was not from 1 Nov 2026 to 28 Nov 2026",
        ),
        ([empty("last_transition_date")], "whose prospecting stage has never changed"),
        ([empty("last_transition_date", "is_not_empty")], "whose prospecting stage has changed"),
    ],
)
def test_each_condition_on_days_choices_and_what_is_empty(group, words):
    assert said(group) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (count("at_least", "2"), "with at least 2 contracts"),
        (count("at_least", "0"), "with any number of contracts"),
        (count("at_least", "1"), "with at least 1 contract"),
        (count("less_than", "1"), "with no contract"),
        (count("less_than", "2"), "with fewer than 2 contracts"),
        (count("more_than", "0"), "with at least 1 contract"),
        (count("more_than", "1"), "with more than 1 contract"),
        (count("more_than", "1000"), "with more than 1,000 contracts"),
        (count("at_most", "0"), "with no contract"),
        (count("at_most", "1", JOINED), "with at most 1 contract that is Joined"),
        (count("equals", "0", JOINED), "with no contract that is Joined"),
        (count("equals", "1"), "with exactly 1 contract"),
        (count("differs", "3"), "with fewer or more than 3 contracts"),
        (count("between", {"from": "1", "to": "5"}), "with 1 to 5 contracts"),
        (count("between", {"from": "0", "to": "0"}), "with no contract"),
        (count("between", {"from": "1", "to": "1"}), "with exactly 1 contract"),
        (count("between", {"from": "2", "to": "2"}), "with exactly 2 contracts"),
        (count("not_between", {"from": "0", "to": "5"}), "with more than 5 contracts"),
        (count("not_between", {"from": "0", "to": "0"}), "with at least 1 contract"),
        (count("not_between", {"from": "1", "to": "5"}), "with fewer than 1 or more than 5 contracts"),
        (count("at_least", "2", JOINED), "with at least 2 contracts that are Joined"),
        (
            count("at_least", "2", JOINED, GOLD),
            "with at least 2 contracts that are Joined and on a template term whose name contains “gold”",
        ),
        (
            count("equals", "1", asks("contract_stage", "none_of", ["joined", "expired"]), NUMBER),
            "with exactly 1 contract that is not either Joined or Expired and with Contract ID S-1",
        ),
        (
            count("at_least", "2", days("contract_end", next=30), empty("contract_end", "is_not_empty")),
            "with at least 2 contracts with an end date and that end in the next 30 days",
        ),
        (
            count("at_least", "2", days("contract_start", "not_within", last=7)),
            "with at least 2 contracts that did not start in the last 7 days",
        ),
        (
            count("at_least", "2", asks("template_term", "not_contains", "gold")),
            "with at least 2 contracts on a template term whose name does not contain “gold”",
        ),
        (
            count("at_least", "2", days("contract_stage_since", last=7)),
            "with at least 2 contracts that came into their stage in the last 7 days",
        ),
        (
            count("at_least", "1", asks("contract_currency", "none_of", ["EUR"])),
            "with at least 1 contract not in EUR",
        ),
    ],
)
def test_counts_say_what_is_counted(condition, words):
    assert said([condition]) == words


def test_days_and_stages_of_one_contract_are_said_of_one():
    assert said([JOINED, days("contract_end", next=30)]) == (
        "with one contract that is Joined and that ends in the next 30 days"
    )


def test_other_segments_are_called_by_their_names():
    vip, eu = saved("VIP"), saved("EU")
    assert said([asks("segment", "any_of", [vip.pk])]) == "in segment “VIP”"
    assert said([asks("segment", "none_of", [vip.pk, eu.pk])]) == "not in segment “VIP” or “EU”"


def test_exceptions_come_last():
    vip = PartnerGroupFactory(name="VIP")
    definition = any_of([NEW], [EXPIRED]) | {
        "version": 2,
        "except": [
            {"all": [asks("partner_group", "any_of", [vip.pk])]},
            {"all": [JOINED, days("contract_end", next=30)]},
        ],
    }
    read = Definition.from_json(definition)
    assert sentence(read, Labels.of(read)) == (
        "Partners in prospecting stage New; or partners in prospecting stage Expired; except those in group "
        "“VIP”; and those with one contract that is Joined and that ends in the next 30 days."
    )


def test_what_is_picked_is_called_by_its_name():
    vip, gold, fern = (
        PartnerGroupFactory(name="VIP 100%s"),
        TemplateTermFactory(name="Gold 2026"),
        PartnerFactory(id=700123, name="Fern"),
    )
    assert said([asks("partner_group", "any_of", [vip.pk])]) == "in group “VIP 100%s”"
    assert said([asks("partner_group", "none_of", [vip.pk])]) == "not in group “VIP 100%s”"
    assert said([asks("template_term", "any_of", [gold.pk])]) == "with a contract on “Gold 2026”"
    assert said([asks("partner_name", "any_of", [fern.pk])]) == "who are “Fern” (700123)"


def test_a_value_that_is_stored_twice_is_said_once():
    vip = PartnerGroupFactory(name="VIP")
    assert said([asks("partner_id", "any_of", [2, 2])]) == "whose Partner ID is 2"
    assert said([asks("contract_stage", "any_of", ["joined", "none", "joined"])]) == (
        "with either no contract or one that is Joined"
    )
    assert said([asks("partner_group", "any_of", [vip.pk, 404, vip.pk, 405])]) == (
        "in group “VIP”, (deleted) or (deleted)"
    )


def test_what_is_gone_is_called_deleted():
    assert said([asks("partner_group", "any_of", [404])]) == "in group (deleted)"


def test_conditions_on_the_same_contract_are_said_of_one_contract():
    assert said([JOINED, NEW, GOLD]) == (
        "with one contract that is Joined and on a template term whose name contains “gold”, "
        "and in prospecting stage New"
    )


def test_conditions_on_any_contract_are_said_of_one_contract_each():
    assert said({"all": [JOINED, NUMBER], "contracts": "any"}) == (
        "with a contract that is Joined, and with a contract with Contract ID S-1"
    )


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ([NONE, NONE_OR_JOINED], "without any contract"),
        ([NONE_OR_JOINED, NUMBER], "with one contract that is Joined and with Contract ID S-1"),
        (
            [NONE_OR_JOINED, asks("contract_stage", "any_of", ["expired", "none"])],
            "with either no contract or one that is Joined and that is Expired",
        ),
        (
            [NONE_OR_JOINED, NEW],
            "with either no contract or one that is Joined, and in prospecting stage New",
        ),
        ([NONE, NUMBER], "without any contract, and with one contract with Contract ID S-1"),
    ],
)
def test_no_contract_is_ever_said_to_be_none(group, words):
    assert said(group) == words


def test_several_values_of_a_bracket_can_be_told_from_its_conditions():
    stages = asks("contract_stage", "any_of", ["joined", "expired"])
    assert said([stages, GOLD]) == (
        "with one contract that is either Joined or Expired and on a template term whose name contains “gold”"
    )


def test_names_are_quoted_so_that_their_commas_are_their_own():
    food, vip = PartnerGroupFactory(name="Food, Drinks"), PartnerGroupFactory(name="VIP")
    fern = PartnerFactory(id=7, name="Fern, Moss")
    assert said([asks("partner_group", "any_of", [food.pk, vip.pk])]) == "in group “Food, Drinks” or “VIP”"
    assert said([asks("partner_name", "none_of", [fern.pk])]) == "who are not “Fern, Moss” (7)"


def test_groups_are_independent():
    assert said([NEW], [EXPIRED]) == "in prospecting stage New; or partners in prospecting stage Expired"


def test_a_long_list_is_cut_short():
    numbers = [f"S-{number}" for number in range(1_006)]
    assert said([asks("contract_id", "any_of", numbers[:5])]).endswith("S-0, S-1, S-2, S-3 or S-4")
    assert said([asks("contract_id", "any_of", numbers)]).endswith("S-0, S-1, S-2, S-3, S-4 or 1,001 more")


@law(100)
@given(definitions)
def test_every_definition_has_a_sentence(data):
    definition = Definition.from_json(data)
    labels = Labels.of(definition)
    phrases = group_phrases(definition, labels)
    assert len(phrases) == len(definition.any)
    assert all(phrases)
    for phrase, group in zip(phrases, definition.any, strict=True):
        for condition in group.all:
            if OPERATORS[condition.operator].values is TEXTS:
                assert condition.value in phrase
