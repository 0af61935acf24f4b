"""The tab Changes: who entered and left, day by day, narrowed, and the whole list of a day."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.core.moment import Moment
from partners.models import Partner
from segments.models import Run, RunState, Tracking
from segments.services import save_segment
from segments.tracking import queue
from segments.tracking.history import Gap
from tests.segments.forms import text_of
from tests.segments.tracking.clock import BERLIN, in_group, run_all

pytestmark = pytest.mark.django_db
MIDNIGHT_BETWEEN = ("2026-11-28", "2026-11-29")


def changes(segment, **query):
    return reverse("admin:segments_segment_changes", args=[segment.pk], query=query or None)


def moves(segment, day, way, **query):
    return reverse("admin:segments_segment_moves", args=[segment.pk, day, way], query=query or None)


def cards(client, segment, **query):
    """The days of the feed: title, entered, left."""
    feed = client.get(changes(segment, **query)).context["feed"]
    return [
        (card.title, *({c.way: c.number for c in card.crossings}.get(way, 0) for way in ("entered", "left")))
        for card in feed.cards
    ]


@pytest.fixture
def moved(clock, tracked, group):
    """The day after the baseline two entered and one left; three days later one left, who was deleted."""
    clock.turn(days=1)
    group.partners.add(11, 12)
    group.partners.remove(1)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    run_all(clock)
    clock.turn(days=3)
    Partner.objects.get(pk=2).delete()
    run_all(clock)
    return tracked


def test_the_baseline_is_told_as_one(as_viewer, tracked):
    page = text_of(as_viewer.get(changes(tracked)))
    assert "Tracking began: 10 partners were in it." in page
    assert cards(as_viewer, tracked) == [("Today, 28 Nov 2026", 0, 0)]


def test_days_come_newest_first_with_who_moved_why_and_when(as_viewer, moved):
    assert cards(as_viewer, moved) == [
        ("Today, 2 Dec 2026", 0, 1),
        ("Sunday, 29 Nov 2026", 2, 1),
        ("Saturday, 28 Nov 2026", 0, 0),
    ]
    page = text_of(as_viewer.get(changes(moved)))
    for part in (
        "Outside 11",
        "Outside 12",
        "Inside 01",
        "Import of a.csv",
        "Partner 2 (deleted)",
        "Deleted",
    ):
        assert part in page
    assert f"{reverse('admin:segments_segment_why', args=[moved.pk])}?explain=11" in page
    assert "explain=2&" not in page
    assert 'explain=2"' not in page


def test_days_without_a_run_and_days_without_a_change_are_told(as_viewer, moved, clock):
    page = text_of(as_viewer.get(changes(moved)))
    assert "No run from 30 Nov 2026 to 1 Dec 2026" in page
    clock.turn(days=1)
    run_all(clock)
    clock.turn(days=1)
    page = text_of(as_viewer.get(changes(moved)))
    assert "No partner entered or left." in page
    assert "No run on 4 Dec 2026" in page


def test_days_in_a_row_without_a_change_are_told_once(as_viewer, moved, clock):
    for _day in range(3):
        clock.turn(days=1)
        run_all(clock)
    page = text_of(as_viewer.get(changes(moved)))
    assert "Today, 5 Dec 2026 back to 3 Dec 2026" in page
    assert page.count("No partner entered or left.") == 1
    clock.turn(days=2)
    run_all(clock)
    quiet = [(card.title, card.first) for card in as_viewer.get(changes(moved)).context["feed"].cards][:2]
    assert [(title.split(",")[0], first and first.day) for title, first in quiet] == [
        ("Today", None),
        ("Saturday", 3),
    ]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"way": "entered"}, [(2, 0)]),
        ({"way": "left"}, [(0, 1), (0, 1)]),
        ({"cause": "data"}, [(2, 1)]),
        ({"cause": "deleted"}, [(0, 1)]),
        ({"cause": "time"}, []),
        ({"way": "entered", "cause": "deleted"}, []),
        ({"partner": "11"}, [(1, 0)]),
        ({"partner": "outside 1"}, [(2, 0)]),
        ({"partner": "2"}, [(0, 1)]),
        ({"partner": "2", "cause": "data"}, []),
        ({"partner": "not there"}, []),
        ({"way": "up", "cause": "start", "before": "x", "partner": " "}, [(0, 1), (2, 1), (0, 0)]),
        ({"partner": "9" * 18}, []),
        ({"partner": "nul\0"}, []),
        ({"before": "2026-12-02"}, [(2, 1), (0, 0)]),
        ({"before": "0001-01-01"}, []),
        ({"before": "9999-12-31"}, [(0, 1), (2, 1), (0, 0)]),
    ],
)
def test_the_feed_is_narrowed(as_viewer, moved, query, numbers):
    assert [card[1:] for card in cards(as_viewer, moved, **query)] == numbers


def test_each_cause_has_its_number(as_viewer, moved):
    causes = as_viewer.get(changes(moved)).context["causes"]
    assert {key: number for key, _cause, number in causes} == {
        "data": 3,
        "time": 0,
        "definition": 0,
        "deleted": 1,
    }


def test_a_saved_version_is_a_line_and_why_compares_it(as_viewer, clock, tracked, group, editor):
    other = type(group).objects.create(name="Other group")
    other.partners.set([10, 11])
    for asked in (group, other):
        clock.turn(days=1)
        tracked.definition = in_group(asked.pk)
        name = f"{tracked.name} again"
        tracked = save_segment(
            segment=tracked, name=name, definition=tracked.read(), user=editor, moment=clock.moment
        )
        run_all(clock)
    page = text_of(as_viewer.get(changes(tracked)))
    comparison = reverse("admin:segments_segment_compare", args=[tracked.pk])
    assert f'href="{comparison}?old=2&amp;new=3">Why' in page
    assert re.search(r"Version 3 saved at \d\d:00 by editor", page)
    assert "Definition" in page


def test_the_two_last_days_with_changes_name_ten_a_side_and_earlier_ones_two(
    as_viewer, clock, tracked, group
):
    for _day in range(3):
        clock.turn(days=1)
        outside = list(Partner.objects.exclude(groups=group)[:4])
        inside = list(group.partners.all()[:3])
        group.partners.remove(*inside)
        group.partners.add(*outside)
        run_all(clock)
        clock.turn(days=1)
        run_all(clock)
    feed = as_viewer.get(changes(tracked)).context["feed"]
    shown = [[len(crossing.lines) for crossing in card.crossings] for card in feed.cards if card.moved]
    assert shown == [[4, 3], [4, 3], [2, 2]]
    earlier = [card for card in feed.cards if card.moved][-1]
    page = text_of(as_viewer.get(changes(tracked)))
    assert "2 more entered" in page
    assert "1 more left" in page
    assert f'href="{moves(tracked, earlier.day.isoformat(), "left")}"' in page


def test_a_page_of_many_days_asks_as_few_questions_as_one_of_one_day(
    as_viewer, clock, tracked, group, django_assert_max_num_queries
):
    def move(key):
        clock.turn(days=1)
        group.partners.remove(key)
        group.partners.add(key + 10)
        run_all(clock)

    move(1)
    as_viewer.get(changes(tracked))
    with CaptureQueriesContext(connection) as of_one_day:
        as_viewer.get(changes(tracked))
    for key in range(2, 10):
        move(key)
    with django_assert_max_num_queries(len(of_one_day)):
        as_viewer.get(changes(tracked))


def test_a_run_just_after_midnight_belongs_to_the_day_that_has_begun(as_viewer, clock, tracked, group):
    clock.turn(hours=11, minutes=30)
    group.partners.add(11)
    run_all(clock)
    assert cards(as_viewer, tracked) == [
        ("Today, 29 Nov 2026", 1, 0),
        ("Yesterday, 28 Nov 2026", 0, 0),
    ]
    feed = as_viewer.get(changes(tracked)).context["feed"]
    [entered] = feed.cards[0].crossings
    assert (feed.cards[0].runs, [line.name for line in entered.lines]) == ("run at 00:30", ["Outside 11"])
    assert [card[1:] for card in cards(as_viewer, tracked, partner="11")] == [(1, 0)]
    numbers = [as_viewer.get(moves(tracked, day, "entered")).context["number"] for day in MIDNIGHT_BETWEEN]
    assert numbers == [0, 1]


def test_ten_days_are_a_page(as_viewer, clock, tracked):
    for _day in range(11):
        clock.turn(days=1)
        run_all(clock)
    first = as_viewer.get(changes(tracked)).context
    [together] = first["feed"].cards
    assert (together.day.isoformat(), together.first.isoformat()) == ("2026-12-09", "2026-11-30")
    assert first["older"].isoformat() == "2026-11-30"
    second = as_viewer.get(changes(tracked, before="2026-11-30")).context
    assert (len(second["feed"].cards), second["older"]) == (2, None)


def test_all_of_a_day_are_listed_page_by_page(as_viewer, clock, tracked, group, change_limits):
    change_limits(segment_list_page_rows=4)
    clock.turn(days=1)
    group.partners.add(*range(11, 21))
    run_all(clock)
    seen, address = [], moves(tracked, "2026-11-29", "entered")
    while address:
        context = as_viewer.get(address).context
        assert context["number"] == 10
        seen += [line.move.partner for line in context["lines"]]
        address = context["next"] and moves(tracked, "2026-11-29", "entered", **context["next"])
    assert seen == list(range(11, 21))


@pytest.mark.parametrize(
    ("day", "way"),
    [
        ("2026-11-27", "left"),
        ("2026-11-29", "left"),
        ("9999-12-31", "left"),
        ("x", "left"),
        ("2026-11-28", "up"),
    ],
)
def test_of_a_day_that_is_not_known_there_is_no_list(as_viewer, tracked, day, way):
    assert as_viewer.get(moves(tracked, day, way)).status_code == 404


@pytest.mark.parametrize("query", [{"run": "9" * 18, "partner": "1", "first": "2"}, {"run": "x"}])
def test_a_place_that_is_none_is_the_beginning(as_viewer, moved, query):
    context = as_viewer.get(moves(moved, "2026-11-29", "entered", **query)).context
    assert (context["first"], len(context["lines"])) == (1, 2)


def test_runs_that_are_held_or_failed_are_no_part_of_it(as_viewer, clock, moved):
    Run.objects.create(segment=moved, kind="manual", state=RunState.FAILED, due_at=clock.now, at=clock.now)
    page = text_of(as_viewer.get(changes(moved)))
    assert "run at 13:00" in page
    assert "run at 13:00, 13:00" not in page


def test_after_a_change_of_the_time_zone_each_move_is_told_on_its_day_in_the_new_one(
    as_viewer, clock, tracked, group, monkeypatch
):
    for day, hour, minute, key in ((1, 0, 1, 11), (4, 15, 0, 12)):
        clock.now = datetime(2026, 12, day, hour, minute, tzinfo=BERLIN)
        group.partners.add(key)
        run_all(clock)
    new_york = ZoneInfo("America/New_York")
    monkeypatch.setattr(Moment, "now", classmethod(lambda _cls: Moment(clock.now, new_york)))
    assert cards(as_viewer, tracked) == [
        ("Today, 4 Dec 2026", 1, 0),
        ("Monday, 30 Nov 2026", 1, 0),
        ("Saturday, 28 Nov 2026", 0, 0),
    ]
    feed = as_viewer.get(changes(tracked)).context["feed"]
    assert [card.size for card in feed.cards] == [12, 11, 10]
    assert as_viewer.get(moves(tracked, "2026-11-30", "entered")).context["number"] == 1


def test_days_without_a_run_are_told_between_two_pages(as_viewer, clock, tracked):
    clock.turn(days=5)
    for _day in range(10):
        run_all(clock)
        clock.turn(days=1)
    clock.turn(days=-1)
    first = as_viewer.get(changes(tracked)).context
    assert first["older"].isoformat() == "2026-12-03"
    page = text_of(as_viewer.get(changes(tracked, before="2026-12-03")))
    assert "No run from 29 Nov 2026 to 2 Dec 2026" in page


def test_a_version_saved_on_a_day_without_a_run_is_told_between_the_days(
    as_viewer, clock, tracked, group, editor
):
    Tracking.objects.update(paused=True)
    clock.turn(days=2)
    save_segment(segment=tracked, name="Renamed", definition=tracked.read(), user=editor, moment=clock.moment)
    clock.turn(days=1)
    feed = as_viewer.get(changes(tracked)).context["feed"]
    told = [(card.day.day, [one.version.revision for one in card.versions], card.gap) for card in feed.cards]
    one, other = (date(2026, 12, 1), date(2026, 11, 29))
    assert told == [(30, [2], Gap(one, one)), (28, [], Gap(other, other))]
    page = text_of(as_viewer.get(changes(tracked)))
    assert "No run on this day" in page
    assert "No partner entered or left" not in page
