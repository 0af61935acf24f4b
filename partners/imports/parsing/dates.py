"""Days as files write them: ISO, and the ways of spreadsheets. What could be two days is refused."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from datetime import timezone as zone_of

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.imports.errors import Refused
from partners.imports.parsing.cells import Content, quote_for_message
from partners.models.imports import DayOrder

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
CLOCK = r"(?:(?:T|,? +)(?P<clock>\d.*))?"
TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[AP])\.?M\.?)?"
    r"(?: ?(?P<zone>Z|UTC|GMT|(?P<sign>[+-])(?P<hours>\d{2})(?::?(?P<minutes>\d{2}))?))?",
    re.IGNORECASE,
)
ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){CLOCK}", re.IGNORECASE)
BASIC = re.compile(rf"((?:19|20)\d{{2}})(\d{{2}})(\d{{2}}){CLOCK}", re.IGNORECASE)
NUMBERS = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){CLOCK}", re.IGNORECASE)
DAY_MONTH = re.compile(rf"(\d{{1,2}})[- .]+([A-Za-z]+)[- .,]+(\d{{4}}|\d{{2}}){CLOCK}", re.IGNORECASE)
MONTH_DAY = re.compile(rf"([A-Za-z]+)[- .]+(\d{{1,2}}),? +(\d{{4}}){CLOCK}", re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 1900, 2199
SHORT_YEAR_DIGITS = 2
"""The digits of a year without its century."""
FIRST_SHORT_YEAR = 69
"""Of years with two digits, those from here on are of the last century, as everywhere in POSIX."""
NOON = 12
MIN_MONTH_LENGTH = 3


def read_day(cell: Content, order: str = DayOrder.UNKNOWN) -> str:
    """The day as it is written, in whichever time zone, as ISO; Refused if it is none, or could be two."""
    return _day_and_time(cell, order)[0].isoformat()


def show_day(day: str) -> str:
    """A day that was read, as people read it."""
    return date_format(date.fromisoformat(day))


def show_moment(moment: str) -> str:
    """A moment that was read, as people read it: in the time zone of the site."""
    return date_format(timezone.localtime(datetime.fromisoformat(moment)), "DATETIME_FORMAT")


def read_moment(cell: Content, order: str = DayOrder.UNKNOWN) -> str:
    """The moment as ISO with its time zone; the site's if none is written, noon if there is no time."""
    day, clock = _day_and_time(cell, order)
    moment = datetime.combine(day, clock or time(NOON))
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment.astimezone(UTC).isoformat()


def _day_and_time(cell: Content, order: str) -> tuple[date, time | None]:
    """Both as they are written; the time with its zone if there is one, None if there is no time."""
    text = _text(cell)
    day, clock = _parted(text, order)
    shown = quote_for_message(text)
    if day is None and not re.search("[1-9]", text):  # `never`, `0000-00-00`
        raise Refused(_("“%s” is no date. Leave the cell empty if there is none.") % shown)
    if day is None:
        raise Refused(_("“%s” is no date. Write it like 2025-02-03.") % shown)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Refused(_("The year of “%s” can't be right. Leave the cell empty if there is no date.") % shown)
    if not clock:
        return day, None
    try:
        return day, _time(clock)
    except ValueError:
        raise Refused(
            _("The time of “%s” can't be read. Write it like 2025-02-03 14:30, or 14:30+01:00.") % shown
        ) from None


def _time(clock: str) -> time:
    """ValueError if it is none."""
    found = TIME.fullmatch(clock)
    if found is None:
        raise ValueError(clock)
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if half := found["half"]:
        if not 1 <= hour <= NOON:
            raise ValueError(clock)
        hour = hour % NOON + (NOON if half in "Pp" else 0)
    return time(hour, minute, second, tzinfo=_zone(found))


def _zone(found: re.Match[str]) -> tzinfo | None:
    if not found["sign"]:
        return UTC if found["zone"] else None
    away = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return zone_of(-away if found["sign"] == "-" else away)


def _text(cell: Content) -> str:
    if isinstance(cell, float):
        raise Refused(_("%s is a number, not a date. Give the column a date format.") % f"{cell:g}")
    # Spreadsheets put spaces of all widths before AM and PM.
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    if re.fullmatch(r"\d{1,6}", text):
        raise Refused(_("%s is a number, not a date. Give the column a date format.") % text)
    return text


def _parted(text: str, order: str) -> tuple[date | None, str]:
    """The day, and what is written of the time; no day if there is none."""
    if found := ISO.fullmatch(text):
        return _made(found[1], found[3], found[4]), found["clock"]
    if found := BASIC.fullmatch(text):
        return _made(found[1], found[2], found[3]), found["clock"]
    if found := DAY_MONTH.fullmatch(text):
        return _made(found[3], _month(found[2]), found[1]), found["clock"]
    if found := MONTH_DAY.fullmatch(text):
        return _made(found[3], _month(found[1]), found[2]), found["clock"]
    if found := NUMBERS.fullmatch(text):
        # Where dots stand between them, the day comes first: no country writes it otherwise.
        order = DayOrder.DAY_FIRST if found[2] == "." else order
        return _of_numbers(text, found[1], found[3], found[4], order), found["clock"]
    return None, ""


def _month(word: str) -> str:
    """The number of a month by its name or by the first letters of it, at least three; 0 if it is none."""
    names = [name for name in MONTHS if name.startswith(word.lower()) and len(word) >= MIN_MONTH_LENGTH]
    return str(MONTHS.index(names[0]) + 1 if names else 0)


def _of_numbers(text: str, first: str, second: str, third: str, order: str) -> date | None:
    """The only day that it can be, by the orders in which people write it; of several that of `order`."""
    day_first, month_first = _made(third, second, first), _made(third, first, second)
    said = {DayOrder.DAY_FIRST: day_first, DayOrder.MONTH_FIRST: month_first}.get(DayOrder(order))
    if said:
        return said
    # A set: 03.03. is one day in whichever order. Only days that exist count, so 31/01 is one day, too.
    possible = {day_first, month_first}
    if len(first) == len(third) == SHORT_YEAR_DIGITS:
        possible.add(_made(first, second, third))
    days = sorted(filter(None, possible))
    if len(days) > 1:
        raise Refused(
            _("“%(text)s” could be %(days)s. Write it like 2025-02-03, or say which comes first.")
            % {"text": quote_for_message(text), "days": _(" or ").join(map(date_format, days))}
        )
    return days[0] if days else None


def _made(year: str, month: str, day: str) -> date | None:
    if len(year) == SHORT_YEAR_DIGITS:
        year = f"19{year}" if int(year) >= FIRST_SHORT_YEAR else f"20{year}"
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
