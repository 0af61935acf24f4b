"""The days that a range means today, as people read them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from partners.core.moment import Moment
from segments.days import TOKENS, Days, Unit
from segments.language.calendar import MeantDays, meant_days
from tests.segments.moments import AT


def meant(key, argument):
    found = meant_days(Days(TOKENS[key], argument), AT)
    assert found.zone == "UTC"
    return found.words, found.with_today


@pytest.mark.parametrize(
    ("key", "argument", "words", "with_today"),
    [
        ("next", 30, "28 Nov – 27 Dec 2026", True),
        ("next", 1, "28 Nov 2026", True),
        ("next", 365, "28 Nov 2026 – 27 Nov 2027", True),
        ("last", 7, "22 Nov – 28 Nov 2026", True),
        ("days_ago", 1, "27 Nov 2026", False),
        ("in_days", 0, "28 Nov 2026", True),
        ("more_days_ago", 7, "before 21 Nov 2026", False),
        ("more_days_ahead", 7, "from 6 Dec 2026 on", False),
        ("this", Unit.QUARTER, "1 Oct – 31 Dec 2026", True),
        ("previous", Unit.WEEK, "16 Nov – 22 Nov 2026", False),
        ("on", date(2026, 11, 28), "28 Nov 2026", True),
        ("before", date(2026, 11, 29), "before 29 Nov 2026", True),
        ("before", date(2026, 11, 28), "before 28 Nov 2026", False),
        ("after", date(2026, 11, 27), "from 28 Nov 2026 on", True),
        ("after", date.max, "no day", False),
        ("from", (date(2026, 1, 1), date.max), "from 1 Jan 2026 on", True),
        ("anniversary", 3, "28 Nov – 30 Nov 2026", True),
    ],
)
def test_the_days_are_written_out(key, argument, words, with_today):
    assert meant(key, argument) == (words, with_today)


def test_days_are_those_of_the_programs_zone():
    late = Moment(datetime(2026, 11, 28, 23, 30, tzinfo=UTC), ZoneInfo("Asia/Tokyo"))
    assert meant_days(Days(TOKENS["next"], 1), late) == MeantDays("29 Nov 2026", True, "Asia/Tokyo")
