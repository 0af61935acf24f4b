"""How many partners a segment would have with one more choice in a list of values."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from segments.attributes import ReferenceAttribute
from segments.conditions import CATALOG
from segments.definition import Definition
from segments.insight import choices
from segments.insight.choices import Picker, choice_numbers
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
    return Picker(read, group, place, read.groups[group].all[place].value if chosen else ())


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


def is_anniversary_of_an_instant(condition):
    is_day = condition.field in ("contract_stage_since", "last_transition_date")
    return is_day and bool(condition.value) and condition.value.token.is_anniversary


def held_against(program, definition, at, found):
    groups = [*definition["any"], *definition.get("except", [])]
    asked = groups[at]["all"][-1]
    chosen = asked["value"] if found.chosen else []
    for choice in choices_of(asked["field"]):
        asked["value"] = [*chosen, choice]
        yield str(choice), len(matching(definition, program))


@law(300)
@given(programs(), pickers(), st.sampled_from([False, False, True]))
def test_every_number_is_the_size_of_the_segment_with_that_choice(program, drawn, singly):
    definition, at = drawn
    with stored(program), answered_by_masks(), pytest.MonkeyPatch.context() as patch:
        asked = picker(definition, at)
        if singly:
            assume(asked.attribute.options())
            patch.setattr(choices, "listed_column", lambda condition: None)
        found = choice_numbers(asked, AT)
        together = [one.field for one in asked.together()]
        if found is None:
            # A Contract ID or a text is no column, nor is the day of the year of an instant; and terms are
            # too many to be asked for one by one.
            assert "contract_id" in together or any(map(is_anniversary_of_an_instant, asked.together()))
            return
        for choice, size in held_against(program, definition, at, asked):
            assert (choice, found.of(choice)) == (choice, size)
