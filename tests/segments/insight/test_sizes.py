"""Lists of segments show the numbers of now where columns know them, and the stored ones otherwise."""

from datetime import timedelta

import pytest

from partners.core.time_limit import TooSlowError
from segments.insight import sizes
from segments.models import Segment
from tests.factories import PartnerFactory
from tests.segments.forms import NEW, PROSPECTS, any_of, asks, saved
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def segment():
    """A segment that was counted before its one partner came."""
    found = saved("Prospects", PROSPECTS, partner_count=0)
    PartnerFactory(prospecting_stage="new")
    return found


def shown(*segments):
    sizes.show_sizes_now(segments, AT)
    return [(one.partner_count, one.counted_at == AT.instant) for one in segments]


def test_the_numbers_of_now_are_shown_and_not_stored(segment):
    broken = Segment.objects.create(name="Broken", definition={"version": 7})
    with answered_by_masks():
        assert shown(segment, broken) == [(1, True), (0, True)]
    segment.refresh_from_db()
    assert segment.partner_count == 0


def test_without_columns_what_is_stored_stays(segment):
    assert shown(segment) == [(0, False)]


def test_what_is_not_told_in_time_stays_as_it_is_stored(segment, monkeypatch):
    slow = saved("Slow", any_of([NEW, asks("contract_id", "any_of", ["C-1"])]), partner_count=0)

    def too_slow(*_asked):
        raise TooSlowError

    monkeypatch.setattr("segments.query.columns.rows.WholeTexts.isin", too_slow)
    with answered_by_masks():
        assert shown(segment, slow) == [(1, True), (0, False)]


def test_the_screen_says_that_they_are_of_now(as_viewer, segment):
    Segment.objects.update(counted_at=AT.instant - timedelta(days=3))
    with answered_by_masks():
        page = as_viewer.get("/admin/segments/segment/").content.decode()
    assert ">1</a>" in page
    assert ">now<" in page


def names_by_size(client, way):
    page = client.get("/admin/segments/segment/", {"o": f"{way}3"})
    return [segment.name for segment in page.context["cl"].result_list]


def test_the_screen_sorts_by_the_numbers_that_it_shows(as_editor, segment):
    for name, once in (("Nobody", 9), ("Nobody either", 5)):
        saved(name, any_of([asks("contract_id", "any_of", ["C-1"])]), partner_count=once)
    with answered_by_masks():
        assert names_by_size(as_editor, "-") == ["Prospects", "Nobody", "Nobody either"]
        assert names_by_size(as_editor, "")[-1] == "Prospects"
    assert names_by_size(as_editor, "-") == ["Nobody", "Nobody either", "Prospects"]
    assert names_by_size(as_editor, "") == ["Prospects", "Nobody either", "Nobody"]
