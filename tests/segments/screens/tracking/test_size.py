"""The tab Size, who was in it as of a day, and the file of changes."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.urls import reverse

from partners.models import Partner
from partners.models.exports import Export
from segments.models import SegmentDay
from segments.screens.tracking.curves import Scale, sparkline, unbroken
from segments.screens.tracking.size import curve, round_numbers
from segments.services import save_segment
from segments.tracking import queue
from segments.tracking.feed import Way, moves_of_partner
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.forms import text_of
from tests.segments.tracking.clock import in_group, run_all

pytestmark = pytest.mark.django_db
FIRST = date(2026, 11, 28)


def address(segment, name="size", *place, **query):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk, *place], query=query or None)


def days(**sizes):
    """Days of November 2026: `days(n1=5, n3=7)`."""
    return [SegmentDay(day=date(2026, 11, int(day[1:])), size=size) for day, size in sizes.items()]


@pytest.fixture
def moved(clock, tracked, group):
    """The next day one entered and one left; no run on the two days then; then partner 2 was deleted."""
    clock.turn(days=1)
    group.partners.add(11)
    group.partners.remove(1)
    run_all(clock)
    clock.turn(days=3)
    Partner.objects.get(pk=2).delete()
    run_all(clock)
    return tracked


def test_a_segment_that_is_not_tracked_says_so(as_viewer, segment):
    assert "This segment is not tracked" in text_of(as_viewer.get(address(segment)))


def test_the_days_are_a_curve_and_a_table(as_viewer, moved):
    context = as_viewer.get(address(moved)).context
    assert [(day.day, day.size, day.entered, day.left) for day, _saved, _reasons in context["rows"]] == [
        (FIRST + timedelta(days=4), 9, 0, 1),
        (FIRST + timedelta(days=1), 10, 1, 1),
        (FIRST, 10, 0, 0),
    ]
    [band] = context["curve"].bands
    assert (band.gap.first, band.gap.last) == (FIRST + timedelta(days=2), FIRST + timedelta(days=3))
    assert len(context["curve"].lines) == 2


def test_the_table_says_what_started_the_runs_of_a_day(as_viewer, clock, tracked):
    for hour in range(5):
        clock.turn(minutes=1)
        queue.ask_for_all_runs(reason=f"Import of {hour % 4}.csv", now=clock.now)
        run_all(clock)
    answer = as_viewer.get(address(tracked))
    [(_day, _saved, reasons)] = answer.context["rows"]
    assert reasons == [f"Import of {number}.csv" for number in range(4)]
    assert "Import of 0.csv, Import of 1.csv, Import of 2.csv, …" in text_of(answer)


def test_the_table_says_what_started_a_run_that_somebody_asked_for_or_a_save_hastened(
    as_viewer, clock, tracked
):
    clock.turn(minutes=1)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    tracked.definition = in_group(1, 2)
    save_segment(segment=tracked, name="Watched", definition=tracked.read(), user=None, moment=clock.moment)
    run_all(clock)
    [(_day, _saved, reasons)] = as_viewer.get(address(tracked)).context["rows"]
    assert reasons == ["Import of a.csv"]


@pytest.mark.parametrize("span", ["30", "90", "365", "all", "x"])
def test_the_span_is_chosen(as_viewer, moved, span):
    answer = as_viewer.get(address(moved, span=span))
    assert answer.context["span"] == (span if span != "x" else "90")


def test_a_day_is_answered_with_what_is_not_known(as_viewer, moved):
    page = text_of(as_viewer.get(address(moved, day="2026-12-01")))
    assert "10 partners at the end of 1 Dec 2026" in page
    assert "Last run before that: 29 Nov 2026" in page
    assert "Not known: 30 Nov 2026 to 1 Dec 2026" in page
    assert "Nothing is known before 28 Nov 2026" in page
    assert f'href="{address(moved, "as_of", "2026-12-01")}"' in page


@pytest.mark.parametrize("day", ["2026-11-27", "2026-12-03", "9999-12-31", "x", ""])
def test_a_day_of_which_nothing_is_known_is_refused_next_to_its_field(as_viewer, moved, day):
    page = text_of(as_viewer.get(address(moved, day=day)))
    assert 'aria-invalid="true"' in page
    assert 'min="2026-11-28"' in page
    assert 'max="2026-12-02"' in page


def test_who_was_in_it_is_listed_with_those_deleted_since(as_viewer, moved):
    context = as_viewer.get(address(moved, "as_of", "2026-11-29")).context
    assert [partner.pk for partner in context["page"].partners] == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert [stay.partner_id for stay in context["deleted"]] == [2]
    page = text_of(as_viewer.get(address(moved, "as_of", "2026-11-28")))
    assert "As of 28 Nov 2026" in page
    assert "Partner 2 (deleted)" in page
    assert "change_stage" not in page


def test_the_list_has_pages(as_viewer, moved, change_limits):
    change_limits(segment_list_page_rows=4)
    seen, query = [], {}
    while query is not None:
        context = as_viewer.get(address(moved, "as_of", "2026-11-28", **query)).context
        seen += [partner.pk for partner in context["page"].partners]
        seen += [stay.partner_id for stay in context["deleted"]]
        query = context["next"]
    assert sorted(seen) == list(range(1, 11))


@pytest.mark.parametrize("day", ["2026-11-27", "2026-12-03", "x"])
def test_of_a_day_that_is_not_known_there_is_neither_list_nor_file(as_viewer, moved, day):
    for name in ("as_of", "as_of_export"):
        assert as_viewer.get(address(moved, name, day)).status_code == 404


def test_of_those_deleted_since_what_is_known_is_told_and_they_are_counted(as_viewer, clock, moved, group):
    group.partners.remove(3)
    Partner.objects.get(pk=11).delete()
    clock.turn(days=1)
    run_all(clock)
    page = text_of(as_viewer.get(address(moved, "as_of", "2026-11-29")))
    assert "2 of them have been deleted since." in page
    assert "Partner 2 (deleted) · in it when tracking began, 28 Nov 2026, left 2 Dec 2026: Deleted" in page
    assert "Partner 11 (deleted) · entered 29 Nov 2026, left 3 Dec 2026: Deleted" in page
    context = as_viewer.get(address(moved, "as_of", "2026-11-29", only="deleted")).context
    assert (list(context["page"].partners), context["page"].count) == ([], 2)
    assert [stay.partner_id for stay in context["deleted"]] == [2, 11]
    page = text_of(as_viewer.get(address(moved, "as_of_export", "2026-11-29")))
    assert "2 more have been deleted since, and are not in the file." in page
    assert f'href="{address(moved, "as_of", "2026-11-29", only="deleted")}"' in page


def test_one_flag_of_a_day_leads_to_all_versions_that_were_saved_on_it(
    as_viewer, clock, tracked, group, editor
):
    for number in range(3):
        other = PartnerGroupFactory(name=f"Group {number}")
        tracked.definition = in_group(group.pk, other.pk)
        tracked = save_segment(
            segment=tracked,
            name=tracked.name,
            definition=tracked.read(),
            user=editor,
            moment=clock.moment,
        )
    answer = as_viewer.get(address(tracked))
    [flag] = answer.context["curve"].flags
    assert flag.comparison == address(tracked, "compare", old=1, new=4)
    page = text_of(answer)
    assert "What versions 2 to 4 changed" in page
    assert "v2–4" in page
    for old, new in ((1, 2), (2, 3), (3, 4)):
        assert f'href="{address(tracked, "compare")}?old={old}&amp;new={new}"' in page


def lines_of(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def test_those_of_a_day_are_exported(as_viewer, moved):
    data = {"columns": ["partner_id"], "format": "csv", "download": "1"}
    answer = as_viewer.post(address(moved, "as_of_export", "2026-11-29"), data)
    assert [row[0] for row in lines_of(answer)[1:]] == ["3", "4", "5", "6", "7", "8", "9", "10", "11"]
    assert Export.objects.get().what == "Segment “Watched” as of 29 Nov 2026"


def test_the_changes_are_a_file_that_is_harmless_and_recorded(as_viewer, viewer, moved):
    Partner.objects.filter(pk=11).update(name="=1+1")
    data = {"first": "2026-11-28", "last": "2026-12-02"}
    answer = as_viewer.post(address(moved, "changes_export"), data)
    assert lines_of(answer) == [
        ["Day", "Time", "Change", "Partner ID", "Partner Name", "Cause", "Reason"],
        ["2026-11-29", "13:00:00", "Left", "1", "Inside 01", "Data", ""],
        ["2026-11-29", "13:00:00", "Entered", "11", "'=1+1", "Data", ""],
        ["2026-12-02", "13:00:00", "Left", "2", "(deleted)", "Deleted", ""],
    ]
    record = Export.objects.get()
    assert (record.what, record.rows, record.user) == ("Changes of segment “Watched”", 3, viewer)


def test_days_and_times_of_the_file_are_those_of_the_programs_clocks(as_viewer, clock, tracked, group):
    clock.turn(hours=11, minutes=30)
    group.partners.add(11)
    run_all(clock)
    data = {"first": "2026-11-29", "last": "2026-11-29"}
    [_columns, *rows] = lines_of(as_viewer.post(address(tracked, "changes_export"), data))
    assert [row[:4] for row in rows] == [["2026-11-29", "00:30:00", "Entered", "11"]]


@pytest.mark.parametrize(
    "data", [{}, {"first": "x", "last": ""}, {"first": "2026-12-02", "last": "2026-11-29"}]
)
def test_days_that_are_none_make_no_file(as_viewer, moved, data):
    assert 'aria-invalid="true"' in text_of(as_viewer.post(address(moved, "changes_export"), data))
    assert not Export.objects.exists()


def test_of_a_segment_without_a_run_there_is_no_file(as_viewer, segment):
    assert as_viewer.get(address(segment, "changes_export")).status_code == 404


@pytest.mark.parametrize(
    ("least", "most", "numbers"),
    [
        (1_654, 1_838, [1_900, 1_800, 1_700, 1_600]),
        (0, 0, [1, 0]),
        (7, 7, [8, 7]),
        (0, 3, [3, 2, 1, 0]),
        (9, 100_000, [100_000, 50_000, 0]),
    ],
)
def test_the_numbers_beside_a_curve_are_round_and_enclose_it(least, most, numbers):
    assert round_numbers(least, most) == numbers


def test_a_curve_breaks_where_days_are_missing():
    parts = list(unbroken(days(n1=5, n2=6, n5=7)))
    assert [[one.day.day for one in part] for part in parts] == [[1, 2], [5]]


def test_a_curve_that_ends_before_yesterday_says_that_no_run_was_made():
    drawn = curve(days(n1=5, n2=6), {}, date(2026, 11, 6), None)
    [band] = drawn.bands
    assert (band.gap.first.day, band.gap.last.day, band.x, band.width) == (3, 5, "20.00%", "80.00%")
    assert curve(days(n1=5), {}, date(2026, 11, 2), None).bands == []


def test_places_are_percent_of_the_box():
    scale = Scale(date(2026, 11, 1), date(2026, 11, 11), 100, 200)
    assert (scale.x(date(2026, 11, 6)), scale.y(150), scale.y(200)) == (50, 50, 0)


def test_a_sparkline_of_one_day_is_a_dot_in_the_middle():
    found = sparkline(days(n1=5), date(2026, 11, 1))
    assert (found.lines, found.last_x, found.last_y) == (["100.00,50.00"], "100.00%", "50.00%")
    assert (found.least, found.most) == (5, 5)
    assert sparkline([], date(2026, 11, 1)) is None


def test_a_sparkline_breaks_where_days_are_missing_and_ends_before_today_where_runs_did():
    found = sparkline(days(n1=5, n2=6, n4=7), date(2026, 11, 11))
    assert [line.count(",") for line in found.lines] == [2, 1]
    assert found.last_x == "30.00%"


def test_who_was_added_with_the_id_of_a_deleted_partner_is_nobody_of_before(as_viewer, clock, moved, group):
    clock.turn(hours=1)
    PartnerFactory(id=2, name="Somebody new", groups=[group])
    queue.ask_for_all_runs(reason="", now=clock.now)
    run_all(clock)
    clock.turn(days=1)
    data = {"first": "2026-11-28", "last": "2026-12-02"}
    rows = lines_of(as_viewer.post(address(moved, "changes_export"), data))
    assert [row[2:5] for row in rows if row[3] == "2"] == [
        ["Left", "2", "(deleted)"],
        ["Entered", "2", "Somebody new"],
    ]
    feed = as_viewer.get(address(moved, "changes", partner="2")).context["feed"]
    lines = [line for card in feed.cards for crossing in card.crossings for line in crossing.lines]
    assert {(line.move.way.value, line.name, bool(line.why)) for line in lines} == {
        ("left", "", False),
        ("entered", "Somebody new", True),
    }
    for day, present, gone in (("2026-11-29", False, [2]), ("2026-12-02", True, [])):
        context = as_viewer.get(address(moved, "as_of", day)).context
        assert (2 in [one.pk for one in context["page"].partners]) == present
        assert [stay.partner_id for stay in context["deleted"]] == gone
        file = {"columns": ["partner_id"], "format": "csv", "download": "1"}
        rows = lines_of(as_viewer.post(address(moved, "as_of_export", day), file))
        assert (["2"] in rows) == present
    told = [(move.way, move.at) for move, _segment in moves_of_partner(2, 9)]
    assert [way for way, _at in told] == [Way.ENTERED]


def test_a_day_still_to_come_that_a_wrong_clock_has_left_is_drawn_and_leads_nowhere(
    as_viewer, clock, tracked
):
    clock.turn(days=3)
    run_all(clock)
    clock.turn(days=-2)
    answer = as_viewer.get(address(tracked))
    page = text_of(answer)
    assert f'href="{address(tracked, "as_of", "2026-11-28")}"' in page
    assert f'href="{address(tracked, "as_of", "2026-12-01")}"' not in page
    drawn = answer.context["curve"]
    assert [drawn.lines, drawn.last[0]] == [["0.00,100.00", "100.00,100.00"], "100.00%"]
