"""All shapes of a segment's partners agree: its ids, its count, its pages walked or found, its condition."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.models import Contract
from partners.models import Membership, Partner
from segments.compiler import compile_definition, to_dnf
from segments.conditions import CONTRACT
from segments.definition import Condition, Definition, Group
from segments.query import sql
from segments.query.keyset import ORDERINGS, Cursor
from segments.query.sql import SqlQuery
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, asks
from tests.segments.moments import AT
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db


def pages(found, length, order, *, before=False):
    """All partners of these pages, one page after the other, in the order in which they are shown."""
    shown, place = [], None
    while page := found.page(length, order=order, at=place):
        shown = [*page, *shown] if before else [*shown, *page]
        place = Cursor(page[0] if before else page[-1], before)
    return [partner.pk for partner in shown]


@law(150)
@given(programs(), definitions, st.booleans())
def test_ids_count_and_condition_are_of_the_same_partners_each_once(program, definition, many):
    with stored(program), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "SORT_FIRST_BELOW", 0 if many else 5_000)
        read = Definition.from_json(definition)
        expected = sorted(matching(definition, program))
        found = SqlQuery(read, AT)
        assert sorted(found.ids()) == expected
        assert found.count == len(expected)
        assert SqlQuery(read, AT).count_of_all() == (len(expected), len(program.partners))
        assert sorted(partner.pk for partner in found.page(10)) == expected
        for correlated in (False, True):
            condition = compile_definition(read, AT, correlated=correlated)
            assert sorted(Partner.objects.filter(condition).values_list("pk", flat=True)) == expected


@law(100)
@given(programs(), definitions, st.data())
def test_whether_a_partner_is_in_it_follows_from_the_partners_own_rows_alone(program, definition, data):
    """So partners, with all rows of theirs, could be spread over several servers: docs/scaling.md."""
    assume(program.partners)
    with stored(program):
        found = SqlQuery(Definition.from_json(definition), AT)
        one = data.draw(st.sampled_from(sorted(Partner.objects.values_list("pk", flat=True))))
        expected = [one] if one in found.ids() else []
        for model, partner in ((Contract, "partner"), (Membership, "partner"), (Partner, "pk")):
            model.objects.exclude(**{partner: one}).delete()
        alone = SqlQuery(Definition.from_json(definition), AT)
        assert list(alone.ids()) == expected
        assert alone.count == len(expected)


@law(80)
@given(programs(), definitions, st.sampled_from(sorted(ORDERINGS)), st.integers(1, 3), st.booleans())
def test_pages_in_any_order_hold_every_partner_once_and_in_order(program, definition, key, length, many):
    with stored(program), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "SORT_FIRST_BELOW", 0 if many else 5_000)
        for number, partner in enumerate(Partner.objects.order_by("pk")[1:]):
            Partner.objects.filter(pk=partner.pk).update(original_joined_date=f"2025-01-0{1 + number // 2}")
        found = SqlQuery(Definition.from_json(definition), AT)
        everybody = found.page(100, order=ORDERINGS[key])
        assert len(everybody) == found.count
        assert pages(found, length, ORDERINGS[key]) == [partner.pk for partner in everybody]
        if everybody:
            back = found.page(100, order=ORDERINGS[key], at=Cursor(everybody[-1], before=True))
            assert back == everybody[:-1]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", [2, 1, 3, 4]),
        ("-name", [4, 3, 1, 2]),
        ("id", [1, 2, 3, 4]),
        ("-id", [4, 3, 2, 1]),
        ("joined", [4, 2, 1, 3]),
        ("-joined", [2, 4, 1, 3]),
    ],
)
def test_orders_sort_by_name_partner_id_and_date_with_the_undated_last(key, expected):
    for pk, name, joined in [
        (1, "beta", None),
        (2, "Alpha", "2026-02-01"),
        (3, "Beta", None),
        (4, "Gamma", "2025-01-01"),
    ]:
        PartnerFactory(pk=pk, name=name, original_joined_date=joined)
    everybody = SqlQuery(Definition.from_json(any_of([asks("partner_group", "none_of", [99])])), AT)
    assert [partner.pk for partner in everybody.page(10, order=ORDERINGS[key])] == expected
    assert pages(everybody, 1, ORDERINGS[key]) == expected


def test_a_broken_definition_has_nobody():
    PartnerFactory()
    nobody = SqlQuery(Definition(()), AT)
    assert (nobody.count, list(nobody.ids()), nobody.page(10)) == (0, [], [])
    assert nobody.count_of_all() == (0, 1)


def test_what_has_to_hold_besides_holds_in_every_group():
    group = PartnerGroupFactory()
    joined, other = (ContractFactory(stage=stage).partner for stage in ("joined", "expired"))
    Membership.objects.create(partner=joined, group=group)
    definition = Definition.from_json(
        any_of(*([asks("contract_stage", "any_of", [stage])] for stage in ("joined", "expired")))
    )
    also = Group((Condition("partner_group", "any_of", (group.pk,)),), "any")
    assert sorted(SqlQuery(definition, AT).ids()) == sorted([joined.pk, other.pk])
    assert list(SqlQuery(definition, AT, and_also=also).ids()) == [joined.pk]
    assert SqlQuery(definition, AT, and_also=also).count == 1


NEGOTIATING = asks("prospecting_stage", "any_of", ["negotiating"])
NOT_JOINED = asks("contract_stage", "none_of", ["joined"])
PEOPLE = ["expired", "expired and joined", "negotiating", "negotiating and joined", "new", "new and joined"]
"""Prospecting stages, and who has a joined contract."""
ALL_BUT_NEGOTIATING = [name for name in PEOPLE if name != "negotiating"]


@pytest.mark.parametrize("few", [0, 5_000], ids=["walked", "found"])
@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([[JOINED, NEW]], ["new and joined"]),
        ([[JOINED, NEW], [EXPIRED]], ["expired", "expired and joined", "new and joined"]),
        ([[NEW], [EXPIRED, JOINED]], ["expired and joined", "new", "new and joined"]),
        ([[NEW], [EXPIRED], [JOINED]], ALL_BUT_NEGOTIATING),
        ([[NEW], [EXPIRED], [JOINED, NEGOTIATING]], ALL_BUT_NEGOTIATING),
        ([[NOT_JOINED, NEW]], ["new"]),
        ([[NOT_JOINED], [NEW]], ["expired", "negotiating", "new", "new and joined"]),
    ],
)
def test_what_is_asked_of_partners_and_of_contracts_holds_in_every_shape(monkeypatch, few, groups, expected):
    monkeypatch.setattr(sql, "SORT_FIRST_BELOW", few)
    for name in PEOPLE:
        partner = PartnerFactory(name=name, prospecting_stage=name.split()[0])
        if "joined" in name:
            ContractFactory(partner=partner, stage="joined")
    found = SqlQuery(Definition.from_json(any_of(*groups)), AT)
    names = dict(Partner.objects.values_list("pk", "name"))
    assert sorted(names[pk] for pk in found.ids()) == expected
    assert found.count == len(expected)
    assert [partner.name for partner in found.page(10)] == expected
    assert sorted(Partner.objects.filter(found.condition()).values_list("name", flat=True)) == expected


NO_CONTRACT, SOME_CONTRACT = (
    asks("contract_stage", operator, ["none"]) for operator in ("any_of", "none_of")
)


def test_a_count_by_sets_tells_contracts_from_groups():
    """Four partners: in the group or not, with a contract or without."""
    vip = PartnerGroupFactory()
    for groups in ([], [vip]):
        PartnerFactory(groups=groups)
        ContractFactory(partner__groups=groups)
    in_vip, not_in_vip = (asks("partner_group", operator, [vip.pk]) for operator in ("any_of", "none_of"))

    def count(*groups):
        return SqlQuery(Definition.from_json(any_of(*groups)), AT).count

    assert count([NO_CONTRACT], [in_vip]) == 3
    assert count([not_in_vip], [SOME_CONTRACT]) == 3
    assert count([SOME_CONTRACT, not_in_vip]) == 1
    assert count([NO_CONTRACT, not_in_vip]) == 1
    assert count([SOME_CONTRACT, in_vip]) == 1


def test_a_count_by_sets_tells_one_contract_from_another():
    for stages in (["joined"], ["expired"], ["joined", "expired"]):
        partner = PartnerFactory()
        for stage in stages:
            ContractFactory(partner=partner, stage=stage)
    none_expired = asks("contract_stage", "none_of", ["expired"])
    assert SqlQuery(Definition.from_json(any_of([JOINED, none_expired])), AT).count == 1
    assert SqlQuery(Definition.from_json(any_of([SOME_CONTRACT, none_expired])), AT).count == 1


def test_a_page_brings_what_is_asked_for_besides():
    PartnerFactory(name="Fern")
    everybody = SqlQuery(Definition.from_json(any_of([asks("partner_group", "none_of", [99])])), AT)
    [partner] = everybody.page(10, details=lambda partners: partners.only("name"))
    assert "email" in partner.get_deferred_fields()


def sql_of(*groups):
    return str(SqlQuery(Definition.from_json(any_of(*groups)), AT).ids().query)


def test_ids_are_read_without_the_table_of_partners_where_it_has_nothing_to_add():
    partners = Partner._meta.db_table
    group = asks("partner_group", "any_of", [1])
    joined = asks("contract_stage", "any_of", ["joined"])
    blocked = asks("partner_group", "none_of", [2])
    for asked in ([group], [joined], [joined, group], [joined, blocked], [group, blocked]):
        assert partners not in sql_of(asked).replace(f"{partners}group", "")
        assert partners not in sql_of(asked, [joined]).replace(f"{partners}group", "")


def test_the_members_of_one_group_need_no_comparing_with_each_other():
    assert "DISTINCT" not in sql_of([asks("partner_group", "any_of", [1])])
    assert "DISTINCT" not in sql_of([NEW])
    assert "DISTINCT" in sql_of([asks("partner_group", "any_of", [1, 2])])
    assert Contract._meta.db_table in sql_of([asks("contract_stage", "any_of", ["joined"])])


@pytest.mark.parametrize(
    "groups",
    [
        [[asks("contract_stage", "any_of", ["joined"])]],
        [[asks("contract_stage", "none_of", ["joined"])]],
        [[asks("contract_stage", "any_of", ["joined"])], [asks("partner_group", "none_of", [1])]],
    ],
    ids=["positive", "negative", "two groups"],
)
def test_a_page_of_many_looks_each_partner_up_alone_and_a_page_of_few_finds_them_first(groups):
    found = SqlQuery(Definition.from_json(any_of(*groups)), AT)

    def page_sql(number):
        found.count = number
        with CaptureQueriesContext(connection) as captured:
            found.page(10)
        return next(one["sql"] for one in captured if "LIMIT 10" in one["sql"])

    alone = "OFFSET 0"
    assert page_sql(sql.SORT_FIRST_BELOW).count(alone) == len(groups)
    assert alone not in page_sql(sql.SORT_FIRST_BELOW - 1)


@pytest.mark.parametrize("seconds", [0, 60], ids=["too slow", "quick"])
def test_a_walk_that_takes_too_long_is_given_up_and_all_partners_are_sorted(monkeypatch, seconds):
    """As if those who come first in the order were not in the segment."""
    monkeypatch.setattr(sql, "SORT_FIRST_BELOW", 0)
    monkeypatch.setattr(sql, "SORT_S", seconds)
    monkeypatch.setattr(sql, "SORT_S_PER_PARTNER", 0)
    PartnerFactory(name="Aurora")
    expected = [ContractFactory(partner__name=name, stage="joined").partner for name in ("Beta", "Zeta")]
    found = SqlQuery(Definition.from_json(any_of([JOINED])), AT)
    with CaptureQueriesContext(connection) as captured:
        assert found.page(10) == expected
    *_earlier, answered = (one["sql"] for one in captured if "LIMIT 10" in (one["sql"] or ""))
    assert ("OFFSET 0" in answered) == bool(seconds)


def test_one_condition_is_one_way_and_none_beside_a_stage_is_another():
    def number(*groups):
        return len(to_dnf(Definition.from_json(any_of(*groups)), AT))

    none, joined = (asks("contract_stage", "any_of", [stage]) for stage in ("none", "joined"))
    assert number([joined]) == 1
    assert number([none]) == 1
    assert number([asks("contract_stage", "any_of", ["none", "joined"])]) == 2
    assert number([joined], [asks("contract_stage", "any_of", ["expired"])]) == 2
    new, old = (asks("prospecting_stage", "any_of", [stage]) for stage in ("new", "expired"))
    assert number([new], [old]) == 1
    assert number([joined], [none]) == 2
    assert to_dnf(Definition.from_json(any_of([joined])), AT)[0][0].relation == CONTRACT


def test_a_count_is_one_query(django_assert_num_queries):
    definition = Definition.from_json(
        any_of(
            [asks("contract_stage", "none_of", ["none", "joined"])], [asks("partner_group", "none_of", [1])]
        )
    )
    with django_assert_num_queries(1):
        assert SqlQuery(definition, AT).count_of_all() == (0, 0)
    assert compile_definition(definition)
