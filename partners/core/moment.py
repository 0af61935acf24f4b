"""When something is asked: all that one request, command or run asks is asked of the same moment."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

AS_OF = "as_of"
"""The parameter in which an address or a form carries the day of the question that it goes on with."""
CARRIED_FOR = timedelta(days=7)
"""A page that was left open longer than this goes on with today."""
KEPT_AS = "_moment"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and the time zone in which the program counts days."""

    instant: datetime
    zone: tzinfo
    kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What has been read for questions of this moment, so that all of them see the same."""

    @classmethod
    def now(cls) -> "Moment":
        """This instant in the program's zone. Taken once and passed on: days must not change in between."""
        return cls(timezone.now(), timezone.get_default_timezone())

    @classmethod
    def carried(cls, asked: Mapping[str, str]) -> "Moment":
        """That of an earlier page, whose day is carried along as AS_OF; now, where no such day is.

        The day is enough: nothing that a list or a count shows depends on the time of day.
        """
        now = cls.now()
        with suppress(ValueError):
            day = date.fromisoformat(asked.get(AS_OF, ""))
            if timedelta(0) < now.today - day <= CARRIED_FOR:
                return cls(now.start_of(day), now.zone)
        return now

    @property
    def today(self) -> date:
        """The day that it is in the zone."""
        return self.instant.astimezone(self.zone).date()

    @property
    def has_passed(self) -> bool:
        """Whether its day is over."""
        return self.today < self.now().today

    def carried_by(self, address: str) -> str:
        """The address of a page that goes on with what was asked at this moment."""
        return f"{address}{'&' if '?' in address else '?'}{AS_OF}={self.today.isoformat()}"

    def start_of(self, day: date) -> datetime:
        """The instant at which a day begins in the zone.

        Where clocks skip midnight this is the first instant after the gap, where they show it twice the first
        of both: that is what `fold=0` means (PEP 495), as a gap at midnight begins at midnight.
        """
        begin = datetime.combine(day, time.min, tzinfo=self.zone)
        try:
            return begin.astimezone(UTC)
        except OverflowError:  # east of UTC the first day that there is begins before the first instant
            return datetime.min.replace(tzinfo=UTC)


def moment_of(request: HttpRequest, carried: Mapping[str, str] | None = None) -> Moment:
    """When this request asks: taken when it is asked for first, and the same from then on.

    A request that goes on with an earlier page asks as that did: the day is in its address, or in `carried`.
    """
    moment: Moment | None = getattr(request, KEPT_AS, None)
    if moment is None:
        moment = Moment.carried(request.GET if carried is None else carried)
        setattr(request, KEPT_AS, moment)
    return moment
