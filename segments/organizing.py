"""What keeps many segments in order: archive, owners, tags, favourites. None of it changes who is in them.

Each function is one transaction and leaves a record of who did what; favourites are each user's own.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.core.names import check_name, fold, without_invisible
from partners.core.replica import write_by_the_way
from segments.models import Segment, SegmentFavourite, SegmentTag

MAX_TAG_LENGTH = 40
USE_IS_NOTED_EVERY = timedelta(days=1)


def _change(
    segments: Iterable[Segment], user: User, said: str, changes: Callable[[QuerySet[Segment]], Sequence[int]]
) -> list[Segment]:
    """Lock the segments, change those that `changes` picks, and log it; those that changed."""
    with transaction.atomic():
        keys = sorted(segment.pk for segment in segments)
        locked = Segment.objects.select_for_update().filter(pk__any_of=keys).order_by("pk")
        changed = set(changes(locked))
        rows = [segment for segment in locked if segment.pk in changed]
        if rows:
            LogEntry.objects.log_actions(user.pk, rows, CHANGE, said)
        return rows


def set_archived(*, segments: Iterable[Segment], archived: bool, user: User) -> list[Segment]:
    """Put segments into the archive, or take them out of it; those that were not there before."""

    def changes(rows: QuerySet[Segment]) -> Sequence[int]:
        keys = [segment.pk for segment in rows if bool(segment.archived_at) != archived]
        Segment.objects.filter(pk__any_of=keys).update(archived_at=timezone.now() if archived else None)
        return keys

    return _change(segments, user, _("Archived.") if archived else _("Restored from the archive."), changes)


def hand_over(*, segments: Iterable[Segment], owner: User, user: User) -> list[Segment]:
    """Give segments another owner; those that had a different one."""

    def changes(rows: QuerySet[Segment]) -> Sequence[int]:
        keys = [segment.pk for segment in rows if segment.owner_id != owner.pk]
        Segment.objects.filter(pk__any_of=keys).update(owner=owner)
        return keys

    return _change(segments, user, _("Owner: %s.") % owner, changes)


def change_tags(
    *, segments: Iterable[Segment], added: Sequence[str], removed: Sequence[str], user: User
) -> list[Segment]:
    """Add tags to segments and remove others, in whatever letters; the segments that changed."""

    def changes(rows: QuerySet[Segment]) -> Sequence[int]:
        keys = [segment.pk for segment in rows]
        tags = SegmentTag.objects.filter(segment__any_of=keys)
        there = set(tags.values_list("segment", "name_folded"))
        gone = tags.filter(name_folded__in=map(fold, removed))
        changed = set(gone.values_list("segment", flat=True))
        new = [
            SegmentTag(segment_id=key, name=name)
            for key in keys
            for name in added
            if (key, fold(name)) not in there
        ]
        gone.delete()
        SegmentTag.objects.bulk_create(new)
        return sorted(changed | {tag.segment_id for tag in new})

    words = [_("tagged %s") % name for name in added] + [_("no longer tagged %s") % name for name in removed]
    return _change(segments, user, f"{capfirst(', '.join(words))}.", changes)


def read_tags(words: Iterable[str]) -> list[str]:
    """Words as they are kept as tags, each once; ValidationError for what can't be shown, or is too long."""
    found = {fold(tag): tag for tag in filter(None, map(without_invisible, words))}
    for tag in found.values():
        check_name(tag)
        if len(tag) > MAX_TAG_LENGTH:
            raise ValidationError(_("A tag has at most %s characters.") % MAX_TAG_LENGTH)
    return list(found.values())


def give_tags(segment: Segment, tags: Iterable[str]) -> None:
    """Give tags to a segment that is being saved; those that it has already stay as they are."""
    there = {tag.name_folded for tag in segment.tags.all()}
    new = [SegmentTag(segment=segment, name=tag) for tag in tags if fold(tag) not in there]
    SegmentTag.objects.bulk_create(new)


def turn_favourite(*, segment: Segment, user: User) -> bool:
    """Make a segment the user's favourite, or no longer; whether it is one now."""
    with transaction.atomic():
        mine = SegmentFavourite.objects.filter(segment=segment, owner=user)
        if mine.delete()[0]:
            return False
        SegmentFavourite.objects.get_or_create(segment=segment, owner=user)
        return True


def note_use(segment: Segment) -> None:
    """Write down that somebody opened, listed or exported the segment; once a day will do."""
    now = timezone.now()
    if segment.used_at < now - USE_IS_NOTED_EVERY:
        rows = Segment.objects.filter(pk=segment.pk)
        write_by_the_way(partial(rows.update, used_at=now))
