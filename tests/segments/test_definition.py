"""What a definition from outside may look like, and what is said of one that is wrong."""

import json

import pytest

from segments.attributes import LARGEST_ID
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError, IncompleteError

JOINED = {"field": "contract_stage", "operator": "any_of", "value": ["joined"]}


def one_group(*conditions, **more):
    return {"version": 1, "any": [{"all": list(conditions), **more}]}


def asking(field, operator, value):
    return one_group({"field": field, "operator": operator, "value": value})


def value_read(field, operator, value):
    return Definition.from_json(asking(field, operator, value)).any[0].all[0].value


def refusal(data, error=DefinitionError):
    with pytest.raises(error) as refused:
        Definition.from_json(data)
    return str(refused.value)


def test_a_definition_is_read():
    definition = Definition.from_json(
        {
            "version": 1,
            "any": [
                {
                    "all": [
                        {"field": "contract_stage", "operator": "any_of", "value": ["joined", "none"]},
                        {"field": "template_term", "operator": "contains", "value": " Gold "},
                    ],
                    "contracts": "any",
                },
                {"all": [{"field": "partner_id", "operator": "none_of", "value": [3, " 14\n"]}]},
            ],
        }
    )
    assert definition == Definition(
        (
            Group(
                (
                    Condition("contract_stage", "any_of", ("joined", "none")),
                    Condition("template_term", "contains", "Gold"),
                ),
                "any",
            ),
            Group((Condition("partner_id", "none_of", (3, 14)),), "same"),
        )
    )


def test_the_conditions_of_all_groups_are_at_hand():
    definition = Definition.from_json({"version": 1, "any": [{"all": [JOINED, JOINED]}, {"all": [JOINED]}]})
    assert definition.conditions() == (Condition("contract_stage", "any_of", ("joined",)),) * 3


def test_the_same_contract_is_what_a_group_speaks_of_by_default_and_is_left_out_of_what_is_stored():
    silent, said = Definition.from_json(one_group(JOINED)), one_group(JOINED, contracts="same")
    assert silent == Definition.from_json(said)
    assert silent.to_json() == one_group(JOINED)


@pytest.mark.parametrize("contracts", ["same", "any"])
def test_what_is_stored_is_read_again_as_it_was(contracts):
    definition = Definition.from_json(one_group(JOINED, contracts=contracts))
    assert Definition.from_json(json.loads(json.dumps(definition.to_json()))) == definition


def test_definitions_can_be_compared_and_kept_in_sets():
    again = [Definition.from_json(asking("partner_id", "any_of", value)) for value in ([1], ["1"], [2])]
    assert again[0] == again[1]
    assert len(set(again)) == 2


def test_a_definition_can_not_be_changed():
    definition = Definition.from_json(one_group(JOINED))
    with pytest.raises(AttributeError):
        definition.any = ()


def test_a_definition_error_is_a_value_error():
    assert issubclass(DefinitionError, ValueError)


@pytest.mark.parametrize("data", [None, [], "{}", 1, True, [one_group(JOINED)]])
def test_a_definition_that_is_no_object_is_refused(data):
    assert refusal(data) == "A definition has to be an object with names and values."


@pytest.mark.parametrize("group", [None, [], "all", 1])
def test_a_group_that_is_no_object_is_refused(group):
    assert refusal({"version": 1, "any": [group]}) == (
        "Group 1: A group has to be an object with names and values."
    )


@pytest.mark.parametrize("condition", [None, [], "joined", 1])
def test_a_condition_that_is_no_object_is_refused(condition):
    assert refusal(one_group(condition)) == (
        "Group 1: Condition 1: A condition has to be an object with names and values."
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({**one_group(JOINED), "name": "x"}, "A definition has no “name”; it has: any, version."),
        (one_group(JOINED, none=[]), "Group 1: A group has no “none”; it has: all, contracts."),
        (
            one_group({**JOINED, "negate": True}),
            "Group 1: Condition 1: A condition has no “negate”; it has: field, operator, value.",
        ),
        ({**one_group(JOINED), 7: "x"}, "A definition has no “7”; it has: any, version."),
    ],
)
def test_an_unknown_key_is_named(data, message):
    assert refusal(data) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"any": [{"all": [JOINED]}]}, "A definition needs “version”."),
        ({"version": 1}, "A definition needs “any”."),
        ({"version": 1, "any": [{"contracts": "any"}]}, "Group 1: A group needs “all”."),
        *(
            (
                one_group({key: value for key, value in JOINED.items() if key != missing}),
                f"Group 1: Condition 1: A condition needs “{missing}”.",
            )
            for missing in JOINED
        ),
    ],
)
def test_a_missing_key_is_named(data, message):
    assert refusal(data) == message


@pytest.mark.parametrize("version", [0, 2, 99, "1", None, True, [1], {}])
def test_another_version_is_refused(version):
    assert refusal({**one_group(JOINED), "version": version}) == (
        f"This program reads definitions of version 1, not of version {version}."
    )


@pytest.mark.parametrize("groups", [None, {}, "x", 1])
def test_the_groups_have_to_be_a_list(groups):
    assert refusal({"version": 1, "any": groups}) == "A definition's “any” has to be a list."


@pytest.mark.parametrize("conditions", [None, {}, "x", 1])
def test_the_conditions_have_to_be_a_list(conditions):
    assert refusal({"version": 1, "any": [{"all": conditions}]}) == (
        "Group 1: A group's “all” has to be a list."
    )


def test_a_definition_without_a_group_is_refused():
    assert refusal({"version": 1, "any": []}) == "A segment needs at least one group of conditions."


def test_a_group_without_a_condition_is_refused():
    assert refusal({"version": 1, "any": [{"all": [JOINED]}, {"all": []}]}) == (
        "Group 2: A group needs at least one condition."
    )


@pytest.mark.parametrize("contracts", ["all", "", None, True, ["same"], {}])
def test_a_group_is_about_the_same_contract_or_any(contracts):
    assert refusal(one_group(JOINED, contracts=contracts)) == (
        f"Group 1: A group's “contracts” is “same” or “any”, not “{contracts}”."
    )


@pytest.mark.parametrize(
    "field", ["shoe_size", "", "pk", "contracts__stage", None, 1, ["contract_stage"], {}]
)
def test_an_unknown_field_is_named(field):
    assert refusal(one_group({**JOINED, "field": field})) == (
        f"Group 1: Condition 1: “{field}” is not something that can be asked about."
    )


@pytest.mark.parametrize("operator", ["contains", "in", "ANY_OF", "", None, 1, ["any_of"], {}])
def test_an_operator_that_the_field_does_not_have_is_named(operator):
    assert refusal(one_group({**JOINED, "operator": operator})) == (
        f"Group 1: Condition 1: Contract Stage can't be asked with “{operator}”."
    )


@pytest.mark.parametrize("field", CATALOG)
@pytest.mark.parametrize("operator", ["any_of", "none_of"])
@pytest.mark.parametrize("value", ["joined", 1, None, {"1": 1}, True])
def test_the_value_of_a_list_operator_has_to_be_a_list(field, operator, value):
    assert refusal(asking(field, operator, value)) == (
        f"Group 1: Condition 1: The value of {CATALOG[field].label} has to be a list."
    )


@pytest.mark.parametrize("field", CATALOG)
@pytest.mark.parametrize("operator", ["any_of", "none_of"])
def test_an_empty_list_is_not_yet_a_condition(field, operator):
    refused = refusal(asking(field, operator, []), IncompleteError)
    assert refused == f"Group 1: Condition 1: {CATALOG[field].missing_value()}"


TEXTS = [(kind.key, one.key) for kind in CATALOG.values() for one in kind.operators if one.takes_text]


@pytest.mark.parametrize(("field", "operator"), TEXTS)
@pytest.mark.parametrize("value", [["gold"], 1, None, {}, True])
def test_the_value_of_a_text_operator_has_to_be_a_text(field, operator, value):
    assert refusal(asking(field, operator, value)) == "Group 1: Condition 1: The value has to be a text."


@pytest.mark.parametrize(("field", "operator"), TEXTS)
@pytest.mark.parametrize(
    "value", ["", "   ", "\t\n", "\u3000\u00a0", "\u200b", "\u202e \u200d", "\u3164", "\ufe0f"]
)
def test_a_blank_text_is_not_yet_a_condition(field, operator, value):
    refused = refusal(asking(field, operator, value), IncompleteError)
    assert refused == "Group 1: Condition 1: Type the text to look for."


@pytest.mark.parametrize(("field", "operator"), TEXTS)
def test_a_text_is_trimmed_and_otherwise_left_as_it_is(field, operator):
    assert value_read(field, operator, "\u3000 É %_\\ \t") == "É %_\\"


@pytest.mark.parametrize(("field", "operator"), TEXTS)
def test_what_nobody_sees_is_no_part_of_a_text(field, operator):
    assert value_read(field, operator, "\u200bgo\u00adld\u200e") == "gold"


@pytest.mark.parametrize(
    ("field", "typed", "read"),
    [("contract_id", "\ufeffS-1\u200b", "S-1"), ("partner_id", "70\u200b0123\u200e", 700123)],
)
def test_what_nobody_sees_is_no_part_of_an_id(field, typed, read):
    assert value_read(field, "any_of", [typed]) == (read,)


@pytest.mark.parametrize(("field", "operator"), TEXTS)
def test_a_text_can_be_as_long_as_a_name_and_no_longer(field, operator):
    assert value_read(field, operator, "é" * 200) == "é" * 200
    assert refusal(asking(field, operator, "é" * 201)) == (
        "Group 1: Condition 1: The text can have at most 200 characters."
    )


@pytest.mark.parametrize(("field", "operator"), TEXTS)
@pytest.mark.parametrize("letter", ["\x00", "\t", "\n", "\x7f", chr(0xD800), chr(0xDFFF)])
def test_a_text_that_no_name_can_have_is_refused(field, operator, letter):
    assert refusal(asking(field, operator, f"go{letter}ld")) == (
        "Group 1: Condition 1: The text has a character that no name can have."
    )


IDS = [("partner_id", "Partner ID"), ("partner_name", "Partner Name")]
IDS += [("partner_group", "Partner Group"), ("template_term", "Partner Template Term")]


@pytest.mark.parametrize(("field", "label"), IDS)
def test_ids_may_be_given_as_digits_with_space_around(field, label):
    given = [7, "8", " 9 ", "\t10\n", "011", LARGEST_ID, str(LARGEST_ID)]
    assert value_read(field, "any_of", given) == (7, 8, 9, 10, 11, LARGEST_ID, LARGEST_ID)


@pytest.mark.parametrize(("field", "label"), IDS)
@pytest.mark.parametrize(
    "item",
    [
        *[True, False, None, 0, -1, 1.0, 2.5, LARGEST_ID + 1, 10**30, [], [1], {}],
        *[
            "",
            " ",
            "0",
            "-1",
            "+1",
            "1.0",
            "1e3",
            "1_000",
            "1,000",
            "0x1",
            "abc",
            "1 2",
            "³",
            "\u0661",
            "9" * 19,
        ],
        *["1; drop table partners", "%", "null", "1' or '1'='1"],
    ],
)
def test_what_can_be_no_id_is_named(field, label, item):
    assert refusal(asking(field, "any_of", [1, item])) == (
        f"Group 1: Condition 1: “{item}” is not a {label}."
    )


@pytest.mark.parametrize("item", ["1\x00", "\ud800", "\x1b[31m1"])
def test_a_wrong_value_is_named_with_printable_letters_only(item):
    refused = refusal(asking("partner_id", "any_of", [item]))
    assert "�" in refused
    assert refused.isprintable()


@pytest.mark.parametrize("item", ["1" * 5_000, "x" * 5_000, 10**4_000, [[1] * 5_000]])
def test_a_wrong_value_is_named_in_short(item):
    refused = refusal(asking("partner_id", "any_of", [item]))
    assert refused.endswith("…” is not a Partner ID.")
    assert len(refused) < 120


def test_a_number_too_long_to_write_is_refused():
    assert refusal(asking("partner_id", "any_of", [10**5_000])) == (
        "Group 1: Condition 1: “…” is not a Partner ID."
    )


def test_lists_too_deep_to_write_are_refused():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert refusal(asking("partner_id", "any_of", [deep])) == "Group 1: Condition 1: “…” is not a Partner ID."


def test_contract_ids_are_trimmed_and_otherwise_left_as_they_are():
    given = ["S-5550001", " s-1\t", "007", "S/1", "É", "%", "x" * 50, f" {'x' * 50} "]
    assert value_read("contract_id", "any_of", given) == (
        *("S-5550001", "s-1", "007", "S/1", "É", "%"),
        *("x" * 50, "x" * 50),
    )


@pytest.mark.parametrize("item", [5550001, True, None, 1.5, [], {}, "", " ", "\u3000", "S-1,S-2", "S-1 S-2"])
def test_what_can_be_no_contract_id_is_named(item):
    assert refusal(asking("contract_id", "any_of", [item])) == (
        f"Group 1: Condition 1: “{str(item).replace(chr(0x3000), '�')}” is not a Contract ID."
    )


@pytest.mark.parametrize("item", ["x" * 51, "S-1\x00", "S-\ud800"])
def test_a_contract_id_that_no_contract_can_have_is_refused(item):
    assert refusal(asking("contract_id", "any_of", [item])).endswith("is not a Contract ID.")


@pytest.mark.parametrize("field", ["contract_stage", "prospecting_stage"])
@pytest.mark.parametrize("item", ["unheard_of", "Joined", "JOINED", " joined ", "", None, 1, True, [], {}])
def test_an_unknown_stage_is_named(field, item):
    assert refusal(asking(field, "any_of", ["joined", item])) == (
        f"Group 1: Condition 1: “{item}” is not a {CATALOG[field].label}."
    )


def test_none_is_a_contract_stage_only():
    assert value_read("contract_stage", "none_of", ["none"]) == ("none",)
    assert "“none” is not a Prospecting Stage" in refusal(asking("prospecting_stage", "any_of", ["none"]))


@pytest.mark.parametrize("field", ["contract_stage", "prospecting_stage"])
def test_every_stage_that_can_be_chosen_is_read(field):
    keys = tuple(option.key for option in CATALOG[field].options())
    assert value_read(field, "any_of", list(keys)) == keys


def test_an_error_says_in_which_group_and_condition():
    wrong = {**JOINED, "value": ["unheard_of"]}
    data = {"version": 1, "any": [{"all": [JOINED]}, {"all": [JOINED, JOINED, wrong]}]}
    assert refusal(data) == "Group 2: Condition 3: “unheard_of” is not a Contract Stage."


def test_what_is_still_to_be_filled_in_is_told_from_what_is_wrong():
    assert issubclass(IncompleteError, DefinitionError)
    refusal(asking("partner_group", "any_of", []), IncompleteError)


def test_twenty_groups_are_read_and_no_more():
    assert len(Definition.from_json({"version": 1, "any": [{"all": [JOINED]}] * 20}).any) == 20
    assert refusal({"version": 1, "any": [{"all": [JOINED]}] * 21}) == "A segment can have at most 20 groups."


def test_a_group_of_twenty_conditions_is_read_and_no_more():
    assert len(Definition.from_json(one_group(*[JOINED] * 20)).any[0].all) == 20
    assert refusal(one_group(*[JOINED] * 21)) == "Group 1: A group can have at most 20 conditions."


MANY = {
    "contract_stage": ["joined"] * 10_000,
    "prospecting_stage": ["joined"] * 10_000,
    "contract_id": [f"S-{number}" for number in range(10_000)],
}


@pytest.mark.parametrize("field", CATALOG)
def test_a_list_of_ten_thousand_values_is_read_and_no_more(field):
    many = MANY.get(field, list(range(1, 10_001)))
    assert value_read(field, "any_of", many) == tuple(many)
    assert refusal(asking(field, "any_of", [*many, many[0]])) == (
        "Group 1: Condition 1: A condition can have at most 10,000 values; these are 10,001."
    )
