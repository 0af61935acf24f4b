"""When something is asked: all that one request, command or run asks is asked of the same moment."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

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

    @property
    def today(self) -> date:
        """The day that it is in the zone."""
        return self.instant.astimezone(self.zone).date()

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


def moment_of(request: HttpRequest) -> Moment:
    """When this request asks: taken when it is asked for first, and the same from then on."""
    moment: Moment | None = getattr(request, KEPT_AS, None)
    if moment is None:
        moment = Moment.now()
        setattr(request, KEPT_AS, moment)
    return moment
