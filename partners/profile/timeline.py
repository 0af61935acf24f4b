"""What happened with a partner, newest first. Apps above add events with `extend(Partner, timeline=[…])`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from partners.core.limits import limits
from partners.core.requests import Person
from partners.models import Partner
from partners.permissions import can_change_note
from partners.profile.import_events import import_events
from partners.stage_edits.presenters import BulkMove, event_of

SHOWN = 20
"""So many events are shown until all are asked for."""
NO_MOMENT = datetime.min.replace(tzinfo=UTC)
EDITS = "edits"
"""The key of the sources of bulk edits."""
STAGE_EVENT, EDIT_EVENT, IMPORT_EVENT, NOTE_EVENT = (
    f"partners/profile/{what}_event.html" for what in ("stage", "edit", "import", "note")
)


@dataclass(frozen=True)
class TimelineEvent:
    """Something that happened on a day, at a moment if that is known; the template draws `what`."""

    day: date
    at: datetime | None
    template: str
    what: Any
    may_change: bool = False
    told_by: str = ""
    """The key of the source that has an event for this, and perhaps more like it, where both are shown."""

    @property
    def place(self) -> tuple[date, datetime]:
        """Rises with time; of one day, what has no moment comes first."""
        return self.day, self.at or NO_MOMENT


@dataclass(frozen=True)
class TimelineSource:
    """Events of a partner, as a user may see them: the last ones, at least so many if there are.

    The key is that of the filter, which sources may share.
    """

    key: str
    label: StrOrPromise
    events: Callable[[Partner, Person, int], Iterable[TimelineEvent]]
    hint: StrOrPromise = ""
    """What has to be known of these events, where only they are shown."""


@dataclass(frozen=True)
class Timeline:
    """The events that are shown, whether there are more, and what they can be narrowed to, by key."""

    events: list[TimelineEvent]
    has_more: bool
    only: str
    filters: dict[str, StrOrPromise]
    hint: StrOrPromise


def event_at(at: datetime, template: str, what: Any, *, told_by: str = "") -> TimelineEvent:
    """An event of which the moment is known."""
    return TimelineEvent(timezone.localdate(at), at, template, what, told_by=told_by)


def stages_of(partner: Partner, user: Person, number: int) -> Iterator[TimelineEvent]:
    """The prospecting stages that the partner came into."""
    for change in partner.stage_changes.order_by("-pk")[:number]:
        event = event_of(change, Partner, user)
        yield event_at(event.at, STAGE_EVENT, event, told_by=EDITS if event.in_bulk else "")


def edits_of(partner: Partner, user: Person, number: int) -> Iterator[TimelineEvent]:
    """The bulk edits that moved the partner."""
    changes = partner.stage_changes.filter(edit__isnull=False)
    for change in changes.order_by("-pk")[:number]:
        event = event_of(change, Partner, user)
        yield event_at(event.at, EDIT_EVENT, BulkMove(event, _("moved the partner to")))


def notes_of(partner: Partner, user: Person, number: int) -> Iterator[TimelineEvent]:
    """The notes about the partner."""
    now = timezone.now()
    for note in partner.notes.all()[:number]:
        was_then = timezone.localdate(note.created_at) == note.happened_on
        yield TimelineEvent(
            note.happened_on,
            note.created_at if was_then else None,
            NOTE_EVENT,
            note,
            may_change=can_change_note(user, note, now),
        )


def imports_of(partner: Partner, user: Person, number: int) -> Iterator[TimelineEvent]:
    """The imports that changed the partner, or what belongs to it."""
    for event in import_events(partner, user, number):
        yield event_at(event.at, IMPORT_EVENT, event)


def _say_how_long_kept() -> str:
    days = limits().import_details_days
    return ngettext("Kept for %s day after an import.", "Kept for %s days after an import.", days) % days


_how_long_kept = lazy(_say_how_long_kept, str)
SOURCES = (
    TimelineSource("notes", _("Notes"), notes_of),
    TimelineSource("stages", _("Prospecting"), stages_of),
    TimelineSource("imports", _("Imports"), imports_of, hint=_how_long_kept()),
    TimelineSource(EDITS, _("Bulk edits"), edits_of),
)
"""Those of every user who sees the page."""


def timeline(
    partner: Partner, user: Person, sources: Sequence[TimelineSource], *, only: str, number: int
) -> Timeline:
    """The last events of these sources, newest first; of the key `only`, or of all if there is none of it."""
    chosen = [source for source in sources if source.key == only] or sources
    keys = {source.key for source in chosen}
    found = chain.from_iterable(source.events(partner, user, number + 1) for source in chosen)
    told = [event for event in found if event.told_by not in keys]
    events = sorted(told, key=lambda event: event.place, reverse=True)
    return Timeline(
        events[:number],
        has_more=len(events) > number,
        only=only if only in keys else "",
        filters={source.key: source.label for source in sources},
        hint=chosen[0].hint if only in keys else "",
    )
