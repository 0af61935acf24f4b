"""What a definition from outside may look like, and what is said of one that is wrong."""

import json

import pytest

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


def test_a_definition_of_version_1_is_written_back_to_the_byte():
    old = (
        '{"version": 1, "any": [{"all": ['
        '{"field": "contract_stage", "operator": "any_of", "value": ["none", "joined"]}, '
        '{"field": "partner_group", "operator": "none_of", "value": [3]}, '
        '{"field": "template_term", "operator": "not_contains", "value": "Gold"}], "contracts": "any"}, '
        '{"all": [{"field": "contract_id", "operator": "any_of", "value": ["S-1"]}]}]}'
    )
    assert json.dumps(Definition.from_json(json.loads(old)).to_json()) == old


def test_a_definition_of_version_2_is_written_back_to_the_byte():
    new = (
        '{"version": 2, "any": [{"all": ['
        '{"field": "contract_end", "operator": "within", "value": {"next": 30}}, '
        '{"field": "contract_start", "operator": "not_within", '
        '"value": {"from": "2026-01-01", "to": "2026-03-31"}}, '
        '{"field": "original_joined_date", "operator": "within", "value": {"anniversary": {"next": 7}}}, '
        '{"field": "country", "operator": "is_empty"}, '
        '{"field": "contracts", "operator": "between", "value": {"from": "1", "to": "4"}, '
        '"where": [{"field": "contract_stage", "operator": "none_of", "value": ["joined"]}]}]}], '
        '"except": [{"all": [{"field": "segment", "operator": "any_of", "value": [12]}]}]}'
    )
    assert json.dumps(Definition.from_json(json.loads(new)).to_json()) == new


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({**JOINED, "where": [JOINED]}, "Contract Stage has no “where”: it counts nothing."),
        ({"where": [JOINED] * 6}, "At most 5 conditions can limit what is counted."),
        ({"where": {}}, "A condition's “where” has to be a list."),
        ({"where": [{**JOINED, "value": []}]}, "Where 1: Choose at least one value."),
        (
            {"where": [JOINED, {"field": "partner_id", "operator": "any_of", "value": [1]}]},
            "Contracts can't be limited by Partner ID like this.",
        ),
        (
            {"where": [{**JOINED, "value": ["none", "joined"]}]},
            "Contracts can't be limited by Contract Stage like this.",
        ),
    ],
)
def test_only_what_counts_can_be_limited_and_only_by_its_own_rows(condition, message):
    counted = {"field": "contracts", "operator": "at_least", "value": "2"}
    assert refusal(one_group({**counted, **condition})) == f"Group 1: Condition 1: {message}"


def test_what_limits_a_count_is_limited_by_nothing():
    counted = {"field": "contracts", "operator": "at_least", "value": "2"}
    assert refusal(one_group({**counted, "where": [{**counted, "where": [JOINED]}]})) == (
        "Group 1: Condition 1: Contracts can't be limited by Contracts like this."
    )


def test_exceptions_are_read_as_groups_are():
    definition = Definition.from_json({**one_group(JOINED), "except": [{"all": [JOINED]}]})
    assert definition.excepted == definition.any
    assert definition.groups == definition.any * 2
    assert Definition.from_json({**one_group(JOINED), "except": []}) == Definition(definition.any)


@pytest.mark.parametrize(
    ("excepted", "message"),
    [
        ({}, "A definition's “except” has to be a list."),
        (None, "A definition's “except” has to be a list."),
        ([{"all": []}], "Exception 1: A group needs at least one condition."),
        ([{"all": [JOINED]}, []], "Exception 2: A group has to be an object with names and values."),
        ([{"all": [JOINED]}] * 21, "A segment can have at most 20 groups."),
    ],
)
def test_wrong_exceptions_are_told(excepted, message):
    assert refusal({**one_group(JOINED), "except": excepted}) == message


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
        ({**one_group(JOINED), "name": "x"}, "A definition has no “name”; it has: any, except, version."),
        (one_group(JOINED, none=[]), "Group 1: A group has no “none”; it has: all, contracts."),
        (
            one_group({**JOINED, "negate": True}),
            "Group 1: Condition 1: A condition has no “negate”; it has: field, operator, value, where.",
        ),
        ({**one_group(JOINED), 7: "x"}, "A definition has no “7”; it has: any, except, version."),
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
            for missing in ("field", "operator")
        ),
        (
            one_group({"field": "contract_stage", "operator": "any_of"}),
            "Group 1: Condition 1: The value of Contract Stage has to be a list.",
        ),
    ],
)
def test_a_missing_key_is_named(data, message):
    assert refusal(data) == message


@pytest.mark.parametrize("version", [0, 3, 99, None, True, [1], {}])
def test_another_version_is_refused(version):
    assert refusal({**one_group(JOINED), "version": version}) == (
        f"This program reads definitions of versions 1 and 2, not of version {version}."
    )


def test_a_version_in_quotes_is_told_from_the_number():
    assert refusal({**one_group(JOINED), "version": "1"}) == (
        "A definition's “version” is a number, without quotes."
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


def test_all_conditions_together_have_two_hundred_thousand_values_and_no_more():
    full = {"field": "partner_id", "operator": "any_of", "value": list(range(1, 10_001))}
    assert Definition.from_json(one_group(*[full] * 20))
    most = "A segment can have at most 200,000 values in all its conditions; these are 200,001."
    one = {"field": "partner_id", "operator": "any_of", "value": [1]}
    assert refusal({"version": 1, "any": [{"all": [full] * 20}, {"all": [one]}]}) == most


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"version": 1, "any": [{"all": "unread"}] * 21}, "at most 20 groups"),
        ({"version": 2, "any": [{"all": [JOINED]}], "except": ["unread"] * 21}, "at most 20 groups"),
        (one_group(*["unread"] * 21), "at most 20 conditions"),
        (
            one_group({"field": "contracts", "operator": "at_least", "value": "2", "where": ["unread"] * 6}),
            "At most 5 conditions",
        ),
    ],
)
def test_parts_are_counted_before_any_is_read(data, message):
    assert message in refusal(data)
