"""The time of day as a test has it, and what happens at it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from partners.core.moment import Moment
from segments.models import Run, Segment, Stay
from segments.tracking import queue
from segments.tracking.running import carry_out

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
"""Where the program is."""


class Clock:
    def __init__(self, now=NOON):
        self.now = now

    def rule(self, monkeypatch):
        """Whoever asks what time it is, asks this clock."""
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        monkeypatch.setattr(Moment, "now", classmethod(lambda _cls: Moment(self.now, BERLIN)))

    @property
    def moment(self):
        return Moment.now()

    def turn(self, **of_a_timedelta):
        self.now += timedelta(**of_a_timedelta)


def definition(*conditions):
    """Of one group: (field, operator, value) each."""
    names = ("field", "operator", "value")
    return {
        "version": 2,
        "any": [{"all": [dict(zip(names, one, strict=False)) for one in conditions]}],
    }


def in_group(*keys):
    return definition(("partner_group", "any_of", list(keys)))


def segment_of(stored, name="Watched", **values):
    return Segment.objects.create(name=name, definition=stored, **values)


def run_all(clock):
    """Carry out all that is due by now; returns the runs as they ended."""
    queue.plan_runs(clock.moment)
    done = []
    while run := queue.claim("test", clock.now):
        carry_out(run)
        done += Run.objects.filter(pk=run.pk)
    return done


def events(segment):
    """What happened, in the order of time: (sign, partner, cause)."""
    found = []
    for stay in Stay.objects.filter(segment=segment).with_runs():
        found.append((stay.entered, "+", stay.partner_id, stay.get_entered_cause_display()))
        if stay.left:
            found.append((stay.left, "-", stay.partner_id, stay.get_left_cause_display()))
    return [event[1:] for event in sorted(found)]


def members_now(segment):
    return set(Stay.objects.open().filter(segment=segment).values_list("partner_id", flat=True))
