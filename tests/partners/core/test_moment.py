"""One moment for everything that a request asks, and where its days begin."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import RequestFactory

from partners.core.moment import Moment, moment_of


def at(text, zone="UTC"):
    return Moment(datetime.fromisoformat(text).replace(tzinfo=UTC), ZoneInfo(zone))


def test_a_request_asks_all_its_questions_at_one_moment():
    request = RequestFactory().get("/")
    assert moment_of(request) is moment_of(request)


@pytest.mark.parametrize(
    ("instant", "zone", "today"),
    [
        ("2026-11-28T23:59:59.900000", "UTC", date(2026, 11, 28)),
        ("2026-11-29T00:00:00", "UTC", date(2026, 11, 29)),
        ("2026-11-28T23:30:00", "Europe/Berlin", date(2026, 11, 29)),
        ("2026-11-28T23:30:00", "Asia/Tokyo", date(2026, 11, 29)),
        ("2026-11-29T07:30:00", "America/Los_Angeles", date(2026, 11, 28)),
    ],
)
def test_today_is_the_day_in_the_zone(instant, zone, today):
    assert at(instant, zone).today == today


@pytest.mark.parametrize(
    ("day", "zone", "begins", "lasts"),
    [
        (date(2026, 3, 29), "Europe/Berlin", "2026-03-28T23:00:00+00:00", 23),
        (date(2026, 10, 25), "Europe/Berlin", "2026-10-24T22:00:00+00:00", 25),
        # No midnight: the day begins with the first instant after the gap.
        (date(2026, 4, 24), "Africa/Cairo", "2026-04-23T22:00:00+00:00", 23),
        (date(2026, 3, 29), "Asia/Beirut", "2026-03-28T22:00:00+00:00", 23),
        (date(2026, 9, 6), "America/Santiago", "2026-09-06T04:00:00+00:00", 23),
        (date(2026, 11, 28), "Asia/Tokyo", "2026-11-27T15:00:00+00:00", 24),
        (date(2026, 11, 28), "America/Los_Angeles", "2026-11-28T08:00:00+00:00", 24),
        (date(2028, 2, 29), "Europe/Berlin", "2028-02-28T23:00:00+00:00", 24),
    ],
)
def test_a_day_is_from_the_instant_at_which_it_begins_to_the_next_one(day, zone, begins, lasts):
    moment = at("2026-11-28T12:00:00", zone)
    start, end = (
        moment.start_of(one).astimezone(UTC) for one in (day, date.fromordinal(day.toordinal() + 1))
    )
    assert start == datetime.fromisoformat(begins)
    assert (end - start).total_seconds() == lasts * 3600
    assert start.astimezone(moment.zone).date() == day
