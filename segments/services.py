"""What changes segments. Each function is one transaction and leaves a record of who did what."""

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from segments.definition import Definition
from segments.limits import TooSlowError, limited
from segments.models import Segment

SECONDS = 30.0
"""How long counting the partners of a segment that is saved may take."""


class SegmentChangedError(Exception):
    """Somebody else saved the segment meanwhile; `current` is how it stands now."""

    def __init__(self, current: Segment) -> None:
        super().__init__(current.name)
        self.current = current


class SegmentDeletedError(Exception):
    """Somebody else deleted the segment meanwhile."""


def save_segment(
    *,
    segment: Segment | None = None,
    name: str,
    definition: Definition,
    user: User | None,
    revision: int | None = None,
) -> Segment:
    """Save a new segment (`segment` None), or an existing one that was opened at `revision`, and count it.

    ValidationError says what is wrong with the name. SegmentChangedError: it is no longer at that revision.
    SegmentDeletedError: it is gone.
    """
    try:
        with transaction.atomic():
            return _save(segment, name, definition, user, revision)
    except IntegrityError:
        others = Segment.objects.named(name).exclude(pk=segment.pk if segment else 0)
        message = Segment.taken_message if others.exists() else _("Something it names was deleted just now.")
        raise ValidationError({"name": message}) from None


def _save(
    segment: Segment | None,
    name: str,
    definition: Definition,
    user: User | None,
    revision: int | None,
) -> Segment:
    if segment is None:
        saved = Segment(owner=user)
    else:
        found = Segment.objects.select_for_update().filter(pk=segment.pk).first()
        if found is None:
            raise SegmentDeletedError
        saved = found
        if revision is not None and saved.revision != revision:
            raise SegmentChangedError(saved)
        saved.revision += 1
    saved.name = name
    saved.definition = definition.to_json()
    saved.changed_by = user
    saved.changed_at = timezone.now()
    saved.full_clean(exclude={"owner", "changed_by", "name_folded"})
    store_count(saved, count(saved), save=False)
    saved.save()
    if user:
        action, done = (CHANGE, "changed") if segment else (ADDITION, "added")
        LogEntry.objects.log_actions(user.pk, [saved], action, [{done: {}}], single_object=True)
    return saved


def count(segment: Segment) -> int | None:
    """How many partners it has now; None if counting takes too long."""
    try:
        with limited(seconds=SECONDS):
            return segment.members().count
    except TooSlowError:
        return None


def store_count(segment: Segment, number: int | None, *, save: bool = True) -> None:
    """Keep the number of partners that was just counted, and when; None where that took too long."""
    segment.partner_count = number
    segment.counted_at = None if number is None else timezone.now()
    if save:
        Segment.objects.filter(pk=segment.pk, revision=segment.revision).update(
            partner_count=segment.partner_count, counted_at=segment.counted_at
        )
