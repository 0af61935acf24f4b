"""Partners that meet all rows of an exception are left out: how the builder's form says so."""

from segments.analysis.findings import Fix
from segments.builder.actions import fix
from segments.builder.state import from_definition
from segments.definition import Definition
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, asks, built, but, form, posted, pressed

BLOCKED = asks("partner_group", "any_of", [3])
UNBLOCKED = but(any_of([NEW], [JOINED]), [BLOCKED, EXPIRED])


def excepted(builder):
    return [group.excepted for group in builder.groups]


def test_what_was_drawn_is_read_as_the_same_definition():
    definition = but(any_of([NEW], [JOINED]), [BLOCKED, EXPIRED], {"all": [JOINED], "contracts": "any"})
    builder = built(posted(from_definition(definition)))
    assert builder.definition == Definition.from_json(definition)
    assert excepted(builder) == [False, False, True, True]


def test_exceptions_come_last_whatever_their_number():
    builder = built(form(any_of([NEW], [JOINED]), fields={"group-0-kind": "except"}))
    assert builder.definition == Definition.from_json(but(any_of([JOINED]), [NEW]))


def test_any_other_kind_is_no_exception():
    builder = built(form(any_of([NEW]), fields={"group-0-kind": "bogus", "group-9-kind": "except"}))
    assert builder.definition == Definition.from_json(any_of([NEW]))


def test_a_segment_of_exceptions_alone_says_what_is_missing():
    builder = built(pressed(form(but(any_of([NEW]), [BLOCKED]), "remove:0")))
    assert builder.problems == ["Add a group: so far there is only who is left out."]
    assert builder.definition is None
    assert excepted(built(pressed(posted(builder.state) | {"another": "1"}))) == [False, True]


def test_a_wrong_exception_is_named_as_one():
    builder = built(form(UNBLOCKED, fields={"group-2-contracts": "both"}))
    assert builder.problems == ["Exception 1: A group's “contracts” is “same” or “any”, not “both”."]


class TestExcept:
    def test_adds_an_exception_with_a_row(self):
        builder = built(pressed(form(any_of([NEW], [JOINED]), "except")))
        assert excepted(builder) == [False, False, True]
        assert builder.state.focus == "row-2"

    def test_adds_a_further_one(self):
        assert excepted(built(pressed(form(UNBLOCKED, "except")))) == [False, False, True, True]

    def test_a_group_that_is_added_later_is_none(self):
        assert excepted(built(pressed(form(UNBLOCKED, "another")))) == [False, False, False, True]

    def test_its_and_button_adds_a_row_to_it(self):
        builder = built(pressed(form(UNBLOCKED, "and:2")))
        assert [row.index for row in builder.groups[-1].rows] == [2, 3, 4]

    def test_goes_with_its_last_row_and_sends_to_the_button_that_brings_one_back(self):
        state = pressed(form(but(any_of([NEW]), [BLOCKED]), "remove:1"))
        assert built(state).definition == Definition.from_json(any_of([NEW]))
        assert (state.excepted, state.focus) == (frozenset(), "except")


def test_a_fix_finds_the_rows_of_exceptions_behind_those_of_the_groups():
    builder = built(form(UNBLOCKED))
    first = built(fix(builder, Fix("Remove it", removes=((2, 0),))))
    assert first.definition == Definition.from_json(but(any_of([NEW], [JOINED]), [EXPIRED]))
    both = built(fix(builder, Fix("Remove them", removes=((2, 0), (2, 1)))))
    assert both.definition == Definition.from_json(any_of([NEW], [JOINED]))
