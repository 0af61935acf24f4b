"""Who enters and leaves the segments that name one, when that one is saved otherwise."""

import pytest

from partners.core.time_limit import TooSlowError
from segments.definition import Definition
from segments.insight.changes import MAX_SEGMENTS_SHOWN, outer_changes
from tests.factories import PartnerFactory
from tests.segments.forms import EXPIRED, NEW, PROSPECTS, any_of, change, form, saved, text_of
from tests.segments.masks import answered_by_masks
from tests.segments.test_nesting import naming, now, within

pytestmark = pytest.mark.django_db


@pytest.fixture
def inner():
    """Two who are new and three who have expired; the segment has the new ones."""
    PartnerFactory.create_batch(2)
    PartnerFactory.create_batch(3, prospecting_stage="expired")
    return saved("Inner", PROSPECTS)


def counted(segment, definition):
    found = outer_changes(segment, Definition.from_json(definition), now())
    return {one.segment.name: (one.enter, one.leave) for one in found.counted}


@pytest.mark.parametrize("masks", [False, True], ids=["SQL", "masks"])
def test_counts_for_each_that_names_it_directly_or_through_others(inner, masks):
    direct = saved("Direct", naming([within(inner)]))
    saved("Without", naming([within(inner, operator="none_of")]))
    saved("Beyond", {**naming([NEW], [EXPIRED]), "except": [{"all": [within(direct)]}]})
    saved("Wider", naming([within(inner)], [NEW], [EXPIRED]))
    saved("Stranger", PROSPECTS)
    with answered_by_masks(yes=masks):
        found = counted(inner, any_of([EXPIRED]))
    assert found == {
        "Direct": (3, 2),
        "Without": (2, 3),
        "Beyond": (2, 3),
        "Wider": (0, 0),
    }


def test_says_that_all_leave_where_saving_would_break_them(inner):
    outer = saved("Outer", naming([within(inner)]))
    assert counted(inner, naming([within(outer)])) == {"Outer": (0, 2)}


def test_counts_the_first_of_many_and_says_how_many_are_left(inner):
    for number in range(MAX_SEGMENTS_SHOWN + 3):
        saved(f"Outer {number:02}", naming([within(inner)]))
    found = outer_changes(inner, Definition.from_json(any_of([EXPIRED])), now())
    assert (len(found.counted), found.uncounted) == (MAX_SEGMENTS_SHOWN, 3)


def test_says_how_many_were_not_counted_in_time(inner, monkeypatch):
    def too_slow(*_arguments, **_keywords):
        raise TooSlowError

    saved("Outer", naming([within(inner)]))
    monkeypatch.setattr("segments.insight.changes.difference_query", too_slow)
    found = outer_changes(inner, Definition.from_json(any_of([EXPIRED])), now())
    assert (found.counted, found.uncounted) == ([], 1)


def test_is_shown_before_saving(as_editor, inner):
    saved("Outer <b>", naming([within(inner)]))
    page = text_of(
        as_editor.post(change(inner), form(any_of([EXPIRED]), "preview", name="Inner", revision="1"))
    )
    assert "Segments that name this one" in page
    assert '<bdi>Outer &lt;b&gt;</bdi></a>: <span class="delta-in">+3</span>' in page
    assert '<span class="delta-out">\u22122</span>' in page


def test_is_not_shown_where_nothing_changes_or_nobody_names_it(as_editor, inner):
    assert "Segments that name this one" not in text_of(
        as_editor.post(change(inner), form(any_of([EXPIRED]), "preview", name="Inner", revision="1"))
    )
    saved("Outer", naming([within(inner)]))
    assert "Segments that name this one" not in text_of(
        as_editor.post(change(inner), form(PROSPECTS, "preview", name="Inner", revision="1"))
    )
