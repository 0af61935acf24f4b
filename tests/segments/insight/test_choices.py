"""How many partners a segment would have with one more choice in a list of values."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segments.attributes import ReferenceAttribute
from segments.conditions import CATALOG
from segments.definition import Definition
from segments.insight import choices
from segments.insight.choices import ConditionPicker, choice_numbers
from segments.insight.limit_choices import LimitPicker
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT
from tests.segments.samples import SMALL_IDS
from tests.segments.strategies import conditions, definitions, programs, stored

pytestmark = pytest.mark.django_db

PICKED = [
    "contract_stage",
    "partner_group",
    "prospecting_stage",
    "template_term",
    "country",
    "business_model",
]
lists = conditions([CATALOG[key] for key in PICKED]).filter(lambda one: one["operator"].endswith("_of"))

counts = conditions([CATALOG["contracts"]])
lists_of_limits = (
    conditions([CATALOG[key].of_one_row() for key in ("contract_stage", "template_term")])
    .filter(lambda one: one["operator"].endswith("_of"))
    .map(lambda one: {**one, "value": [item for item in one["value"] if item != "none"]})
)


kept = st.tuples(st.sampled_from([1, 10_000]), st.booleans())
"""From how many rows on columns have an index, and whether some partners have changed."""


def choices_of(field):
    """All that can be chosen, and of what is picked by search, some that nobody has too."""
    if isinstance(CATALOG[field], ReferenceAttribute):
        return [*SMALL_IDS, 9]
    return [option.key for option in CATALOG[field].options()]


def picker(definition, group=0, condition=-1):
    """The last condition of the first group, unless told; without a value, while nothing is chosen."""
    groups = [*definition["any"], *definition.get("except", [])]
    asked = groups[group]["all"][condition]
    chosen = asked["value"]
    asked["value"] = chosen or choices_of(asked["field"])[:1]
    read = Definition.from_json(definition)
    place = condition % len(groups[group]["all"])
    return ConditionPicker(read, group, place, read.groups[group].all[place].value if chosen else ())


def numbers(definition, **place):
    with answered_by_masks():
        return choice_numbers(picker(definition, **place), AT)


@st.composite
def pickers(draw):
    """A random definition, in one of whose groups something is chosen from a list, or nothing is yet."""
    definition = draw(definitions)
    groups = [*definition["any"], *definition.get("except", [])]
    at = draw(st.integers(0, len(groups) - 1))
    asked = draw(lists)
    group = {**groups[at], "all": [*groups[at]["all"][: draw(st.integers(0, 3))], asked]}
    groups[at] = group
    if draw(st.booleans()):
        asked["value"] = []
    many = len(definition["any"])
    definition = {**definition, "any": groups[:many]}
    return (definition | {"except": groups[many:]} if groups[many:] else definition), at


EVERYBODY = {"all": [{"field": "contracts", "operator": "at_least", "value": "0"}]}


@st.composite
def pickers_of_limits(draw):
    """The same of what limits a count of contracts; the list stands among other limits.

    Mostly the count alone says who is in the segment, or who is not: other conditions hide what it does.
    """
    asked, limit = draw(counts), draw(lists_of_limits)
    where = asked.get("where", [])[: draw(st.integers(0, 2))]
    place = draw(st.integers(0, len(where)))
    asked = {**asked, "where": [*where[:place], limit, *where[place:]]}
    if draw(st.booleans()):
        limit["value"] = []
    alone = {"all": [asked]}
    kind = draw(st.sampled_from(["alone", "exception", "beside others"]))
    if kind == "alone":
        return {"version": 2, "any": [alone]}, 0, place
    if kind == "exception":
        return {"version": 2, "any": [EVERYBODY], "except": [alone]}, 1, place
    definition = draw(definitions)
    groups = [*definition["any"], *definition.get("except", [])]
    at, many = draw(st.integers(0, len(groups) - 1)), len(definition["any"])
    groups[at] = {**groups[at], "all": [*groups[at]["all"][: draw(st.integers(0, 1))], asked]}
    definition = {**definition, "any": groups[:many]}
    return (definition | {"except": groups[many:]} if groups[many:] else definition), at, place


def is_anniversary_of_an_instant(condition):
    is_day = condition.field in ("contract_stage_since", "last_transition_date")
    return is_day and bool(condition.value) and condition.value.token.is_anniversary


def held_against(program, definition, asked, found, but=()):
    chosen = asked["value"] if found.chosen else []
    for choice in [one for one in choices_of(asked["field"]) if one not in but]:
        asked["value"] = [*chosen, choice]
        yield str(choice), len(matching(definition, program))


@law(300)
@given(programs(), pickers(), st.sampled_from([False, False, True]), kept)
def test_every_number_is_the_size_of_the_segment_with_that_choice(program, drawn, singly, how):
    definition, at = drawn
    indexed_from, changed = how
    with stored(program), answered_by_masks(changed=changed), pytest.MonkeyPatch.context() as patch:
        patch.setattr("segments.query.columns.rows.INDEXED_FROM", indexed_from)
        asked = picker(definition, at)
        if singly:
            assume(asked.attribute.options())
            patch.setattr(choices, "listed_column", lambda condition: None)
        found = choice_numbers(asked, AT)
        if found is None:
            # The day of the year of an instant is no column, and terms are too many to be asked one by one.
            assert any(map(is_anniversary_of_an_instant, asked.together()))
            return
        groups = [*definition["any"], *definition.get("except", [])]
        for choice, size in held_against(program, definition, groups[at]["all"][-1], asked):
            assert (choice, found.of(choice)) == (choice, size)


def limit_picker(definition, at, place):
    """That of the last condition of a group."""
    groups = [*definition["any"], *definition.get("except", [])]
    limit = groups[at]["all"][-1]["where"][place]
    chosen = limit["value"]
    limit["value"] = chosen or [1 if limit["field"] == "template_term" else "joined"]
    read = Definition.from_json(definition)
    last = len(groups[at]["all"]) - 1
    values = read.groups[at].all[last].where[place].value if chosen else ()
    return limit, LimitPicker(read, at, last, values, place)


@law(300)
@given(programs(), pickers_of_limits(), st.booleans())
def test_every_number_of_a_limit_is_the_size_of_the_segment_with_that_choice(program, drawn, changed):
    with stored(program), answered_by_masks(changed=changed):
        limit, asked = limit_picker(*drawn)
        found = choice_numbers(asked, AT)
        beside = [one for one in asked.asked.where if one is not asked.limit]
        if found is None:
            assert any(map(is_anniversary_of_an_instant, beside))
            return
        for choice, size in held_against(program, drawn[0], limit, asked, but=["none"]):
            assert (choice, found.of(choice)) == (choice, size)
