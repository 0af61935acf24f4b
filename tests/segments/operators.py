"""What the tests know of each operator: what it asks, and which values it takes."""

import unicodedata
from calendar import isleap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import eq, ge, gt
from typing import Any

from hypothesis import strategies as st

from segments.attributes import quote_for_message
from segments.conditions import CATALOG
from tests.segments.moments import TODAY, days_from_today
from tests.segments.samples import INNER, SAMPLES
from tests.segments.texts import folded, texts


@dataclass(frozen=True, kw_only=True)
class Values:
    """A type of value.

    `drawn` is a strategy for what a condition on an attribute has besides its field and operator, `some` an
    example of it (where lists can have any length, with so many items). `wrong` has values with the message
    that refuses them, of an attribute, and `blank` those that are still to be filled in.
    """

    drawn: Callable[[Any], st.SearchStrategy]
    some: Callable[[Any, int], dict[str, Any]]
    wrong: Callable[[Any], Sequence[tuple[Any, str]]]
    blank: Callable[[Any], Sequence[tuple[Any, str]]] = lambda attribute: []


@dataclass(frozen=True, kw_only=True)
class Sample:
    """An operator: the values that it takes, and which rows meet it.

    `met` says whether a condition is met by what a partner or a contract has in its field (see `has` of the
    samples of fields). `negative` is the key of the operator that is its exact complement over all partners.
    """

    values: Values
    met: Callable[[dict[str, Any], Sequence[tuple[Any, str | None]]], bool]
    negative: str = ""


def each(values, message):
    """These values, each with the message; `%s` in it stands for the value."""
    return [(value, message.replace("%s", str(value))) for value in values]


def few(keys):
    """One of the first few choices, where programs and definitions meet; or any."""
    return st.sampled_from(keys[:4]) | st.sampled_from(keys)


def drawn_lists(attribute):
    """Lists of what is present in programs, and of what is absent."""
    sample, missing = SAMPLES[attribute.key], attribute.missing_choice
    held = [value for value in sample.values if value != ""]
    lists = _lists(few([missing.key, *held] if missing else held), filler=list(sample.filler(101)))
    return st.fixed_dictionaries({"value": lists | st.just([missing.key]) if missing else lists})


def _lists(items, *, filler):
    """Lists of a few items; one in eight so long that it is asked as one parameter."""
    some = st.lists(items, min_size=1, max_size=4)
    return st.tuples(some, st.integers(1, 8)).map(lambda pair: pair[0] + filler * (pair[1] == 8))


def some_list(attribute, length):
    choices = [option.key for option in attribute.options() if option is not attribute.missing_choice]
    return {"value": choices or list(SAMPLES[attribute.key].filler(length))}


LISTS = Values(
    drawn=drawn_lists,
    some=some_list,
    wrong=lambda attribute: each(
        ["joined", 1, None, {"1": 1}, True], f"The value of {attribute.label} has to be a list."
    ),
    blank=lambda attribute: each([[]], attribute.missing_value()),
)
TEXTS = Values(
    drawn=lambda attribute: st.fixed_dictionaries({"value": texts}),
    some=lambda attribute, length: {"value": "gold"},
    wrong=lambda attribute: each([["gold"], 1, None, {}, True], "The value has to be a text."),
    blank=lambda attribute: each(
        ["", "   ", "\t\n", "\u3000\u00a0", "\u200b", "\u202e \u200d", "\u3164", "\ufe0f"],
        "Type the text to look for.",
    ),
)


def drawn_days(attribute):
    return st.fixed_dictionaries({"value": days_of_some_segment if attribute.asks_history else days})


def _day(number):
    return days_from_today(number).isoformat()


COUNTED = ["days_ago", "in_days", "more_days_ago", "more_days_ahead"]
_near = st.sampled_from([0, 1, 7, 8, 29, 30, 31, 365, 366, 1000, 3650])
_some_day = st.sampled_from([-1000, -366, -30, -1, 0, 1, 29, 30, 400]).map(_day)
days = st.one_of(
    st.dictionaries(st.sampled_from(["on", "before", "after"]), _some_day, min_size=1, max_size=1),
    st.tuples(_some_day, _some_day).map(lambda pair: {"from": min(pair), "to": max(pair)}),
    st.dictionaries(st.sampled_from(COUNTED), _near, min_size=1, max_size=1),
    st.dictionaries(st.sampled_from(["last", "next"]), _near.filter(bool), min_size=1, max_size=1),
    st.dictionaries(
        st.sampled_from(["this", "previous", "following"]),
        st.sampled_from(["week", "month", "quarter", "year"]),
        min_size=1,
        max_size=1,
    ),
    _near.filter(bool).map(lambda number: {"anniversary": {"next": number}}),
)


days_of_some_segment = st.fixed_dictionaries({"segment": st.sampled_from([*INNER]), "days": days})


def of_a_segment(attribute, values):
    """These days, of a segment where the attribute asks for the days of one; each with its message."""
    if not attribute.asks_history:
        return values
    return [({"segment": min(INNER), "days": value}, message) for value, message in values]


def wrong_values_with_days(attribute):
    """Of those with a segment, all that is no such object, too."""
    found = of_a_segment(attribute, wrong_days(attribute))
    if not attribute.asks_history:
        return found
    days, key = {"last": 7}, min(INNER)
    no_object = [[1], 1, None, days, {"segment": key}, {"segment": key, "days": days, "cause": "data"}]
    no_key = [0, -1, 2**63, 1.5, None, True, [key], "VIP"]
    return [
        *found,
        *each(no_object, "The value has to be an object with “segment” and “days”."),
        *(
            ({"segment": one, "days": days}, f"“{quote_for_message(one)}” is not a {attribute.label}.")
            for one in no_key
        ),
    ]


def wrong_days(attribute):
    """Values that are no object, tokens that there are not, and each type of argument as it can't be."""
    no_object = [[1], "2026-11-28", 1, None, True, {}, {"last": 1, "next": 1}, {"on": "", "to": ""}]
    no_day = ["28.11.2026", "2026-02-29", "2026-11-28T00:00", "20261128", "\uff12026-11-28", 20261128, None]
    no_unit = ["decade", "Week", "", 1, None, ["week"], {}]
    return [
        *each(no_object, "The value has to be an object such as {“next”: 30}."),
        *(({key: 1}, f"“{key}” is no way to name days.") for key in ("someday", "from", "to", "NEXT", "", 1)),
        *no_argument(["last", "next"], 0, "“%s” is not a number of days from 1 to 3,650."),
        *no_argument(COUNTED, -1, "“%s” is not a number of days from 0 to 3,650."),
        *of_tokens(["on", "before", "after"], each(no_day, "“%s” is not a day, written as in 2026-11-28.")),
        *of_tokens(
            ["this", "previous", "following"],
            each(no_unit, "“%s” is no period of the calendar; there are: week, month, quarter, year."),
        ),
        *of_tokens(
            ["anniversary"],
            each([30, None, {}, {"last": 30}], "An anniversary has to be an object such as {“next”: 30}."),
        ),
        ({"anniversary": {"next": 0}}, "“0” is not a number of days from 1 to 3,650."),
        ({"from": "2026-11-28", "to": "2026-11-27"}, "The last day is before the first one."),
        ({"from": "2026-11-28", "to": 1}, "“1” is not a day, written as in 2026-11-28."),
    ]


def no_argument(tokens, too_small, message):
    quoted = 'A number of days stands without quotes: 30, not "30".'
    return of_tokens(tokens, [*each([too_small, 3_651, 1.5, True, None, [30]], message), ("30", quoted)])


def of_tokens(tokens, arguments):
    return [({token: argument}, message) for token in tokens for argument, message in arguments]


DAYS = Values(
    drawn=drawn_days,
    some=lambda attribute, length: {
        "value": {"segment": min(INNER), "days": {"next": 30}} if attribute.asks_history else {"next": 30}
    },
    wrong=wrong_values_with_days,
    blank=lambda attribute: [
        *of_a_segment(
            attribute,
            [
                *of_tokens(["last", "next", *COUNTED], [("", "Type a number of days.")]),
                ({"anniversary": {"next": ""}}, "Type a number of days."),
                *of_tokens(["on", "before", "after"], [("", "Choose a day.")]),
                *(({"from": first, "to": ""}, "Choose a day.") for first in ("", "2026-11-28")),
            ],
        ),
        *([({"segment": "", "days": {"last": 7}}, "Choose a segment.")] if attribute.asks_history else []),
    ],
)
NOTHING = Values(
    drawn=lambda attribute: st.just({}),
    some=lambda attribute, length: {},
    wrong=lambda attribute: each([[], "", 0, {}, False], "Such a condition has no value."),
)
NO_NUMBERS = [1.5, "1.5", "-1", "01", "1e3", "1000000001", "9" * 20, "\u0663", " 1", None, True]
NO_NUMBER = "“%s” is not a whole number from 0 to 1,000,000,000."
UNQUOTED = [
    (number, f'A number stands in quotes: "{number}", not {number}.') for number in (0, 1, -1, 10**30)
]
_number = st.integers(0, 4).map(str)
NUMBER = Values(
    drawn=lambda attribute: st.fixed_dictionaries({"value": _number}) | limited({"value": _number}),
    some=lambda attribute, length: {"value": "1"},
    wrong=lambda attribute: [*each([*NO_NUMBERS, [], {}], NO_NUMBER), *UNQUOTED],
    blank=lambda attribute: [("", "Type a number.")],
)
_numbers = st.tuples(st.integers(0, 4), st.integers(0, 3)).map(
    lambda pair: {"from": str(pair[0]), "to": str(pair[0] + pair[1])}
)
NUMBERS = Values(
    drawn=lambda attribute: st.fixed_dictionaries({"value": _numbers}) | limited({"value": _numbers}),
    some=lambda attribute, length: {"value": {"from": "1", "to": "2"}},
    wrong=lambda attribute: [
        *each(
            ["1", ["1", "2"], {"from": "1"}, {}, {"from": "1", "to": "2", "by": "1"}, None, True],
            "The value has to be an object with “from” and “to”.",
        ),
        *(({"from": one, "to": "2"}, why) for one, why in [*each(NO_NUMBERS, NO_NUMBER), *UNQUOTED]),
        *(({"from": "0", "to": one}, why) for one, why in [*each(NO_NUMBERS, NO_NUMBER), *UNQUOTED]),
        ({"from": "2", "to": "1"}, "The second number is below the first one."),
    ],
    blank=lambda attribute: each([{"from": "", "to": "1"}, {"from": "1", "to": ""}], "Type a number."),
)


@cache
def _limits():
    """One or two conditions of contracts, of those that any operator makes.

    Made once and not for each condition: Hypothesis takes longer to make a strategy than to draw from it.
    """
    by_pair = {
        (attribute.key, operator.key): OPERATORS[operator.key]
        .values.drawn(attribute)
        .map({"field": attribute.key, "operator": operator.key}.__or__)
        for attribute in CATALOG.values()
        for operator in attribute.operators
        if attribute.relation == CATALOG["contract_stage"].relation
    }
    one = st.sampled_from(list(by_pair)).flatmap(by_pair.__getitem__)
    return st.lists(one, min_size=1, max_size=2)


@st.composite
def limited(draw, value):
    """A count of the rows that meet some other conditions."""
    where = [one for one in draw(_limits()) if "none" not in one.get("value", [])]
    return draw(st.fixed_dictionaries(value)) | ({"where": where} if where else {})


def is_within(condition, has):
    value = condition["value"]
    if "segment" in value:
        has = [(day, None) for (segment, day), _text in has if segment == value["segment"]]
    days = value.get("days", value)
    return any(isinstance(found, date) and in_days(days, found) for found, _text in has)


def in_days(value, day):
    """Whether a day is among those that a value means, as the table of the rules says it."""
    (token, argument), *_last = value.items()
    if token == "from":
        return argument <= day.isoformat() <= value["to"]
    ago = (TODAY - day).days
    if token in ("on", "before", "after"):
        wanted = date.fromisoformat(argument)
        return {"on": day == wanted, "before": day < wanted, "after": day > wanted}[token]
    if token in ("this", "previous", "following"):
        shift = {"this": 0, "previous": -1, "following": 1}[token]
        return period(day, argument) - period(TODAY, argument) == shift
    if token == "anniversary":
        return any(is_anniversary(days_from_today(number), day) for number in range(argument["next"]))
    return {
        "days_ago": ago == argument,
        "in_days": -ago == argument,
        "last": 0 <= ago < argument,
        "next": 0 <= -ago < argument,
        "more_days_ago": ago > argument,
        "more_days_ahead": -ago > argument,
    }[token]


def period(day, unit):
    """The number of the period that a day is in, counted from some other."""
    if unit == "week":
        return (day.toordinal() - 1) // 7
    months = day.year * 12 + day.month - 1
    return months // {"month": 1, "quarter": 3, "year": 12}[unit]


def is_anniversary(day, of):
    counts_as = of.replace(day=28) if (of.month, of.day) == (2, 29) and not isleap(day.year) else of
    return day.year > of.year and (day.month, day.day) == (counts_as.month, counts_as.day)


def is_nothing(condition, has):
    return all(found in (None, "") for found, _text in has)


def number_meets(compare):
    def met(condition, has):
        [(number, _text)] = has
        value = condition["value"]
        bounds = (value["from"], value["to"]) if isinstance(value, dict) else (value,)
        return compare(number, *map(int, bounds))

    return met


def is_listed(condition, has):
    # What is asked for is composed, as names and numbers are where they are stored by a screen or a file.
    items = [unicodedata.normalize("NFC", str(item)).strip() for item in condition["value"]]
    return any(found in map(type(found), items) for found, _text in has)


def is_contained(condition, has):
    return any(folded(condition["value"]) in text for text in _folded_texts(has))


def is_start(condition, has):
    return any(text.startswith(folded(condition["value"])) for text in _folded_texts(has))


def _folded_texts(has):
    return [folded(text) for _found, text in has if text is not None]


POSITIVE_OPERATORS = {
    "any_of": Sample(values=LISTS, met=is_listed, negative="none_of"),
    "contains": Sample(values=TEXTS, met=is_contained, negative="not_contains"),
    "starts_with": Sample(values=TEXTS, met=is_start),
    "within": Sample(values=DAYS, met=is_within, negative="not_within"),
    "is_empty": Sample(values=NOTHING, met=is_nothing, negative="is_not_empty"),
    "at_least": Sample(values=NUMBER, met=number_meets(ge), negative="less_than"),
    "more_than": Sample(values=NUMBER, met=number_meets(gt), negative="at_most"),
    "equals": Sample(values=NUMBER, met=number_meets(eq), negative="differs"),
    "between": Sample(
        values=NUMBERS,
        met=number_meets(lambda number, low, high: low <= number <= high),
        negative="not_between",
    ),
}

POSITIVE = {sample.negative: key for key, sample in POSITIVE_OPERATORS.items() if sample.negative}
"""The positive form of each negative operator."""

COMPLEMENTS = POSITIVE | {key: negative for negative, key in POSITIVE.items()}
"""The operators that hold for exactly the other partners, both ways."""

OPERATORS = POSITIVE_OPERATORS | {negative: POSITIVE_OPERATORS[key] for negative, key in POSITIVE.items()}
"""All of them by key; a negative one is told by its positive form."""

ASKED = [(attribute.key, operator.key) for attribute in CATALOG.values() for operator in attribute.operators]
"""Each field with each of its operators."""


def asked_with(values):
    """The fields and operators that take this type of value."""
    return [(field, operator) for field, operator in ASKED if OPERATORS[operator].values is values]
