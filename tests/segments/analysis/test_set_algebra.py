"""What is in all of some segments and in none of others, written down as one, or why it can't be."""

import pytest

from segments.analysis.set_algebra import InexpressibleError, as_definition
from segments.definition import Definition
from segments.insight.overlap import MAX_SEGMENTS, MIN_SEGMENTS, insides
from segments.screens.venn import venn
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, asks

GOLD = asks("template_term", "contains", "gold")
NOT_GOLD = asks("template_term", "not_contains", "gold")
VIP, NOT_VIP = (asks("partner_group", operator, [1]) for operator in ("any_of", "none_of"))
NOT_NEW = asks("prospecting_stage", "none_of", ["new"])
NOT_JOINED = asks("contract_stage", "none_of", ["joined"])
ANNA = asks("partner_name", "starts_with", "anna")


def excepting(group, *exceptions):
    return {**any_of(group), "version": 2, "except": [{"all": list(one)} for one in exceptions]}


def read(*definitions):
    return [Definition.from_json(definition) for definition in definitions]


def written(within, without=()):
    return as_definition(read(*within), read(*without)).to_json()


def refused(within, without=()):
    with pytest.raises(InexpressibleError) as caught:
        written(within, without)
    return str(caught.value)


class TestBoth:
    def test_is_each_group_with_each(self):
        assert written([any_of([NEW], [EXPIRED]), any_of([VIP], [JOINED])]) == any_of(
            [NEW, VIP], [NEW, JOINED], [EXPIRED, VIP], [EXPIRED, JOINED]
        )

    def test_leaves_out_what_follows_and_what_can_never_hold(self):
        assert written([any_of([NEW], [VIP]), any_of([NEW, VIP], [EXPIRED])]) == any_of(
            [NEW, VIP], [VIP, EXPIRED]
        )

    def test_of_conditions_on_contracts_is_on_any_contract(self):
        assert written([any_of([JOINED]), any_of([GOLD])]) == any_of(
            {"all": [JOINED, GOLD], "contracts": "any"}
        )

    def test_of_a_bracket_keeps_it_beside_what_is_not_on_contracts(self):
        assert written([any_of([JOINED, GOLD]), any_of([VIP, NOT_GOLD], [VIP])]) == any_of(
            [JOINED, GOLD, VIP]
        )

    def test_of_a_bracket_and_another_contract_can_not_be_said(self):
        other = asks("contract_id", "any_of", ["S-1"])
        assert "another contract beside it" in refused([any_of([JOINED, GOLD]), any_of([other])])

    def test_of_a_bracket_and_a_part_of_it_is_the_bracket(self):
        assert written([any_of([JOINED, GOLD]), any_of([JOINED])]) == any_of([JOINED, GOLD])

    def test_of_what_contradicts_is_nobody(self):
        assert "No partner can ever" in refused([any_of([NEW]), any_of([EXPIRED])])

    def test_of_three(self):
        assert written([any_of([NEW]), any_of([VIP]), any_of([JOINED])]) == any_of([NEW, VIP, JOINED])


class TestOnlyOne:
    def test_turns_conditions_around(self):
        assert written([any_of([NEW])], [any_of([VIP])]) == any_of([NEW, NOT_VIP])
        assert written([any_of([VIP])], [any_of([NOT_GOLD])]) == any_of([VIP, GOLD])

    def test_is_neither_of_the_groups_of_the_other(self):
        assert written([any_of([VIP])], [any_of([NEW], [JOINED])]) == any_of([VIP, NOT_NEW, NOT_JOINED])

    def test_lacks_one_or_another_condition_of_a_group(self):
        assert written([any_of([GOLD])], [any_of([NEW, VIP])]) == any_of([GOLD, NOT_NEW], [GOLD, NOT_VIP])

    def test_turns_none_among_the_stages_around_too(self):
        none = asks("contract_stage", "any_of", ["none", "joined"])
        assert written([any_of([VIP])], [any_of([none])]) == any_of(
            [VIP, asks("contract_stage", "none_of", ["none", "joined"])]
        )

    def test_of_a_bracket_makes_it_an_exception(self):
        assert written([any_of([VIP])], [any_of([JOINED, GOLD])]) == excepting([VIP], [JOINED, GOLD])

    def test_of_what_is_left_out_of_the_other_too(self):
        other = excepting([NEW], [GOLD])
        assert written([any_of([VIP])], [other]) == any_of([VIP, NOT_NEW], [VIP, GOLD])
        assert written([other], [any_of([VIP])]) == excepting([NEW, NOT_VIP], [GOLD])

    def test_of_a_bracket_with_exceptions_can_not_be_said(self):
        other = excepting([JOINED, GOLD], [NEW])
        assert "no exact opposite" in refused([any_of([VIP])], [other])

    def test_keeps_no_exception_that_takes_nobody_out(self):
        assert written([excepting([NEW], [ANNA, EXPIRED])]) == any_of([NEW])

    def test_of_conditions_on_any_contract_can_be_said(self):
        assert written([any_of([VIP])], [any_of({"all": [JOINED, GOLD], "contracts": "any"})]) == any_of(
            [VIP, NOT_JOINED], [VIP, NOT_GOLD]
        )

    def test_of_what_starts_with_something_makes_it_an_exception(self):
        assert written([any_of([VIP])], [any_of([ANNA])]) == excepting([VIP], [ANNA])
        assert refused([any_of([VIP])], [excepting([ANNA], [NEW])]) == "“starts with” has no opposite."

    def test_of_a_segment_within_the_other_is_nobody(self):
        assert "No partner can ever" in refused([any_of([NEW, VIP])], [any_of([NEW])])

    def test_of_what_nobody_is_in_is_nobody_and_less_nobody_changes_nothing(self):
        nobody = Definition(())
        with pytest.raises(InexpressibleError, match="No partner can ever"):
            as_definition([nobody], read(any_of([NEW])))
        assert as_definition(read(any_of([NEW])), [nobody]).to_json() == any_of([NEW])


class TestLimits:
    def test_too_many_groups(self):
        many = [any_of(*[[asks("partner_id", "any_of", [at * 100 + n])] for n in range(6)]) for at in (1, 2)]
        vip = [
            any_of(*[[asks("partner_group", "any_of", [at * 100 + n])] for n in range(6)]) for at in (1, 2)
        ]
        assert "too many groups" in refused([many[0], vip[0]])

    def test_too_many_groups_of_opposites_become_exceptions(self):
        pairs = [
            [asks("partner_group", "any_of", [n]), asks("template_term", "any_of", [n])] for n in range(1, 7)
        ]
        assert len(written([any_of([NEW])], [any_of(*pairs[:4])])["any"]) == 2**4
        assert written([any_of([NEW])], [any_of(*pairs)]) == excepting([NEW], *pairs)

    def test_too_many_opposites_for_a_group_become_exceptions(self):
        groups = [[asks("partner_group", "any_of", [n])] for n in range(1, 21)]
        assert written([any_of([NEW])], [any_of(*groups)]) == excepting([NEW], *groups)

    def test_too_many_groups_of_three(self):
        vip = [
            any_of(*[[asks("partner_group", "any_of", [at * 100 + n])] for n in range(6)]) for at in (1, 2)
        ]
        assert "too many groups" in refused(
            [vip[0], vip[1], any_of(*[[asks("template_term", "any_of", [n])] for n in range(1, 8)])]
        )

    def test_too_many_conditions(self):
        groups = [[asks("partner_group", "any_of", [at * 100 + n]) for n in range(11)] for at in (1, 2)]
        assert "more than 20 conditions" in refused([any_of(one) for one in groups])

    def test_too_many_values(self):
        long = any_of(*[[asks("partner_id", "any_of", list(range(1, 8_000)))]] * 3)
        assert "too many values" in refused([any_of([NEW]), long])


@pytest.mark.parametrize("many", range(MIN_SEGMENTS, MAX_SEGMENTS + 1))
def test_the_picture_has_a_shape_for_each_part_the_deepest_last(many):
    picture = venn(many)
    assert list(picture.shapes) == insides(many)
    assert len(picture.names) == many
    places = {(shape.x, shape.y) for shape in picture.shapes.values()}
    assert len(places) == len(picture.shapes)
    assert all(0 < x < 400 and 0 < y < picture.height for x, y in [*places, *picture.names])
