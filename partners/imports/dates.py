"""Days as files write them: ISO, and the ways of spreadsheets. What could be two days is refused."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.imports.errors import Refused


class DayOrder(models.TextChoices):
    """Which number of 03/04/2025 is the day."""

    UNKNOWN = "", gettext_lazy("Refuse dates like 03/04/2025")
    DAY_FIRST = "day", gettext_lazy("03/04/2025 is 3 April")
    MONTH_FIRST = "month", gettext_lazy("03/04/2025 is 4 March")


MONTH_NAMES = (
    "jan january",
    "feb february",
    "mar march",
    "apr april",
    "may",
    "jun june",
    "jul july",
    "aug august",
    "sep sept september",
    "oct october",
    "nov november",
    "dec december",
)
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES, 1) for name in names.split()}
CLOCK = (
    r"(?:[T ,]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?"
    r" ?(?:[Zz]|UTC|[+-]\d{2}:?\d{2})?))?"
)
ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){CLOCK}")
BASIC = re.compile(r"(19|20)(\d{2})(\d{2})(\d{2})(?:T[\d:.+Z-]*)?")
NUMBERS = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){CLOCK}")
DAY_MONTH = re.compile(rf"(\d{{1,2}})[- .]+([A-Za-z]+)[- .,]+(\d{{4}}|\d{{2}}){CLOCK}")
MONTH_DAY = re.compile(rf"([A-Za-z]+)[- .]+(\d{{1,2}})(?:st|nd|rd|th)?,? +(\d{{4}}){CLOCK}")
FIRST_YEAR, LAST_YEAR = 1900, 2199


def read_day(cell: Any, order: str = DayOrder.UNKNOWN) -> str:
    """The day as it is written, in whichever time zone, as ISO; Refused if it is none, or could be two."""
    text = _text(cell)
    day = _day(text, order)
    if day is None:
        raise Refused(_("“%s” is no date. Write it like 2025-02-03.") % text[:40])
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Refused(_("The year of “%s” can't be right.") % text[:40])
    return day.isoformat()


def read_moment(cell: Any, order: str = DayOrder.UNKNOWN) -> str:
    """The moment as ISO with its time zone; the site's if none is written, noon if there is no time."""
    text = _text(cell)
    day = date.fromisoformat(read_day(text, order))
    clock = re.search(r"\d{1,2}:\d{2}.*$", text)
    if not clock:
        return timezone.make_aware(datetime.combine(day, time(12))).astimezone(UTC).isoformat()
    try:
        hours = _padded(clock[0].replace(" ", ""))
        moment = datetime.fromisoformat(f"{day.isoformat()}T{hours}")
    except ValueError:
        raise Refused(_("“%s” is no time. Write it like 2025-02-03 14:30.") % text[:40]) from None
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment.astimezone(UTC).isoformat()


def _padded(clock: str) -> str:
    return clock if clock[1] != ":" else f"0{clock}"


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        raise Refused(_("%s is a number, not a date. Give the column a date format.") % f"{cell:g}")
    text = str(cell).strip()
    if re.fullmatch(r"\d{1,6}", text):
        raise Refused(_("%s is a number, not a date. Give the column a date format.") % text)
    return text


def _day(text: str, order: str) -> date | None:
    if found := ISO.fullmatch(text):
        return _made(found[1], found[3], found[4])
    if found := BASIC.fullmatch(text):
        return _made(found[1] + found[2], found[3], found[4])
    if found := DAY_MONTH.fullmatch(text):
        year = found[3] if len(found[3]) == len("2025") else f"20{found[3]}"
        return _made(year, str(MONTHS.get(found[2].lower(), 0)), found[1])
    if found := MONTH_DAY.fullmatch(text):
        return _made(found[3], str(MONTHS.get(found[1].lower(), 0)), found[2])
    if found := NUMBERS.fullmatch(text):
        # Where dots stand between them, the day comes first: no country writes it otherwise.
        order = DayOrder.DAY_FIRST if found[2] == "." else order
        return _of_numbers(text, found[1], found[3], found[4], order)
    return None


def _of_numbers(text: str, first: str, second: str, year: str, order: str) -> date | None:
    day_first, month_first = _made(year, second, first), _made(year, first, second)
    if order:
        return day_first if order == DayOrder.DAY_FIRST else month_first
    if day_first and month_first and day_first != month_first:
        raise Refused(
            _("“%(text)s” could be %(one)s or %(other)s. Write it like 2025-02-03, or say which comes first.")
            % {"text": text[:40], "one": day_first.isoformat(), "other": month_first.isoformat()}
        )
    return day_first or month_first


def _made(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
