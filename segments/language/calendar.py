"""The days that a range of days means at a moment, as a person reads them."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.core.moment import Moment
from segments.days import DayRange, Days, format_day


@dataclass(frozen=True)
class MeantDays:
    """“28 Nov – 27 Dec 2026”; whether today is one of them; the zone in which the days are counted."""

    words: str
    with_today: bool
    zone: str


def meant_days(days: Days, moment: Moment) -> MeantDays:
    """The days that are meant at this moment."""
    found, today = days.range(moment.today), moment.today
    begun = found.start is None or found.start <= today
    return MeantDays(
        words=_range_in_words(found),
        with_today=begun and (found.end is None or today < found.end),
        zone=str(moment.zone),
    )


def _range_in_words(days: DayRange) -> str:
    if days.start is None:
        return _("before %s") % format_day(days.end) if days.end else _("any day")
    if days.end is None:
        return _("from %s on") % format_day(days.start)
    if days.end <= days.start:
        return _("no day")
    last = days.end - timedelta(days=1)
    return format_day(last) if last == days.start else f"{_start(days.start, last)} – {format_day(last)}"


def _start(first: date, last: date) -> str:
    """Without the year where the last day has the same."""
    return date_format(first, "j M") if first.year == last.year else format_day(first)
