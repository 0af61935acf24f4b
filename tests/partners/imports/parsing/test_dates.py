from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.imports.errors import Refused
from partners.imports.parsing.dates import read_day, read_moment
from partners.models.imports import DayOrder


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-13", "2025/2/13", "2025.02.13", "20250213", "2025-02-13 10:00", "2025-02-13T10:00:00Z",
        "2025-02-13T23:30:00-11:00",
        "2025-02-13T00:00:00+01:00", "13/02/2025", "02/13/2025",
        "13-02-2025", "13.02.2025", "13.2.2025", "13/02/2025 10:05", "2/13/2025 3:04 PM", "13-Feb-25",
        "13-Feb-2025", "13 February 2025", "13. February 2025", "February 13, 2025", "Feb 13 2025",
        " 2025-02-13 ",
    ],
)  # fmt: skip
def test_a_day_is_read_as_files_and_spreadsheets_write_it(text):
    assert read_day(text) == "2025-02-13"


@pytest.mark.parametrize("text", ["03/04/2025", "3-4-2025", "03/04/2025 10:00"])
def test_a_day_that_could_be_two_is_refused_with_both(text):
    with pytest.raises(Refused, match="could be 4 Mar 2025 or 3 Apr 2025"):
        read_day(text)


def test_whoever_sends_the_file_can_say_which_comes_first():
    assert read_day("03/04/2025", DayOrder.DAY_FIRST) == "2025-04-03"
    assert read_day("03/04/2025", DayOrder.MONTH_FIRST) == "2025-03-04"


def test_with_dots_the_day_comes_first_everywhere():
    assert read_day("03.04.2025") == read_day("03.04.2025", DayOrder.MONTH_FIRST) == "2025-04-03"


def test_a_day_that_is_the_same_either_way_is_no_question():
    assert read_day("04/04/2025") == "2025-04-04"


@pytest.mark.parametrize("order", DayOrder)
@pytest.mark.parametrize("text", ["02/13/2025", "2/13/25", "13.2.25", "13/2/2025", "13-02-2025"])
def test_what_comes_first_is_asked_only_of_days_that_could_be_two(text, order):
    assert read_day(text, order) == "2025-02-13"


def test_years_of_two_digits_are_read_as_spreadsheets_write_them():
    assert read_day("03/02/25", DayOrder.DAY_FIRST) == "2025-02-03"
    assert read_day("03/02/25", DayOrder.MONTH_FIRST) == "2025-03-02"
    assert read_day("1/31/99", DayOrder.MONTH_FIRST) == read_day("31-Jan-99") == "1999-01-31"
    assert read_day("1/31/68") == "2068-01-31"
    assert read_day("1/31/69") == "1969-01-31"


def test_of_three_short_numbers_the_first_may_be_the_year():
    with pytest.raises(Refused, match="“13/02/25” could be 25 Feb 2013 or 13 Feb 2025"):
        read_day("13/02/25")
    with pytest.raises(Refused, match="could be 3 Feb 2001 or 2 Jan 2003 or 1 Feb 2003"):
        read_day("01-02-03")
    assert read_day("13/02/25", DayOrder.DAY_FIRST) == "2025-02-13"
    assert read_day("13.02.25") == "2025-02-13"


@pytest.mark.parametrize("text", ["9999-12-31", "2999-12-31", "31/12/9999"])
def test_an_end_far_away_is_to_be_left_empty(text):
    with pytest.raises(Refused, match="Leave the cell empty if there is no date"):
        read_day(text)


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-30",
        "31/31/2025",
        "31/31/25",
        "2025-13-01",
        "3 Foo 2025",
        "3 Ju 2025",
        "3 Mayor 2025",
        "2025-02-13 junk",
        "32-Jan-25",
    ],
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(Refused, match=r"is no date\. Write it like 2025-02-03"):
        read_day(text)


@pytest.mark.parametrize("text", ["soon", "never", "open-ended", "0000-00-00", "00.00.0000"])
def test_a_word_that_says_there_is_no_day_is_to_be_left_out(text):
    with pytest.raises(Refused, match=r"is no date\. Leave the cell empty if there is none"):
        read_day(text)


@pytest.mark.parametrize("cell", ["45691", 45691.25, "7"])
def test_a_number_of_days_is_refused_for_it_depends_on_the_spreadsheet(cell):
    with pytest.raises(Refused, match="is a number, not a date"):
        read_day(cell)


@pytest.mark.parametrize("text", ["0202-01-01", "2999-01-01"])
def test_a_year_far_off_is_a_slip(text):
    with pytest.raises(Refused, match="can't be right"):
        read_day(text)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_from_iso(day):
    assert read_day(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-02-13T10:00:00+01:00", "2025-02-13T09:00:00+00:00"),
        ("2025-02-13 9:05", "2025-02-13T09:05:00+00:00"),
        ("13/02/2025 10:05", "2025-02-13T10:05:00+00:00"),
        ("2025-02-13", "2025-02-13T12:00:00+00:00"),
    ],
)
def test_a_moment_keeps_its_time_zone(text, moment):
    assert read_moment(text) == moment


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2/13/2025 2:30 PM", "14:30:00"), ("2/13/2025 2:30:05 PM", "14:30:05"),
        ("13/02/2025 2:30pm", "14:30:00"), ("2025-02-13 2:30\u202fPM", "14:30:00"),
        ("13 Feb 2025, 2:30 p.m.", "14:30:00"),
        ("13-Feb-25 12:00 AM", "00:00:00"), ("13-Feb-25 12:05 PM", "12:05:00"),
        ("2025-02-13 14:30 UTC", "14:30:00"), ("2025-02-13 14:30:05.123 utc", "14:30:05"),
        ("2025-02-13 2:30 PM UTC", "14:30:00"), ("2025-02-13T14:30Z", "14:30:00"),
        ("2025-02-13t14:30z", "14:30:00"), ("2025-02-13 15:30 +0100", "14:30:00"),
        ("2025-02-13 14:30 +01", "13:30:00"), ("2025-02-13T09:30:00-05:00", "14:30:00"),
    ],
)  # fmt: skip
def test_the_time_is_read_as_spreadsheets_and_people_write_it(text, hours):
    assert read_day(text) == "2025-02-13"
    assert read_moment(text) == f"2025-02-13T{hours}+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-13 25:00",
        "2025-02-13 24:00",
        "2025-02-13 14:30 PM",
        "2025-02-13 0:30 AM",
        "2025-02-13 14:60",
        "2025-02-13 14:30 CET",
        "2025-02-13 14:30 EST",
        "2025-02-13 14:30+25:00",
        "2025-02-13 14:30 or so",
        "20250213T14",
        "20250213T143005Z",
        "2025-02-13 2 PM",
        "2025-02-13 14:30 GMT+0100",
    ],
)
def test_what_is_no_time_or_could_be_two_is_refused(text):
    with pytest.raises(Refused, match=r"^The time of “.*” can't be read\. Write it like 2025-02-03 14:30"):
        read_moment(text)


@given(st.datetimes(datetime(1900, 1, 2), datetime(2099, 12, 30)))  # noqa: DTZ001 - the site's time
def test_every_moment_is_read_from_iso_and_as_excel_writes_it(moment):
    written = moment.replace(microsecond=0)
    for form in ("%Y-%m-%dT%H:%M:%S", "%d-%b-%Y %I:%M:%S %p"):
        assert read_moment(written.strftime(form)) == written.replace(tzinfo=UTC).isoformat()
