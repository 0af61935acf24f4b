"""Rows of the builder ↔ definitions: nothing is lost either way, and each button does one thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.builder.formset import MAX_ROWS
from segments.builder.presenters import draw
from segments.builder.state import from_definition
from segments.conditions import ATTRIBUTES, CATALOG
from segments.days import TOKENS, Days, Unit
from segments.definition import Condition, Definition
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.laws import law
from tests.segments.forms import EXPIRED, JOINED, NEW, PROSPECTS, any_of, asks, built, form, posted, pressed
from tests.segments.moments import AT
from tests.segments.operators import DAYS, LISTS, OPERATORS, asked_with
from tests.segments.strategies import condition, definitions

GOLD = asks("template_term", "contains", "gold")
UNBLOCKED = asks("partner_group", "none_of", [3])
SOME_ASKED = [(attribute, operator) for attribute in ATTRIBUTES for operator in attribute.operators]


def waiting(builder):
    return [row for row in builder if row.trouble]


def picked(builder):
    return [row.picked for group in draw(builder, AT) for row in group.rows]


def row(data, index=0):
    return next(row for row in built(data) if row.index == index)


def once(definition):
    """The definition as JSON, with each value of a list once: forms hold no value twice."""
    data = definition.to_json()
    for group in data["any"] + data.get("except", []):
        for asked in group["all"]:
            for one in (asked, *asked.get("where", [])):
                if isinstance(one.get("value"), list):
                    one["value"] = list(dict.fromkeys(one["value"]))
    return data


@law(200)
@given(definitions)
def test_a_definition_survives_the_way_through_the_form(definition):
    builder = built(from_definition(definition, name="Any", revision=3))
    assert not builder.problems
    assert not waiting(builder)
    assert once(builder.definition) == once(Definition.from_json(definition))


@law(100)
@given(definitions, st.data())
def test_pressing_a_button_changes_no_other_row(definition, data):
    before = posted(from_definition(definition))
    rows = before["row"]
    target = data.draw(st.sampled_from(rows))
    button = data.draw(st.sampled_from(["and:0", "another", f"remove:{target}", "preview", "update"]))
    after = posted(pressed({**before, button: "1"}))
    (group,) = before[f"row-{target}-group"]
    alone = [before[f"row-{index}-group"] for index in rows].count([group]) == 1
    gone = ("row-none-",)
    if button.startswith("remove"):
        gone = (f"row-{target}-", f"group-{group}-") if alone else (f"row-{target}-",)
    rest = [name for name in before if name != "row" and not name.startswith(gone)]
    assert [after[name] for name in rest] == [before[name] for name in rest]
    kept = [index for index in rows if button != f"remove:{index}"]
    assert [index for index in after["row"] if index in kept] == kept


@pytest.mark.parametrize("contracts", [None, "same", "any"])
def test_the_choice_of_contract_survives(contracts):
    group = {"all": [JOINED, GOLD]} | ({"contracts": contracts} if contracts else {})
    built_again = built(from_definition(any_of(group))).definition
    assert built_again.any[0].contracts == (contracts or "same")


def test_a_new_segment_starts_with_one_row_that_waits_for_a_condition():
    builder = built(from_definition(None))
    (first,) = builder
    assert not first.is_chosen
    assert first.asked is None
    assert first.trouble == "Choose a condition."
    assert (builder.definition, builder.so_far) == (None, None)


def test_every_condition_that_takes_a_value_says_what_it_waits_for():
    for attribute, operator in SOME_ASKED:
        empty = row({"row": "0", "row-0-field": attribute.key, "row-0-operator": operator.key})
        assert bool(empty.waits_for) is empty.takes_value
        assert not empty.errors


def test_one_incomplete_row_leaves_no_definition():
    data = form(any_of([NEW, EXPIRED])) | {"row-1-value": []}
    drawn = [row for group in draw(built(data), AT) for row in group.rows]
    assert [row.number for row in drawn if row.form.trouble] == [2]
    assert built(data).definition is None
    assert built(data).so_far == Definition.from_json(any_of([NEW]))


def test_conditions_on_contracts_are_drawn_together_and_numbered_in_that_order():
    builder = built(from_definition(any_of([NEW, JOINED, UNBLOCKED, GOLD], [JOINED])))
    first, second = builder.groups
    assert [row.attribute.key for row in first.together] == ["contract_stage", "template_term"]
    assert [row.attribute.key for row in first.apart] == ["prospecting_stage", "partner_group"]
    assert second.together == []
    drawn = [row for group in draw(builder, AT) for row in group.rows]
    assert [row.number for row in drawn] == [1, 2, 3, 4, 5]
    assert [row.form for row in drawn] == list(builder)
    order = [condition.field for condition in builder.definition.any[0].all]
    assert order == ["prospecting_stage", "contract_stage", "partner_group", "template_term"]


def test_a_negative_condition_stands_outside_the_bracket():
    (group,) = built(from_definition(any_of([JOINED, asks("contract_id", "none_of", ["S-1"])]))).groups
    assert group.together == []


def test_half_a_letter_of_a_broken_definition_can_be_drawn():
    drawn = from_definition(any_of([asks("partner_id", "any_of", ["x\udbff"])]))
    assert drawn.rows[0].values == ("x?",)
    assert row(drawn).trouble == "“x?” is not a Partner ID."


class TestAnd:
    def test_adds_a_row_to_its_group(self):
        builder = built(pressed(form(any_of([NEW], [JOINED]), "and:0")))
        assert [[row.index for row in group.rows] for group in builder.groups] == [[0, 2], [1]]
        assert builder.state.focus == "row-2"

    def test_leaves_the_new_row_incomplete(self):
        assert built(pressed(form(PROSPECTS, "and:0"))).definition is None


class TestAnother:
    def test_adds_a_group(self):
        builder = built(pressed(form(any_of([NEW], [JOINED]), "another")))
        assert [group.number for group in builder.groups] == [0, 1, 2]

    def test_takes_no_number_that_a_group_has(self):
        data = form(any_of([NEW]), "another") | {"row-0-group": "7"}
        assert [group.number for group in built(pressed(data)).groups] == [7, 8]


class TestRemove:
    def test_takes_out_one_row_and_leaves_a_gap(self):
        after = pressed(form(any_of([NEW, JOINED, UNBLOCKED]), "remove:1"))
        assert [row.index for row in after.rows] == [0, 2]
        assert [condition.field for condition in built(after).definition.any[0].all] == [
            "prospecting_stage",
            "partner_group",
        ]

    def test_takes_the_last_row_of_a_group_with_the_group(self):
        builder = built(pressed(form(any_of([NEW], [JOINED]), "remove:0")))
        assert builder.definition == Definition.from_json(any_of([JOINED]))

    def test_leaves_an_empty_row_where_none_is_left(self):
        builder = built(pressed(form(PROSPECTS, "remove:0")))
        assert [row.trouble for row in builder] == ["Choose a condition."]

    def test_sends_to_the_groups_and_button(self):
        assert built(pressed(form(any_of([NEW], [JOINED, NEW]), "remove:1"))).state.focus == "and-1"

    def test_of_a_groups_last_row_sends_to_add_another(self):
        assert built(pressed(form(any_of([NEW], [JOINED]), "remove:1"))).state.focus == "another"

    def test_does_nothing_to_a_row_that_is_not_there(self):
        builder = built(pressed(form(PROSPECTS, "remove:5")))
        assert builder.definition == Definition.from_json(PROSPECTS)


class TestSelectAll:
    def test_picks_all_eight_prospecting_stages(self):
        builder = built(pressed(form(PROSPECTS, "all:0")))
        (condition,) = builder.definition.conditions()
        assert len(condition.value) == 8

    def test_works_for_a_field_that_was_chosen_just_now(self):
        data = form(any_of([JOINED]), "all:0") | {"row-0-field": "prospecting_stage"}
        (condition,) = built(pressed(data)).definition.conditions()
        assert (condition.field, len(condition.value)) == ("prospecting_stage", 8)


@pytest.mark.parametrize(("attribute", "operator"), SOME_ASKED, ids=lambda part: part.key)
def test_a_value_starts_anew_exactly_when_its_kind_changes(attribute, operator):
    some = OPERATORS[operator.key].values.some(attribute, 1)
    drawn = form(any_of([{"field": attribute.key, "operator": operator.key, **some}]))
    drawn |= {"row-0-shown": row(drawn)["shown"].value()}
    for other, then in SOME_ASKED:
        changed = row(drawn | {"row-0-field": other.key, "row-0-operator": then.key})
        assert changed.asked is then
        stays = attribute.value_kind(operator) == other.value_kind(then)
        expected = drawn["row-0-value"] if stays else other.initial_post(then)
        assert changed.data.getlist("row-0-value") == expected
        starts_complete = changed.takes_days and not other.asks_history
        assert bool(changed.condition) is (stays or starts_complete or not changed.takes_value)
        assert not changed.errors


ASKED_WITH_DAYS = [(field, operator) for field, operator in asked_with(DAYS) if "segment" not in field]


@pytest.mark.parametrize(("field", "operator"), ASKED_WITH_DAYS)
def test_days_start_with_the_next_30(field, operator):
    data = form(PROSPECTS) | {"row-0-shown": "prospecting_stage:any_of", "row-0-field": field}
    changed = row(data | {"row-0-operator": operator})
    assert changed.condition == Condition(field, operator, {"next": 30})
    assert changed["value"].value() == ["next", "30"]


@pytest.mark.parametrize("operator", ["within", "not_within"])
@pytest.mark.parametrize("field", ["segment_since", "segment_entered", "segment_left"])
def test_days_of_a_segment_start_with_the_last_30_of_none(field, operator):
    data = form(PROSPECTS) | {"row-0-shown": "prospecting_stage:any_of", "row-0-field": field}
    changed = row(data | {"row-0-operator": operator})
    assert (changed.condition, changed.waits_for) == (None, "Choose a segment.")
    assert changed["value"].value() == ["", "last", "30"]


def test_other_days_keep_the_number_where_they_take_one():
    data = form(any_of([asks("contract_end", "within", {"next": 14})]))
    data |= {"row-0-shown": row(data)["shown"].value()}
    assert row(data | {"row-0-value": ["last", "14"]}).condition.value == Days(TOKENS["last"], 14)
    for chosen in ("on", "from"):
        changed = row(data | {"row-0-value": [chosen, "14"]})
        assert (changed["value"].value(), changed.trouble) == ([chosen], "Choose a day.")
    assert row(data | {"row-0-value": ["this:week", "14"]}).condition.value == Days(TOKENS["this"], Unit.WEEK)


@pytest.mark.parametrize(
    "posted", [[], [""], ["someday"], ["next"], ["next", ""], ["on", ""], ["from", "", ""]]
)
def test_days_that_are_not_chosen_are_waited_for(posted):
    data = form(any_of([asks("contract_end", "within", {"next": 14})]), fields={"row-0-value": posted})
    assert row(data).waits_for


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1,000", 1_000), ("1 000", 1_000), ("1'000'000", 1_000_000), (" 007 ", 7), ("0", 0)],
)
def test_a_number_may_be_typed_as_people_write_it(typed, number):
    data = form(any_of([asks("contracts", "at_least", "1")]), fields={"row-0-value": typed})
    assert row(data).condition.value == number


@pytest.mark.parametrize("typed", ["1.5", "1,50", "1,000.5", "1,00,000", "1 2", "-1", "one"])
def test_what_is_no_whole_number_is_taken_for_none(typed):
    data = form(any_of([asks("contracts", "at_least", "1")]), fields={"row-0-value": typed})
    assert row(data).trouble == f"“{typed}” is not a whole number from 0 to 1,000,000,000."


def test_kinds_of_value_are_what_a_person_would_say():
    def attribute(field, operator="any_of"):
        return CATALOG[field].value_kind(CATALOG[field].operator(operator))

    assert attribute("partner_name", "contains") == attribute("template_term", "starts_with")
    assert attribute("partner_group") == attribute("partner_group", "none_of")
    different = ["contract_stage", "prospecting_stage", "partner_group", "partner_name", "template_term"]
    assert len({attribute(field) for field in [*different, "contract_id", "partner_id"]}) == 7
    assert attribute("partner_name") != attribute("partner_name", "contains")


def test_a_field_without_the_operator_takes_its_own_first_one():
    data = form(any_of([GOLD])) | {"row-0-shown": "template_term:contains", "row-0-field": "contract_stage"}
    assert row(data).asked.key == "any_of"


def test_the_row_remembers_what_its_value_was_drawn_for():
    data = form(PROSPECTS) | {"row-0-operator": "none_of"}
    assert row(data)["shown"].value() == "prospecting_stage:none_of"


class TestGaps:
    def test_rows_keep_their_numbers(self):
        data = form(any_of([NEW, JOINED]))
        data = {name.replace("row-1-", "row-40-"): value for name, value in data.items()}
        builder = built(data | {"row": ["0", "40"]})
        assert [row.index for row in builder] == [0, 40]
        assert len(builder.definition.conditions()) == 2

    @pytest.mark.parametrize("rows", [[], ["x"], ["0", "-1"], ["0", "9" * 30], ["0", "٣"], ["0", "\0"]])
    def test_a_form_that_arrived_in_part_is_no_definition(self, rows):
        builder = built(form(PROSPECTS) | {"row": rows})
        assert builder.problems == ["A part of the form did not arrive. Look the conditions over."]
        assert builder.definition is None

    def test_a_row_that_arrived_without_its_fields_is_incomplete(self):
        builder = built(form(PROSPECTS) | {"row": ["0", "1"]})
        assert [row.trouble for row in waiting(builder)] == ["Choose a condition."]

    def test_more_rows_than_a_segment_can_have_are_not_even_looked_at(self):
        builder = built({"row": [str(number) for number in range(MAX_ROWS + 5)]})
        assert builder.problems == ["A segment can have at most 400 conditions."]
        assert len(list(builder)) == MAX_ROWS


class TestWrongRows:
    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"row-0-field": "shoe_size"}, "“shoe_size” is not something that can be asked about."),
            ({"row-0-operator": "bogus"}, "Prospecting Stage can't be asked with “bogus”."),
            ({"row-0-value": "bogus"}, "“bogus” is not a Prospecting Stage."),
            ({"row-0-group": "abc"}, "Enter a whole number."),
            ({"row-0-group": "-1"}, "At least 0."),
        ],
    )
    def test_what_can_not_be_is_named(self, fields, message):
        data = form(PROSPECTS) | {"row-0-shown": "prospecting_stage:any_of"} | fields
        assert row(data).trouble == message
        assert built(data).definition is None

    def test_a_bogus_choice_of_contract_is_named(self):
        builder = built(form(any_of([JOINED, GOLD])) | {"group-0-contracts": "both"})
        assert builder.problems == ["Group 1: A group's “contracts” is “same” or “any”, not “both”."]


@pytest.mark.django_db
class TestPicks:
    def test_picked_rows_are_shown_by_name(self):
        vip = PartnerGroupFactory(name="VIP")
        builder = built(from_definition(any_of([asks("partner_group", "any_of", [vip.pk, 999_999_999])])))
        assert picked(builder) == [[(vip.pk, "VIP"), (999_999_999, "(deleted)")]]

    def test_all_rows_are_named_with_one_query(self, django_assert_num_queries):
        groups, terms = PartnerGroupFactory.create_batch(3), TemplateTermFactory.create_batch(3)
        asked = [asks("partner_group", "any_of", [group.pk]) for group in groups]
        asked += [asks("template_term", "any_of", [term.pk]) for term in terms]
        builder = built(from_definition(any_of(*([one] for one in asked))))
        with django_assert_num_queries(1):
            names = picked(builder)
        assert all(names)

    def test_more_than_a_hundred_picks_stay_ids(self):
        builder = built(from_definition(any_of([asks("partner_group", "any_of", list(range(1, 102)))])))
        assert picked(builder) == [[]]

    @pytest.mark.parametrize(
        ("field", "factory"),
        [
            ("partner_group", PartnerGroupFactory),
            ("template_term", TemplateTermFactory),
            ("partner_name", PartnerFactory),
        ],
    )
    def test_lines_may_be_ids_or_exact_names_in_any_letters(self, field, factory):
        first, second, third = (factory(name=name) for name in ("Straße, am See", "Élan", "Moss"))
        text = f"{first.pk}, 4711\r\nÉLAN\r\n\r\nSTRASSE, AM SEE\r\n{third.pk}"
        data = form(any_of([asks(field, "any_of", [1])]), fields={"row-0-value": text})
        assert row(data).condition.value == (first.pk, 4711, second.pk, third.pk)

    def test_a_name_that_nobody_has_is_named(self):
        data = form(any_of([UNBLOCKED]), fields={"row-0-value": "Nobody\0 here"})
        assert row(data).trouble == "There is no Partner Group “Nobody� here”."

    def test_a_name_that_several_have_asks_for_the_id(self):
        PartnerFactory.create_batch(2, name="Aurora")
        data = form(any_of([asks("partner_name", "any_of", [1])]), fields={"row-0-value": "aurora"})
        assert row(data).trouble == "Several are called “aurora”: give the ID."


def test_pasted_ids_may_be_separated_by_commas_spaces_and_lines():
    data = form(any_of([asks("partner_id", "any_of", [1])]), fields={"row-0-value": " 3,4\r\n5"})
    assert row(data).condition.value == (3, 4, 5)
    data = form(any_of([asks("contract_id", "any_of", ["x"])]), fields={"row-0-value": "S-1\tS-2,,S-1 ,"})
    assert row(data).condition.value == ("S-1", "S-2")


@law(50)
@given(st.data())
def test_values_of_every_kind_can_be_read_back_from_one_row(data):
    attribute, operator = data.draw(st.sampled_from(SOME_ASKED))
    definition = any_of([data.draw(condition(attribute, operator))])
    builder = built(from_definition(definition))
    (drawn,) = builder
    assert drawn.picks is (attribute.picks_from is not None and OPERATORS[operator.key].values is LISTS)
    assert once(builder.definition) == once(Definition.from_json(definition))
