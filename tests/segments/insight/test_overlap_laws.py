"""The parts of compared segments are disjoint and add up; what is written down of one has its partners."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.models import Partner
from segments.analysis.set_algebra import InexpressibleError, as_definition
from segments.definition import Definition
from segments.insight.overlap import compare, definition_of_part, insides, members_of_part
from segments.query import difference
from segments.query.keyset import ORDERINGS
from segments.query.sql import SqlQuery
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db

several = st.lists(definitions, min_size=2, max_size=3)


def read(raw):
    return [Definition.from_json(one) for one in raw]


def part_of(raw, inside, program):
    """The ids of those who are in just these of the segments."""
    sets = [matching(one, program) for one in raw]
    return {
        pk
        for pk in program.ids
        if all((pk in found) == (place in inside) for place, found in enumerate(sets))
    }


@law(60)
@given(programs(), several, st.booleans())
def test_the_parts_are_disjoint_and_add_up_to_the_union(program, raw, masks):
    with stored(program), answered_by_masks(yes=masks):
        found = compare(read(raw), AT)
        union = set().union(*(matching(one, program) for one in raw))
        assert found.union == len(union)
        assert found.parts == {inside: len(part_of(raw, inside, program)) for inside in insides(len(raw))}
        assert [found.size(place) for place in range(len(raw))] == [
            len(matching(one, program)) for one in raw
        ]


@law(40)
@given(programs(), several, st.sampled_from(sorted(ORDERINGS)), st.booleans(), st.booleans())
def test_a_part_is_listed_in_full_and_nobody_else_is(program, raw, order, many, masks):
    with stored(program), answered_by_masks(yes=masks), pytest.MonkeyPatch.context() as patch:
        patch.setattr(difference, "SORT_FIRST_BELOW", 1 if many else 5_000)
        listed = []
        for inside in insides(len(raw)):
            part = members_of_part(read(raw), inside, AT)
            ids = [partner.pk for partner in part.page(100, order=ORDERINGS[order])]
            assert sorted(ids) == sorted(part_of(raw, inside, program))
            assert part.count == len(ids)
            listed += ids
        assert len(listed) == len(set(listed))
        assert set(listed) <= set(Partner.objects.values_list("pk", flat=True))


@law(80)
@given(programs(), several)
def test_what_is_written_down_of_a_part_has_exactly_its_partners(program, raw):
    with stored(program):
        for inside in insides(len(raw)):
            try:
                written = definition_of_part(read(raw), inside)
            except InexpressibleError as reason:
                assert str(reason)  # noqa: PT017 - nothing else may be said of it
                continue
            assert Definition.from_json(written.to_json()) == written
            assert matching(written.to_json(), program) == part_of(raw, inside, program)
            assert SqlQuery(written, AT).count == len(part_of(raw, inside, program))


@law(60)
@given(programs(), definitions)
def test_a_segment_alone_is_written_down_as_it_is_meant(program, raw):
    try:
        written = as_definition(read([raw]), [])
    except InexpressibleError:
        assert matching(raw, program) == set()
    else:
        assert matching(written.to_json(), program) == matching(raw, program)
