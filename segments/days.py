"""Days as conditions ask about them: tokens such as “the next 30 days” are stored, never what they mean now.

Which days a token means follows from the moment at which it is asked. All ranges are half-open: the first day
and the day after the last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from math import inf
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy, ngettext_lazy

MAX_DAYS = 3_650
ABSOLUTE = "day"
"""The family of tokens that mean the same days whatever day it is."""


class Takes(Enum):
    """What a token needs beside it."""

    DAY = "day"
    SPAN = "span"
    """A first and a last day, both included."""
    NUMBER = "number"
    """A number of days, up to MAX_DAYS."""
    UNIT = "unit"
    """A period of the calendar."""


class Unit(Enum):
    """A period of the calendar."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class DayRange:
    """The days from `start` to before `end`; None where there is no such bound."""

    start: date | None
    end: date | None


Argument = date | tuple[date, date] | int | Unit
Offsets = tuple[float, float]
"""A half-open range on the scale on which tokens of one family can be compared, whatever day it is."""


@dataclass(frozen=True, slots=True)
class Token:
    """A way to name days.

    `range` says which days it means, of its argument and today. Tokens with the same `family` can be compared
    by their `offsets` without knowing today; `family` None stands for a family for each unit of the calendar.
    """

    key: str
    takes: Takes
    words: Any
    menu: Any
    """How a menu calls it; of UNIT tokens, the words with the unit in them."""
    range: Callable[[Any, date], DayRange]
    offsets: Callable[[Any], Offsets]
    family: str | None
    is_past: bool = False
    """Whether its days lie in the past, but for today."""
    least: int = 0
    after: Any = ""
    """What stands behind its number."""
    is_anniversary: bool = False
    """Whether the range is compared with the day of the year, in any later year."""


@dataclass(frozen=True, slots=True)
class Days:
    """A token with its argument: what is stored of a range of days."""

    token: Token
    argument: Any

    def range(self, today: date) -> DayRange:
        """The days that it means on this day."""
        return self.token.range(self.argument, today)

    def __str__(self) -> str:
        if short := SHORT.get((self.token.key, self.argument)):
            return str(short)
        words: str = str(self.token.words) % self._argument_in_words()
        return words

    def _argument_in_words(self) -> Any:
        """What takes the place of the %s in the token's words."""
        match self.argument:
            case (start, end):
                return format_day(start), format_day(end)
            case date():
                return format_day(self.argument)
            case Unit():
                return UNITS[self.argument]
        return number_of_days(self.argument)

    @property
    def is_past(self) -> bool:
        """Whether its days lie in the past; the last of them may be today."""
        return self.token.is_past and self.offsets[0] < 0

    @property
    def is_relative(self) -> bool:
        """Whether the days that it means follow from today."""
        return self.family != ABSOLUTE

    @property
    def family(self) -> str:
        """Ranges of one family can be compared whatever day it is; others never are."""
        return self.token.family or str(self.argument.value)

    @property
    def offsets(self) -> Offsets:
        """The range on the scale of its family."""
        return self.token.offsets(self.argument)

    def is_within(self, other: "Days") -> bool:
        """Whether, whatever day it is, all its days are among the other's."""
        (start, end), (first, last) = self.offsets, other.offsets
        return self.family == other.family and first <= start and end <= last

    def excludes(self, other: "Days") -> bool:
        """Whether, whatever day it is, they have no day in common."""
        (start, end), (first, last) = self.offsets, other.offsets
        return self.family == other.family and (end <= first or last <= start)


@dataclass(frozen=True, slots=True)
class StayDays(Days):
    """Days on which partners entered or left a tracked segment, given by its primary key."""

    segment: int


def format_day(day: date) -> str:
    """“28 Nov 2026”."""
    return date_format(day)


def number_of_days(number: int) -> str:
    """“30 days”."""
    return str(ngettext_lazy("%s day", "%s days", number) % f"{number:,}")


def _through(first: date | None, last: date) -> DayRange:
    """From one day to another, both included."""
    return DayRange(first, None if last == date.max else last + timedelta(days=1))


def _after(day: date) -> DayRange:
    """Nothing comes after the last day that there is."""
    return DayRange(day, day) if day == date.max else DayRange(day + timedelta(days=1), None)


def _shifted(today: date, start: int | None, end: int | None) -> DayRange:
    """So many days from today on; None where there is no bound."""
    return DayRange(
        None if start is None else today + timedelta(days=start),
        None if end is None else today + timedelta(days=end),
    )


def _period(unit: Unit, today: date, shift: int) -> DayRange:
    """The period so many periods from the one that today is in. Weeks begin on Monday (ISO 8601)."""
    if unit is Unit.WEEK:
        monday = today - timedelta(days=today.weekday())
        return _shifted(monday, 7 * shift, 7 * shift + 7)
    months = MONTHS[unit]
    # Months are counted from year 0, and a period begins with a month that its length divides.
    first = ((today.year * 12 + today.month - 1) // months + shift) * months
    return DayRange(_first_of_month(first), _first_of_month(first + months))


def _first_of_month(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _ordinals(first: date, last: date) -> Offsets:
    return first.toordinal(), last.toordinal() + 1


MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
UNITS = {
    Unit.WEEK: gettext_lazy("week"),
    Unit.MONTH: gettext_lazy("month"),
    Unit.QUARTER: gettext_lazy("quarter"),
    Unit.YEAR: gettext_lazy("year"),
}

TOKENS = {
    token.key: token
    for token in (
        Token(
            "last",
            Takes.NUMBER,
            gettext_lazy("in the last %s"),
            gettext_lazy("in the last"),
            lambda n, today: _shifted(today, 1 - n, 1),
            lambda n: (1 - n, 1),
            "today",
            is_past=True,
            least=1,
            after=gettext_lazy("days"),
        ),
        Token(
            "next",
            Takes.NUMBER,
            gettext_lazy("in the next %s"),
            gettext_lazy("in the next"),
            lambda n, today: _shifted(today, 0, n),
            lambda n: (0, n),
            "today",
            least=1,
            after=gettext_lazy("days"),
        ),
        Token(
            "more_days_ago",
            Takes.NUMBER,
            gettext_lazy("more than %s ago"),
            gettext_lazy("more than … days ago"),
            lambda n, today: _shifted(today, None, -n),
            lambda n: (-inf, -n),
            "today",
            is_past=True,
            after=gettext_lazy("days ago"),
        ),
        Token(
            "more_days_ahead",
            Takes.NUMBER,
            gettext_lazy("more than %s ahead"),
            gettext_lazy("more than … days ahead"),
            lambda n, today: _shifted(today, n + 1, None),
            lambda n: (n + 1, inf),
            "today",
            after=gettext_lazy("days ahead"),
        ),
        Token(
            "days_ago",
            Takes.NUMBER,
            gettext_lazy("exactly %s ago"),
            gettext_lazy("exactly … days ago"),
            lambda n, today: _shifted(today, -n, 1 - n),
            lambda n: (-n, 1 - n),
            "today",
            is_past=True,
            after=gettext_lazy("days ago"),
        ),
        Token(
            "in_days",
            Takes.NUMBER,
            gettext_lazy("in exactly %s"),
            gettext_lazy("in exactly … days"),
            lambda n, today: _shifted(today, n, n + 1),
            lambda n: (n, n + 1),
            "today",
            after=gettext_lazy("days"),
        ),
        Token(
            "this",
            Takes.UNIT,
            gettext_lazy("this %s"),
            "",
            lambda unit, today: _period(unit, today, 0),
            lambda _unit: (0, 1),
            None,
        ),
        Token(
            "previous",
            Takes.UNIT,
            gettext_lazy("in the previous %s"),
            "",
            lambda unit, today: _period(unit, today, -1),
            lambda _unit: (-1, 0),
            None,
            is_past=True,
        ),
        Token(
            "following",
            Takes.UNIT,
            gettext_lazy("in the following %s"),
            "",
            lambda unit, today: _period(unit, today, 1),
            lambda _unit: (1, 2),
            None,
        ),
        Token(
            "on",
            Takes.DAY,
            gettext_lazy("on %s"),
            gettext_lazy("on a day"),
            lambda day, _today: _through(day, day),
            lambda day: _ordinals(day, day),
            ABSOLUTE,
        ),
        Token(
            "before",
            Takes.DAY,
            gettext_lazy("before %s"),
            gettext_lazy("before a day"),
            lambda day, _today: DayRange(None, day),
            lambda day: (-inf, day.toordinal()),
            ABSOLUTE,
        ),
        Token(
            "after",
            Takes.DAY,
            gettext_lazy("after %s"),
            gettext_lazy("after a day"),
            lambda day, _today: _after(day),
            lambda day: (day.toordinal() + 1, inf),
            ABSOLUTE,
        ),
        Token(
            "from",
            Takes.SPAN,
            gettext_lazy("from %s to %s"),
            gettext_lazy("from … to"),
            lambda span, _today: _through(*span),
            lambda span: _ordinals(*span),
            ABSOLUTE,
        ),
        Token(
            "anniversary",
            Takes.NUMBER,
            gettext_lazy("on a day whose anniversary is in the next %s"),
            gettext_lazy("on its day of the year in the next"),
            lambda n, today: _shifted(today, 0, n),
            lambda n: (0, n),
            "anniversary",
            least=1,
            is_anniversary=True,
            after=gettext_lazy("days"),
        ),
    )
}
"""By key, in the order of the builder's list."""

SHORT: dict[tuple[str, Any], Any] = {
    ("last", 1): gettext_lazy("today"),
    ("next", 1): gettext_lazy("today"),
    ("days_ago", 0): gettext_lazy("today"),
    ("in_days", 0): gettext_lazy("today"),
    ("days_ago", 1): gettext_lazy("yesterday"),
    ("in_days", 1): gettext_lazy("tomorrow"),
    ("more_days_ago", 0): gettext_lazy("before today"),
    ("more_days_ahead", 0): gettext_lazy("after today"),
    ("anniversary", 1): gettext_lazy("on a day whose anniversary is today"),
}
"""What people say instead of a token with such a number."""


def anniversary_ranges(days: DayRange) -> list[tuple[int, int, int]]:
    """The same days by year: (year, first, last), each day as month × 100 + day.

    Whatever began on such a day of an earlier year has its anniversary in the range. In a common year
    29 February counts on 28 February.
    """
    start, end = days.start, days.end
    if start is None or end is None:
        raise ValueError("An anniversary needs a first and a last day.")
    last = end - timedelta(days=1)
    found = []
    for year in range(start.year, last.year + 1):
        first_day = start if year == start.year else date(year, 1, 1)
        last_day = last if year == last.year else date(year, 12, 31)
        upper = _month_and_day(last_day)
        is_leap = _month_and_day(date(year, 3, 1) - timedelta(days=1)) == LEAP_DAY
        found.append((year, _month_and_day(first_day), LEAP_DAY if upper == 228 and not is_leap else upper))
    return found


LEAP_DAY = 229


def _month_and_day(day: date) -> int:
    return day.month * 100 + day.day
