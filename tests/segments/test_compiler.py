"""That nothing broken gets to the compiler; what it makes of none, of several contracts, and of much."""

import re
from dataclasses import replace

import pytest

from contracts.models import Contract, TemplateTerm
from partners.core.moment import Moment
from partners.models import Membership, Partner, PartnerGroup
from segments.compiler import compile_definition, group_to_dnf
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError
from segments.models import Segment
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.operators import OPERATORS
from tests.segments.samples import (
    INNER,
)

pytestmark = pytest.mark.django_db


def partners_of(*groups):
    """The ids that match any of these groups, each as often as the query returns it."""
    condition = compile_definition(Definition(groups))
    return sorted(Partner.objects.filter(condition).values_list("pk", flat=True))


def same(*conditions):
    return Group(tuple(Condition(*parts) for parts in conditions), "same")


def separate(*conditions):
    return Group(tuple(Condition(*parts) for parts in conditions), "any")


JOINED = ("contract_stage", "any_of", ("joined",))
EXPIRED = ("contract_stage", "any_of", ("expired",))
NO_CONTRACT = ("contract_stage", "any_of", ("none",))
JOINED_OR_NO_CONTRACT = ("contract_stage", "any_of", ("none", "joined"))
SOME_CONTRACT = ("contract_stage", "none_of", ("none",))
NONE_JOINED = ("contract_stage", "none_of", ("joined",))
ON_GOLD = ("template_term", "contains", "gold")
NOT_ON_GOLD = ("template_term", "not_contains", "gold")

BLANK, GOLD, SILVER, BOTH, CROSSED = 1, 2, 3, 4, 5


@pytest.fixture
def program():
    """Partners without a contract; with a joined one on Gold; on Silver; with both; and with an expired one
    on Gold beside a joined one on Silver."""
    gold, silver = TemplateTermFactory(name="Gold 2026"), TemplateTermFactory(name="Silver")
    partners = {pk: PartnerFactory(pk=pk) for pk in (BLANK, GOLD, SILVER, BOTH, CROSSED)}
    for partner, stage, term in [
        (GOLD, "joined", gold),
        (SILVER, "joined", silver),
        (BOTH, "joined", gold),
        (BOTH, "joined", silver),
        (CROSSED, "expired", gold),
        (CROSSED, "joined", silver),
    ]:
        ContractFactory(partner=partners[partner], stage=stage, template_term=term)


# What is broken can't be made


@pytest.mark.parametrize(
    "condition",
    [
        ("shoe_size", "any_of", ("44",)),
        ("pk", "in", (1, 2, 3, 4, 5)),
        ("pk__gt", "any_of", (0,)),
        ("contract_stage", "contains", "joined"),
        ("contract_stage", "isnull", ("joined",)),
        ("contract_stage", "none_of", ("unheard_of",)),
        ("contract_stage", "none_of", ("joined", "unheard_of")),
        ("contract_stage", "none_of", ()),
        ("prospecting_stage", "none_of", ()),
        ("prospecting_stage", "none_of", ("none",)),
        ("partner_group", "none_of", ()),
        ("partner_group", "none_of", ("x",)),
        ("partner_group", "none_of", (True,)),
        ("template_term", "none_of", ()),
        ("template_term", "not_contains", ""),
        ("template_term", "not_contains", "   "),
        ("template_term", "not_contains", "\x00"),
        ("template_term", "not_contains", ("gold",)),
        ("partner_name", "not_contains", ""),
        ("partner_name", "starts_with", "\u3000"),
        ("partner_name", "none_of", ()),
        ("partner_name", "none_of", "12"),
        ("partner_id", "none_of", ()),
        ("partner_id", "none_of", (0,)),
        ("partner_id", "none_of", (-1,)),
        ("partner_id", "none_of", (2**63,)),
        ("partner_id", "none_of", (None,)),
        ("partner_id", "none_of", None),
        ("partner_id", "none_of", 7),
        ("contract_id", "none_of", ()),
        ("contract_id", "none_of", ("",)),
        ("contract_id", "none_of", (7,)),
        (None, "none_of", ("joined",)),
        (["contract_stage"], "none_of", ("joined",)),
        ("contract_stage", None, ("joined",)),
    ],
    ids=str,
)
def test_a_broken_condition_can_not_be_made(condition):
    with pytest.raises(DefinitionError):
        Condition(*condition)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Definition((Group(()),)),
        lambda: Definition((Group((), "any"),)),
        lambda: Definition((same(SOME_CONTRACT), Group(()))),
        lambda: Group((Condition(*JOINED),), "other"),
        lambda: same(*[SOME_CONTRACT] * 21),
        lambda: Definition((same(SOME_CONTRACT),) * 21),
        lambda: same(("partner_id", "any_of", (1,) * 10_001)),
        lambda: replace(Condition(*JOINED), value=()),
        lambda: replace(same(JOINED), contracts="other"),
    ],
    ids=[
        "no condition",
        "none for any",
        "one empty group",
        "contracts",
        "21",
        "21 groups",
        "10,001",
        "a value taken away",
        "other contracts",
    ],
)
def test_a_broken_definition_can_not_be_made(make):
    with pytest.raises(DefinitionError):
        make()


def test_no_group_and_a_group_without_conditions_match_nobody(program):
    assert partners_of() == []
    assert group_to_dnf(Group(()), Moment.now()) == []


def test_what_matches_nobody_does_so_as_a_part_of_a_wider_condition(program):
    nobody = compile_definition(Definition(()))
    assert Partner.objects.filter(~nobody).count() == 5
    assert Partner.objects.filter(nobody, pk__gt=0).count() == 0


# None


@pytest.mark.parametrize(
    ("group", "partners"),
    [
        (same(NO_CONTRACT), [BLANK]),
        (same(JOINED_OR_NO_CONTRACT), [BLANK, GOLD, SILVER, BOTH, CROSSED]),
        (same(("contract_stage", "any_of", ("expired", "none"))), [BLANK, CROSSED]),
        (same(SOME_CONTRACT), [GOLD, SILVER, BOTH, CROSSED]),
        (same(("contract_stage", "none_of", ("none", "expired"))), [GOLD, SILVER, BOTH]),
        (same(("contract_stage", "none_of", ("none", "joined"))), []),
        # in a bracket, no contract has to do for every condition
        (same(NO_CONTRACT, ON_GOLD), []),
        (same(JOINED_OR_NO_CONTRACT, ON_GOLD), [GOLD, BOTH]),
        (same(NO_CONTRACT, JOINED), []),
        (same(JOINED_OR_NO_CONTRACT, NO_CONTRACT), [BLANK]),
        (same(JOINED_OR_NO_CONTRACT, ("contract_stage", "any_of", ("expired", "none"))), [BLANK]),
        (
            separate(JOINED_OR_NO_CONTRACT, ("contract_stage", "any_of", ("expired", "none"))),
            [BLANK, CROSSED],
        ),
        (separate(NO_CONTRACT, ON_GOLD), []),
        (separate(JOINED_OR_NO_CONTRACT, ON_GOLD), [GOLD, BOTH, CROSSED]),
        (separate(JOINED_OR_NO_CONTRACT, NO_CONTRACT), [BLANK]),
        (separate(NO_CONTRACT, JOINED_OR_NO_CONTRACT, NO_CONTRACT), [BLANK]),
        (separate(NO_CONTRACT, NO_CONTRACT), [BLANK]),
        (same(NO_CONTRACT, NOT_ON_GOLD), [BLANK]),
        (same(NO_CONTRACT, SOME_CONTRACT), []),
        (same(NO_CONTRACT, ("partner_id", "any_of", (BLANK, GOLD))), [BLANK]),
    ],
    ids=str,
)
def test_none_stands_for_having_no_contract_at_all(program, group, partners):
    assert partners_of(group) == partners


# One contract or several


@pytest.mark.parametrize(
    ("group", "partners"),
    [
        (same(JOINED, ON_GOLD), [GOLD, BOTH]),
        (separate(JOINED, ON_GOLD), [GOLD, BOTH, CROSSED]),
        (same(EXPIRED, JOINED), []),
        (separate(EXPIRED, JOINED), [CROSSED]),
        (same(ON_GOLD, ("template_term", "contains", "silver")), []),
        (separate(ON_GOLD, ("template_term", "contains", "silver")), [BOTH, CROSSED]),
        # a negative condition speaks of all contracts, also of those that the positive one does not
        (same(JOINED, NOT_ON_GOLD), [SILVER]),
        (separate(JOINED, NOT_ON_GOLD), [SILVER]),
        (same(ON_GOLD, NONE_JOINED), []),
        (same(ON_GOLD, ("contract_stage", "none_of", ("expired",))), [GOLD, BOTH]),
        (same(NOT_ON_GOLD), [BLANK, SILVER]),
        (same(NONE_JOINED), [BLANK]),
        (same(NOT_ON_GOLD, NONE_JOINED), [BLANK]),
    ],
    ids=str,
)
def test_conditions_on_contracts_speak_of_one_or_of_several(program, group, partners):
    assert partners_of(group) == partners


def test_a_contract_id_and_a_stage_speak_of_the_same_contract():
    partner = PartnerFactory()
    ContractFactory(partner=partner, number="S-1", stage="joined")
    ContractFactory(partner=partner, number="S-2", stage="expired")
    asked = ("contract_id", "any_of", ("S-2",))
    assert partners_of(same(JOINED, asked)) == []
    assert partners_of(separate(JOINED, asked)) == [partner.pk]


def test_conditions_on_groups_may_each_be_met_by_another_group():
    one, other = PartnerGroupFactory(), PartnerGroupFactory()
    both = PartnerFactory(groups=[one, other])
    PartnerFactory(groups=[one])
    asked = [("partner_group", "any_of", (group.pk,)) for group in (one, other)]
    assert partners_of(same(*asked)) == [both.pk]


def test_a_partner_with_many_rows_is_there_once():
    groups = PartnerGroupFactory.create_batch(3)
    partner = PartnerFactory(groups=groups)
    ContractFactory.create_batch(3, partner=partner)
    everything = ("partner_group", "any_of", tuple(group.pk for group in groups))
    assert partners_of(same(JOINED, everything)) == [partner.pk]
    assert partners_of(same(JOINED), same(everything), same(JOINED)) == [partner.pk]


def test_groups_do_not_constrain_each_other(program):
    assert partners_of(same(JOINED, ON_GOLD), same(NO_CONTRACT)) == [BLANK, GOLD, BOTH]


def test_the_order_of_a_wider_query_stays(program):
    wider = Partner.objects.filter(compile_definition(Definition((same(JOINED), same(NO_CONTRACT)))))
    assert list(wider.order_by("-pk").values_list("pk", flat=True)) == [CROSSED, BOTH, SILVER, GOLD, BLANK]
    assert list(wider.order_by("pk")[1:3].values_list("pk", flat=True)) == [GOLD, SILVER]


def test_the_condition_can_be_combined_with_others(program):
    gold = compile_definition(Definition((same(ON_GOLD), same(NO_CONTRACT))))
    assert set(Partner.objects.filter(~gold).values_list("pk", flat=True)) == {SILVER}
    assert Partner.objects.filter(gold, pk__gt=BLANK).count() == 3
    assert Partner.objects.filter(gold).update(country="DE") == 4


# A value that is gone


@pytest.mark.parametrize("field", ["partner_group", "template_term", "partner_name", "partner_id"])
def test_a_row_that_is_gone_matches_no_partner(program, field):
    assert partners_of(same((field, "any_of", (999,)))) == []
    assert partners_of(same((field, "none_of", (999,)))) == [BLANK, GOLD, SILVER, BOTH, CROSSED]


# Much


def create_inner(*conditions):
    """The segments that samples name, each with one condition."""
    for pk, condition in zip(INNER, conditions, strict=True):
        Segment.objects.create(pk=pk, name=f"{pk}", definition=Definition((same(condition),)).to_json())


def large(contracts, length=100):
    """Twenty groups of twenty conditions: over all fields and operators, with lists as long as `length`.

    No other segments are named: in their places there would be more conditions than there can be.
    """
    kinds = [kind for kind in CATALOG.values() if not (kind.names_segments or kind.asks_history)]
    pairs = [(kind, operator) for kind in kinds for operator in kind.operators]
    conditions = [
        Condition(kind.key, operator.key, **OPERATORS[operator.key].values.some(kind, length))
        for kind, operator in (pairs[number % len(pairs)] for number in range(400))
    ]
    return Definition(
        tuple(Group(tuple(conditions[start : start + 20]), contracts) for start in range(0, 400, 20))
    )


@pytest.mark.parametrize("contracts", ["same", "any"])
def test_twenty_groups_of_twenty_conditions_run(program, contracts):
    found = Partner.objects.filter(compile_definition(large(contracts)))
    assert found.count() == len(found) == 0


@pytest.mark.parametrize("contracts", ["same", "any"])
def test_twenty_groups_of_twenty_conditions_that_hold_find_their_partners(program, contracts):
    group = Group((Condition(*JOINED), Condition(*ON_GOLD)) * 10, contracts)
    expected = [GOLD, BOTH] if contracts == "same" else [GOLD, BOTH, CROSSED]
    assert partners_of(*[group] * 20) == expected


def test_twenty_negative_conditions_in_each_of_twenty_groups_find_their_partners(program):
    assert partners_of(*[same(*[NOT_ON_GOLD] * 20)] * 20) == [BLANK, SILVER]


@pytest.mark.parametrize(
    "definition", [large("same"), large("any"), Definition(())], ids=["same", "any", "broken"]
)
def test_compiling_asks_the_database_nothing(definition, django_assert_num_queries):
    with django_assert_num_queries(0):
        compile_definition(definition)


@pytest.mark.parametrize(
    ("operator", "value", "is_complement", "is_counted"),
    [
        ("at_least", "1", False, False),
        ("more_than", "0", False, False),
        ("differs", "0", False, False),
        ("at_least", "2", False, True),
        ("between", {"from": "1", "to": "5"}, False, True),
        ("at_most", "0", True, False),
        ("less_than", "1", True, False),
        ("less_than", "100", True, True),
        ("between", {"from": "0", "to": "5"}, True, True),
        ("not_between", {"from": "1", "to": "5"}, True, True),
    ],
)
def test_what_zero_meets_is_asked_by_its_opposite_and_one_row_is_not_counted(
    operator, value, is_complement, is_counted
):
    rows = Partner.objects.filter(compile_definition(Definition((same(("contracts", operator, value)),))))
    _before, _where, sql = rows.order_by().query.sql_with_params()[0].partition(" WHERE ")
    assert sql.startswith("NOT (EXISTS" if is_complement else "EXISTS")
    assert ("COUNT(*)" in sql) is is_counted
    assert not re.search("JOIN|COALESCE", sql)


def test_compiling_reads_the_segments_that_are_named_once_a_moment(django_assert_num_queries):
    create_inner(JOINED, ("segment", "none_of", (max(INNER),)))
    definition = Definition((same(("segment", "any_of", tuple(INNER))), same(JOINED)))
    moment = Moment.now()
    with django_assert_num_queries(1):
        compile_definition(definition, moment)
        compile_definition(definition, moment)


def test_the_partners_of_a_definition_are_one_query(program, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert partners_of(same(JOINED, ON_GOLD), same(NO_CONTRACT)) == [BLANK, GOLD, BOTH]


def test_an_empty_program_has_nobody():
    assert not any(
        model.objects.exists() for model in (Partner, PartnerGroup, Membership, Contract, TemplateTerm)
    )
    assert partners_of(same(NOT_ON_GOLD), same(NO_CONTRACT)) == []
