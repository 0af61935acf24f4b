"""Every number of the funnel is the size of a segment that can be written down."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.definition import Definition
from segments.insight.funnel import funnel
from segments.query import bitmaps as patterns
from segments.query.members import SegmentQuery
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.moments import AT
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db


def drawn(group):
    """The conditions as the builder draws them: several that may share a contract stand first."""
    first = [
        one
        for one in group["all"]
        if one["field"] in ("contract_stage", "template_term", "contract_id")
        and one["operator"] not in ("none_of", "not_contains")
    ]
    if len(first) < 2:
        return group["all"]
    return first + [one for one in group["all"] if not any(one is other for other in first)]


def only(group, conditions):
    return {**group, "all": list(conditions)}


def any_of(groups):
    return {"version": 1, "any": list(groups)}


def segments_of(definition):
    """For each group: the segments that its numbers are the sizes of, written down by hand.

    A group's own segment; for each condition three: it alone, it with those drawn above it, all without it.
    """
    for group in definition["any"]:
        others = [one for one in definition["any"] if one is not group]
        conditions = []
        for at, condition in enumerate(group["all"]):
            order = drawn(group)
            place = [one is condition for one in order].index(True)
            left = [one for number, one in enumerate(group["all"]) if number != at]
            conditions.append(
                (
                    any_of([only(group, [condition])]),
                    any_of([only(group, order[: place + 1])]),
                    any_of([only(group, left) if one is group else one for one in definition["any"]])
                    if left
                    else any_of(others),
                )
            )
        yield any_of([group]), any_of(others), conditions


def size(definition, program):
    return len(matching(definition, program)) if definition["any"] else None


@law(150)
@given(programs(), definitions, st.sampled_from([60, 60, 2]))
def test_every_number_is_the_size_of_a_segment_written_down_by_hand(program, definition, word):
    with stored(program), pytest.MonkeyPatch.context() as patch:
        patch.setattr(patterns, "BITS_PER_WORD", word)
        everybody = matching(definition, program)
        found = funnel(Definition.from_json(definition), AT)
        assert not found.too_slow
        for numbers, (whole, others, parts) in zip(found.groups, segments_of(definition), strict=True):
            assert numbers.size == size(whole, program)
            assert numbers.only == len(everybody - (matching(others, program) if others["any"] else set()))
            for condition, (alone, remain, without) in zip(numbers.conditions, parts, strict=True):
                assert condition.alone == size(alone, program)
                assert condition.remain == size(remain, program)
                assert condition.without == size(without, program)


@law(40)
@given(programs(), definitions)
def test_every_number_is_what_counting_that_segment_says(program, definition):
    with stored(program):
        found = funnel(Definition.from_json(definition), AT)
        for numbers, (whole, _others, parts) in zip(found.groups, segments_of(definition), strict=True):
            assert numbers.size == SegmentQuery(Definition.from_json(whole), AT).count
            for condition, several in zip(numbers.conditions, parts, strict=True):
                counts = [
                    SegmentQuery(Definition.from_json(one), AT).count if one["any"] else None
                    for one in several
                ]
                assert [condition.alone, condition.remain, condition.without] == counts


@law(60)
@given(programs(), definitions)
def test_the_numbers_fit_together(program, definition):
    with stored(program):
        read = Definition.from_json(definition)
        found, total = funnel(read, AT), SegmentQuery(read, AT).count
        for group in found.groups:
            assert group.only <= group.size <= total
            assert group.size == min(one.remain for one in group.conditions)
            for condition in group.conditions:
                assert condition.remain <= condition.alone
                if len(group.conditions) > 1:
                    assert condition.without >= total
