"""The subcommands of `manage.py segment` that are about tracked segments."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import IO

from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.utils.dateparse import parse_date

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.streaming import streamed
from partners.exports.services import write_rows
from segments.models import Frequency, Segment, Tracking
from segments.screens.tracking.changes_file import USUAL_DAYS, ChangesFile
from segments.tracking.history import as_of, known_since, stays_as_of
from segments.tracking.services import HistoryInUseError, change, switch_off, switch_on


def track(segment: Segment, *, frequency: Frequency, off: bool, user: User | None) -> str:
    """Switch tracking on, change how often it is run, or switch it off; what was done, in words."""
    if off:
        try:
            switch_off(segment=segment, user=user)
        except HistoryInUseError as error:
            raise CommandError(str(error)) from None
        return f"{segment.name} is not tracked any more; its history is deleted."
    tracking = switch_on(segment=segment, user=user, frequency=frequency)
    change(
        tracking=tracking,
        frequency=frequency,
        guard_percent=tracking.guard_percent,
        paused=tracking.paused,
        user=user,
    )
    return f"{segment.name} is tracked, {frequency.label.lower()}. manage.py work makes the runs."


def write_changes(segment: Segment, file: IO[bytes], *, first: str | None, last: str | None) -> int:
    """A file of who entered and left in some days, the last 90 by default; how many rows it has."""
    moment = Moment.now()
    tracking, since = _tracked(segment, moment)
    last_day = _day(last) if last else moment.today
    if last_day < since:
        raise CommandError(f"{segment.name} is known since {since.isoformat()} only.")
    first_day = _day(first) if first else last_day - timedelta(days=USUAL_DAYS - 1)
    if last_day < first_day:
        raise CommandError(f"{last_day.isoformat()} is before {first_day.isoformat()}.")
    found = ChangesFile(tracking, max(first_day, since), min(last_day, moment.today), moment)
    record = write_rows(found.rows(), columns=found.columns, what=found.what, asked=found.asked, file=file)
    return record.rows or 0


def members_as_of(segment: Segment, *, day: str, warn: Callable[[str], object]) -> Iterator[int]:
    """The Partner IDs of those who were in it at the end of a day; warns of what is not known."""
    moment = Moment.now()
    tracking, since = _tracked(segment, moment)
    asked = _day(day)
    if asked > moment.today:
        raise CommandError(f"{asked.isoformat()} is still to come.")
    found = as_of(tracking, asked, moment)
    if not found.is_known:
        raise CommandError(f"{segment.name} is known since {since.isoformat()} only.")
    if found.gap:
        first, last = found.gap.first.isoformat(), found.gap.last.isoformat()
        warn(f"There was no run from {first} to {last}: what happened then is not known.\n")
    stays = stays_as_of(tracking, asked, moment).order_by("partner_id")
    if number := stays.number_deleted():
        warn(f"Of these, {number:,} have been deleted since.\n")
    yield from streamed(stays.values_list("partner_id", flat=True), at_once=limits().export_fetch_rows)


def _tracked(segment: Segment, moment: Moment) -> tuple[Tracking, date]:
    """Its tracking, and the first day of which anything is known."""
    tracking = Tracking.objects.select_related("segment").filter(segment=segment).first()
    if tracking is None:
        raise CommandError(f"{segment.name} is not tracked. manage.py segment track switches it on.")
    since = known_since(tracking, moment)
    if since is None:
        raise CommandError(f"{segment.name} has not been run yet. manage.py work makes the runs.")
    return tracking, since


def _day(text: str) -> date:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"“{text}” is no day. Write it like 2026-11-03.")
    return day
