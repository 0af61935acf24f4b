"""What the tests know of each operator: what it asks, and which values it takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from segments.conditions import CATALOG
from tests.segments.samples import SAMPLES
from tests.segments.texts import folded, texts


@dataclass(frozen=True, kw_only=True)
class Values:
    """A type of value.

    `drawn` is a strategy for what a condition on an attribute has besides its field and operator, `some` an
    example of it (where lists can have any length, with so many items). Each of the `wrong` values is refused
    with the message that `refusal` gives for the attribute, each of the `blank` ones with that of `missing`.
    """

    drawn: Callable[[Any], st.SearchStrategy]
    some: Callable[[Any, int], dict[str, Any]]
    wrong: Sequence[Any]
    refusal: Callable[[Any], str]
    blank: Sequence[Any] = ()
    missing: Callable[[Any], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Sample:
    """An operator: the values that it takes, and which rows meet it.

    `met` says whether a condition is met by what a partner or a contract has in its field (see `has` of the
    samples of fields). `negative` is the key of the operator that is its exact complement over all partners.
    """

    values: Values
    met: Callable[[dict[str, Any], Sequence[tuple[Any, str | None]]], bool]
    negative: str = ""


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
    wrong=["joined", 1, None, {"1": 1}, True],
    refusal=lambda attribute: f"The value of {attribute.label} has to be a list.",
    blank=[[]],
    missing=lambda attribute: attribute.missing_value(),
)
TEXTS = Values(
    drawn=lambda attribute: st.fixed_dictionaries({"value": texts}),
    some=lambda attribute, length: {"value": "gold"},
    wrong=[["gold"], 1, None, {}, True],
    refusal=lambda attribute: "The value has to be a text.",
    blank=["", "   ", "\t\n", "\u3000\u00a0", "\u200b", "\u202e \u200d", "\u3164", "\ufe0f"],
    missing=lambda attribute: "Type the text to look for.",
)


def is_listed(condition, has):
    items = [str(item).strip() for item in condition["value"]]
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
}

POSITIVE = {sample.negative: key for key, sample in POSITIVE_OPERATORS.items() if sample.negative}
"""The positive form of each negative operator."""

OPERATORS = POSITIVE_OPERATORS | {negative: POSITIVE_OPERATORS[key] for negative, key in POSITIVE.items()}
"""All of them by key; a negative one is told by its positive form."""

ASKED = [(attribute.key, operator.key) for attribute in CATALOG.values() for operator in attribute.operators]
"""Each field with each of its operators."""


def asked_with(values):
    """The fields and operators that take this type of value."""
    return [(field, operator) for field, operator in ASKED if OPERATORS[operator].values is values]
