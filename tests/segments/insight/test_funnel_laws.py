"""Every number of the funnel is the size of a segment that can be written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.definition import Definition
from segments.insight.funnel import funnel
from segments.query import bitmaps as patterns
from segments.query.sql import SqlQuery
from tests.laws import law
from tests.segments.evaluator import OF_CONTRACT, matching
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT
from tests.segments.operators import POSITIVE
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db


def drawn(group):
    """The conditions as the builder draws them: several that may share a contract stand first."""
    first = [one for one in group["all"] if one["field"] in OF_CONTRACT and one["operator"] not in POSITIVE]
    if len(first) < 2:
        return group["all"]
    return first + [one for one in group["all"] if not any(one is other for other in first)]


def only(group, conditions):
    return {**group, "all": list(conditions)}


def any_of(groups, exceptions=()):
    return {"version": 1, "any": list(groups), **({"except": list(exceptions)} if exceptions else {})}


def segments_of(definition):
    """For each group: the segments that its numbers are the sizes of, written down by hand.

    A group's own segment; for each condition three: it alone, it with those drawn above it, all without it.
    """
    groups, exceptions = definition["any"], definition.get("except", [])
    for group in groups:
        yield (
            any_of([group]),
            any_of([one for one in groups if one is not group], exceptions),
            [
                (any_of([alone]), any_of([remain]), any_of(replaced(groups, group, left), exceptions))
                for alone, remain, left in parts_of(group)
            ],
        )


def exceptions_of(definition):
    """The same of each exception: whom it takes out of the groups, and who would be in without it."""
    groups, exceptions = definition["any"], definition.get("except", [])
    for group in exceptions:
        yield (
            [group],
            any_of(groups, [one for one in exceptions if one is not group]),
            [
                ([alone], [remain], any_of(groups, replaced(exceptions, group, left)))
                for alone, remain, left in parts_of(group)
            ],
        )


def parts_of(group):
    order = drawn(group)
    for at, condition in enumerate(group["all"]):
        place = [one is condition for one in order].index(True)
        left = [one for number, one in enumerate(group["all"]) if number != at]
        yield only(group, [condition]), only(group, order[: place + 1]), only(group, left) if left else None


def replaced(groups, group, left):
    """The groups with something else left of one of them, or nothing."""
    return [one if one is not group else left for one in groups if one is not group or left]


def size(definition, program):
    return len(matching(definition, program)) if definition["any"] else None


@law(150)
@given(programs(), definitions, st.sampled_from([60, 60, 2]), st.booleans())
def test_every_number_is_the_size_of_a_segment_written_down_by_hand(program, definition, word, masks):
    with stored(program), answered_by_masks(yes=masks), pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns, "BITS_PER_WORD", word)
        everybody = matching(definition, program)
        found = funnel(Definition.from_json(definition), AT)
        assert not found.too_slow
        many = len(definition["any"])
        for numbers, (whole, others, parts) in zip(found.groups[:many], segments_of(definition), strict=True):
            assert numbers.size == size(whole, program)
            assert numbers.only == len(everybody - (matching(others, program) if others["any"] else set()))
            for condition, (alone, remain, without) in zip(numbers.conditions, parts, strict=True):
                assert condition.alone == size(alone, program)
                assert condition.remain == size(remain, program)
                assert condition.without == size(without, program)
        inside = matching(any_of(definition["any"]), program)
        for numbers, (whole, others, parts) in zip(
            found.groups[many:], exceptions_of(definition), strict=True
        ):
            assert numbers.size == len(inside & matching(any_of(whole), program))
            assert numbers.only == len(matching(others, program) - everybody)
            for condition, (alone, remain, without) in zip(numbers.conditions, parts, strict=True):
                assert condition.alone == len(inside & matching(any_of(alone), program))
                assert condition.remain == len(inside & matching(any_of(remain), program))
                assert condition.without == size(without, program)


@law(40)
@given(programs(), definitions)
def test_every_number_is_what_counting_that_segment_says(program, definition):
    with stored(program):
        found = funnel(Definition.from_json(definition), AT)
        many = len(definition["any"])
        for numbers, (whole, _others, parts) in zip(
            found.groups[:many], segments_of(definition), strict=True
        ):
            assert numbers.size == SqlQuery(Definition.from_json(whole), AT).count
            for condition, several in zip(numbers.conditions, parts, strict=True):
                counts = [
                    SqlQuery(Definition.from_json(one), AT).count if one["any"] else None for one in several
                ]
                assert [condition.alone, condition.remain, condition.without] == counts


@law(60)
@given(programs(), definitions)
def test_the_numbers_fit_together(program, definition):
    with stored(program):
        read = Definition.from_json(definition)
        found, total = funnel(read, AT), SqlQuery(read, AT).count
        for place, group in enumerate(found.groups):
            is_exception = place >= len(read.any)
            assert group.only <= group.size
            assert is_exception or group.only <= total
            assert group.size == min(one.remain for one in group.conditions)
            for condition in group.conditions:
                assert condition.remain <= condition.alone
                if len(group.conditions) > 1:
                    assert (condition.without - total) * (-1 if is_exception else 1) >= 0
