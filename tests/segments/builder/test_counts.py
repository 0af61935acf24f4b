"""Rows that count: what limits the rows that are counted stands inside them."""

import pytest

from segments.builder.presenters import draw
from segments.builder.state import from_definition
from segments.conditions import ATTRIBUTES
from segments.definition import MAX_WHERE
from tests.factories import TemplateTermFactory
from tests.segments.forms import JOINED, NEW, any_of, asks, built, but, form, posted, pressed
from tests.segments.moments import AT

ON_GOLD = asks("template_term", "any_of", [3])
NOT_GOLD = asks("template_term", "not_contains", "gold")
TWO_JOINED = asks("contracts", "at_least", "2", [JOINED, NOT_GOLD])


def counting(*limits):
    few = asks("contracts", "between", {"from": "1", "to": "4"}, list(limits) or None)
    return {**any_of([NEW, few]), "version": 2}


def meaning(form):
    definition = built(form).definition
    return definition and definition.to_json()


def count(form):
    return list(built(form))[-1]


@pytest.mark.parametrize("limits", [[], [JOINED], [JOINED, NOT_GOLD], [JOINED] * MAX_WHERE])
def test_what_was_drawn_is_read_as_the_same_definition(limits):
    definition = but(counting(*limits), [TWO_JOINED])
    assert meaning(posted(from_definition(definition))) == definition


def test_a_limit_is_asked_of_one_contract_that_is_there():
    (limit,) = count(form(counting(JOINED))).where
    ((_heading, fields),) = limit.fields["field"].choices
    assert [key for key, _label in fields] == [one.key for one in ATTRIBUTES if one.relation.one_row]
    assert "none" not in {option.key for option in limit.attribute.options()}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"row-1-where-0-value": []}, "Choose at least one value."),
        ({"row-1-where-0-field": "country"}, "“country” is not something that can be asked about."),
        ({"row-1-where-0-operator": "bogus"}, "Contract Stage can't be asked with “bogus”."),
        ({"row-1-where-0-value": "none"}, "Contracts can't be limited by Contract Stage like this."),
        ({"row-1-where": ["0", "7"]}, "Choose a condition."),
        ({"row-1-value": ["", "4"]}, "Type a number."),
        ({"row-1-value": ["4", "1"]}, "The second number is below the first one."),
    ],
)
def test_a_count_waits_until_its_limits_are_complete(fields, message):
    data = form(counting(JOINED), fields=fields)
    data |= {"row-1-where-0-shown": "contract_stage:any_of:"}
    assert count(data).trouble == message
    assert meaning(data) is None


def test_more_limits_than_there_can_be_are_refused():
    data = form(counting(*[JOINED] * (MAX_WHERE + 2)))
    assert count(data).trouble == "At most 5 conditions can limit what is counted."
    assert len(count(data).where) == MAX_WHERE + 1


def test_another_field_takes_no_limits_along():
    data = form(counting(JOINED), fields={"row-1-field": "partner_id", "row-1-shown": "contracts:between:"})
    assert count(data).where == ()


class TestLimit:
    def test_one_more_is_added_and_gets_the_focus(self):
        state = pressed(form(counting(JOINED), "and_where:1"))
        assert [limit.attribute.key for limit in count(posted(state)).where] == ["contract_stage", ""]
        assert state.focus == "row-1-where-1"
        assert meaning(posted(state)) is None

    def test_there_is_no_button_for_more_than_there_can_be(self):
        assert count(form(counting(*[JOINED] * (MAX_WHERE - 1)))).takes_limit
        assert not count(form(counting(*[JOINED] * MAX_WHERE))).takes_limit

    @pytest.mark.parametrize("target", ["0", "7", "", "x"])
    def test_nothing_is_added_to_what_does_not_count(self, target):
        assert meaning(posted(pressed(form(counting(), f"and_where:{target}")))) == counting()

    def test_one_is_removed(self):
        state = pressed(form(counting(JOINED, NOT_GOLD), "remove_where:1:0"))
        assert meaning(posted(state)) == counting(NOT_GOLD)
        assert state.focus == "and_where-1"
        assert [limit.index for limit in state.rows[1].where] == [1]

    @pytest.mark.parametrize("target", ["1:7", "0:0", "1", ":", "x:y"])
    def test_removing_what_is_not_there_does_nothing(self, target):
        assert meaning(posted(pressed(form(counting(JOINED), f"remove_where:{target}")))) == counting(JOINED)


@pytest.mark.django_db
def test_what_is_picked_in_a_limit_is_shown_by_name():
    gold = TemplateTermFactory(name="Gold")
    builder = built(form(counting(asks("template_term", "any_of", [gold.pk]))))
    (group,) = draw(builder, AT)
    (limit,) = group.rows[1].where
    assert limit.picked == [(gold.pk, "Gold")]


@pytest.mark.parametrize("where", [7, "x", [7], [None], [{"where": [{}]}], [{"field": "shoe_size"}]])
def test_broken_limits_can_be_drawn(where):
    builder = built(from_definition(any_of([{**TWO_JOINED, "where": where}])))
    assert [bool(limit.trouble) for limit in count(posted(builder.state)).where] == (
        [True] if isinstance(where, list) else []
    )
