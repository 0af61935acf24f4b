"""What the value of a condition may be, and what is said of one that it can't be."""

import pytest

from segments.attributes import MAX_ID
from segments.conditions import CATALOG
from segments.errors import IncompleteError
from tests.segments.operators import ASKED, LISTS, OPERATORS, TEXTS, asked_with
from tests.segments.samples import SAMPLES
from tests.segments.test_definition import asking, refusal, value_read


@pytest.mark.parametrize(("field", "operator"), ASKED)
def test_a_value_that_the_operator_does_not_take_is_refused(field, operator):
    for value, message in OPERATORS[operator].values.wrong(CATALOG[field]):
        assert refusal(asking(field, operator, value)) == f"Group 1: Condition 1: {message}", value


@pytest.mark.parametrize(("field", "operator"), ASKED)
def test_a_blank_value_is_not_yet_a_condition(field, operator):
    for value, message in OPERATORS[operator].values.blank(CATALOG[field]):
        said = refusal(asking(field, operator, value), IncompleteError)
        assert said == f"Group 1: Condition 1: {message}", value


@pytest.mark.parametrize(("field", "operator"), asked_with(TEXTS))
def test_a_text_is_trimmed_and_otherwise_left_as_it_is(field, operator):
    assert value_read(field, operator, "\u3000 É %_\\ \t") == "É %_\\"


@pytest.mark.parametrize(("field", "operator"), asked_with(TEXTS))
def test_what_nobody_sees_is_no_part_of_a_text(field, operator):
    assert value_read(field, operator, "\u200bgo\u00adld\u200e") == "gold"


@pytest.mark.parametrize(
    ("field", "typed", "read"),
    [
        ("contract_id", "\ufeffS-1\u200b", "S-1"),
        ("contract_id", "\u00a0S\u20111\u202f", "S-1"),
        ("contract_id", "\uff33\uff0d\uff11", "S-1"),
        ("contract_id", "S-1\u00b2", "S-1\u00b2"),
        ("partner_id", "70\u200b0123\u200e", 700123),
        ("partner_id", "\u00a0\uff17\uff100123\u00a0", 700123),
    ],
)
def test_what_nobody_sees_is_no_part_of_an_id(field, typed, read):
    assert value_read(field, "any_of", [typed]) == (read,)


@pytest.mark.parametrize(("field", "operator"), asked_with(TEXTS))
def test_a_text_can_be_as_long_as_a_name_and_no_longer(field, operator):
    assert value_read(field, operator, "é" * 200) == "é" * 200
    assert refusal(asking(field, operator, "é" * 201)) == (
        "Group 1: Condition 1: The text can have at most 200 characters."
    )


@pytest.mark.parametrize("letter", ["\x00", "\ud800", "\x7f"])
@pytest.mark.parametrize("operator", ["contains", "starts_with"])
def test_a_text_of_nothing_else_is_refused_for_it(operator, letter):
    assert refusal(asking("partner_name", operator, letter)) == (
        "Group 1: Condition 1: The text has a character that no name can have."
    )


def test_the_days_of_an_anniversary_are_told_how_to_be_written():
    assert refusal(asking("contract_end", "within", {"anniversary": {"next": "30"}})) == (
        'Group 1: Condition 1: A number of days stands without quotes: 30, not "30".'
    )


@pytest.mark.parametrize(("field", "operator"), asked_with(TEXTS))
@pytest.mark.parametrize("letter", ["\x00", "\t", "\n", "\x7f", chr(0xD800), chr(0xDFFF)])
def test_a_text_that_no_name_can_have_is_refused(field, operator, letter):
    assert refusal(asking(field, operator, f"go{letter}ld")) == (
        "Group 1: Condition 1: The text has a character that no name can have."
    )


IDS = [("partner_id", "Partner ID"), ("partner_name", "Partner Name")]
IDS += [("partner_group", "Partner Group"), ("template_term", "Partner Template Term")]


@pytest.mark.parametrize(("field", "label"), IDS)
def test_ids_may_be_given_as_digits_with_space_around(field, label):
    given = [7, "8", " 9 ", "\t10\n", "011", MAX_ID, str(MAX_ID)]
    assert value_read(field, "any_of", given) == (7, 8, 9, 10, 11, MAX_ID, MAX_ID)


@pytest.mark.parametrize(("field", "label"), IDS)
@pytest.mark.parametrize(
    "item",
    [
        *[True, False, None, 0, -1, 1.0, 2.5, MAX_ID + 1, 10**30, [], [1], {}],
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


@pytest.mark.parametrize("item", [True, None, 1.5, [], {}, "", " ", "\u3000", "S-1,S-2", "S-1 S-2"])
def test_what_can_be_no_contract_id_is_named(item):
    assert refusal(asking("contract_id", "any_of", [item])) == (
        f"Group 1: Condition 1: “{str(item).replace(chr(0x3000), '�')}” is not a Contract ID."
    )


@pytest.mark.parametrize("item", [5550001, 0, -1])
def test_a_contract_id_without_quotes_is_told_how_to_write_it(item):
    assert refusal(asking("contract_id", "any_of", [item])) == (
        f'Group 1: Condition 1: A Contract ID stands in quotes: "{item}", not {item}.'
    )


@pytest.mark.parametrize("item", ["x" * 51, "S-1\x00", "S-\ud800"])
def test_a_contract_id_that_no_contract_can_have_is_refused(item):
    assert refusal(asking("contract_id", "any_of", [item])).endswith("is not a Contract ID.")


STAGE_FIELDS = ["contract_stage", "prospecting_stage"]


@pytest.mark.parametrize("field", STAGE_FIELDS)
@pytest.mark.parametrize("item", ["unheard_of", "", " ", None, 1, True, [], {}])
def test_an_unknown_stage_is_named(field, item):
    assert refusal(asking(field, "any_of", ["joined", item])) == (
        f"Group 1: Condition 1: “{item}” is not a {CATALOG[field].label}."
    )


@pytest.mark.parametrize(
    ("field", "item", "key"),
    [
        *((field, item, "joined") for field in STAGE_FIELDS for item in ("Joined", "JOINED", " joined ")),
        ("contract_stage", "None", "none"),
        ("country", "Germany", "DE"),
        ("country", "de", "DE"),
    ],
)
def test_a_choice_named_as_people_read_it_is_told_how_to_be_written(field, item, key):
    assert refusal(asking(field, "any_of", [item])) == (
        f'Group 1: Condition 1: “{item}” is written "{key}" in a definition.'
    )


def test_none_is_a_contract_stage_only():
    assert value_read("contract_stage", "none_of", ["none"]) == ("none",)
    assert "“none” is not a Prospecting Stage" in refusal(asking("prospecting_stage", "any_of", ["none"]))


@pytest.mark.parametrize("field", ["contract_stage", "prospecting_stage"])
def test_every_stage_that_can_be_chosen_is_read(field):
    keys = tuple(option.key for option in CATALOG[field].options())
    assert value_read(field, "any_of", list(keys)) == keys


@pytest.mark.parametrize(("field", "operator"), asked_with(LISTS))
def test_a_list_of_ten_thousand_values_is_read_and_no_more(field, operator):
    many = list(SAMPLES[field].filler(10_000))
    assert value_read(field, operator, many) == tuple(many)
    assert refusal(asking(field, operator, [*many, many[0]])) == (
        "Group 1: Condition 1: A condition can have at most 10,000 values; these are 10,001."
    )


def test_a_currency_may_be_typed_in_any_letters():
    assert value_read("contract_currency", "any_of", ["eur", " Usd\u200b\n"]) == ("EUR", "USD")


@pytest.mark.parametrize("item", ["EURO", "E", "", "€", "12A", None, 1, [], {}])
def test_what_can_be_no_currency_is_named(item):
    assert refusal(asking("contract_currency", "any_of", ["EUR", item])) == (
        f"Group 1: Condition 1: “{item}” is not a Contract Currency."
    )
