"""What changes segments. Each function is one transaction and leaves a record of who did what."""

from collections.abc import Sequence

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.core.actor import acting_as
from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from segments.definition import Definition
from segments.models import Frequency, RunKind, Segment, SegmentVersion
from segments.nesting import definitions_at, reachable, read_afresh, segments_watched, trouble
from segments.organizing import give_tags
from segments.query.members import segment_query
from segments.references import segments_reaching
from segments.tracking.queue import ask_for_runs, lock
from segments.tracking.reasons import of_a_save
from segments.tracking.services import switch_on


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
    moment: Moment,
    revision: int | None = None,
    restores: int | None = None,
    tags: Sequence[str] = (),
    tracked: Frequency | None = None,
) -> Segment:
    """Save a new segment (`segment` None), or an existing one that was opened at `revision`, and count it.

    What was changed is kept as a version, which `restores` an earlier one; what is the same is only counted.
    `tags` are given to it besides those that it has; if it is to be `tracked`, and is not, it is from now on.
    ValidationError says what is wrong with the name, or with the segments that it names.
    SegmentChangedError: it is no longer at that revision. SegmentDeletedError: it is gone.
    """
    # Before anything is locked: others need not wait for it.
    number = _count(definition, moment)
    try:
        with transaction.atomic():
            saved = _save(segment, name, definition, user, moment, revision, restores, number)
            if tags:
                give_tags(saved, tags)
            if tracked:
                switch_on(segment=saved, user=user, frequency=tracked)
            return saved
    except IntegrityError:
        others = Segment.objects.named(name).exclude(pk=segment.pk if segment else 0)
        message = Segment.taken_message if others.exists() else _("Something it names was deleted just now.")
        raise ValidationError({"name": message}) from None


def _save(
    segment: Segment | None,
    name: str,
    definition: Definition,
    user: User | None,
    moment: Moment,
    revision: int | None,
    restores: int | None,
    number: int | None,
) -> Segment:
    moment, outer = _lock_related(segment, definition, moment)
    saved = Segment(owner=user) if segment is None else _locked(segment, revision)
    old_name, same_definition = saved.name, saved.means(definition)
    saved.name, saved.definition = name, definition.to_json()
    saved.full_clean(exclude={"owner", "changed_by", "name_folded"})
    same = {"Name": saved.name == old_name, "Definition": same_definition}
    changed = [label for label, is_same in same.items() if not is_same]
    if not changed:
        store_count(saved, number)
        return saved
    _check_nesting(saved, definition, outer, moment)
    saved.changed_by, saved.changed_at = user, timezone.now()
    store_count(saved, number, save=False)
    saved.save(restores=restores)
    reason = of_a_save(saved.revision, saved.name, restores=restores)
    with acting_as(user or ""):
        ask_for_runs({saved.pk, *outer}, kind=RunKind.SAVE, reason=reason, now=saved.changed_at)
    if user:
        # In the form that Django's own pages write and read.
        done = {"changed": {"fields": changed}} if segment else {"added": {}}
        what = _("Restored version %s.") % restores if restores else [done]
        action = CHANGE if segment else ADDITION
        LogEntry.objects.log_actions(user.pk, [saved], action, what, single_object=True)
    return saved


def _locked(segment: Segment, revision: int | None) -> Segment:
    """Lock the row and check its revision."""
    found = Segment.objects.select_for_update().filter(pk=segment.pk).first()
    if found is None:
        raise SegmentDeletedError
    if revision is not None and found.revision != revision:
        raise SegmentChangedError(found)
    return found


def _lock_related(segment: Segment | None, definition: Definition, moment: Moment) -> tuple[Moment, set[int]]:
    """Lock the segment, all that it is going to reach and all that reach it, in the order of their keys.

    So two saves that would close a circle together follow each other, and the second sees it. Returns the
    moment at which segments are read as they were locked, and the primary keys of those that reach it.
    """
    own = {segment.pk} if segment else set()
    locked: set[int] = set()
    while True:
        moment = read_afresh(moment)
        outer = segments_reaching(own)
        # Those whose history is asked for too: their tracking is not switched off meanwhile.
        related = own | outer | reachable([definition], moment).keys() | segments_watched(definition)
        if related <= locked:
            return moment, outer
        # Some may have come to be related until the lock was there: then they are locked too.
        locked |= related
        rows = Segment.objects.select_for_update().filter(pk__any_of=sorted(locked)).order_by("pk")
        locked |= set(rows.values_list("pk", flat=True))


def _check_nesting(segment: Segment, definition: Definition, outer: set[int], moment: Moment) -> None:
    """Refuse a definition whose segments can't be put in their places, or not any more in an `outer` one."""
    after = read_afresh(moment, known={segment.pk: (segment.name, definition)} if segment.pk else {})
    message = trouble(definition, after, own=segment.pk, name=segment.name)
    for pk, (name, one) in definitions_at(sorted(outer), moment).items():
        # What is in trouble already does not keep anything from being put right.
        if one and not message and not trouble(one, moment, own=pk, name=name):
            message = trouble(one, after, own=pk, name=name)
    if message:
        raise ValidationError({"definition": message})


def restore_version(*, version: SegmentVersion, user: User | None, moment: Moment, revision: int) -> Segment:
    """Save a segment as it was in an earlier version; errors as of `save_segment`, and DefinitionError."""
    return save_segment(
        segment=version.segment,
        name=name_back(version),
        definition=version.read(),
        user=user,
        moment=moment,
        revision=revision,
        restores=version.revision,
    )


@transaction.atomic
def delete_segments(segments: QuerySet[Segment]) -> None:
    """Delete segments with their history, to which no run adds any more. The admin records who did it.

    ProtectedError: another segment names one of them.
    """
    keys = sorted(segments.values_list("pk", flat=True))
    lock(keys)
    Segment.objects.filter(pk__any_of=keys).delete()


def name_back(version: SegmentVersion) -> str:
    """The name that restoring brings back; the present one, if another segment has that name now."""
    others = Segment.objects.named(version.name).exclude(pk=version.segment_id)
    return version.segment.name if others.exists() else version.name


def count(segment: Segment, moment: Moment) -> int | None:
    """How many partners it has at a moment; None if counting takes too long."""
    return _count(segment.read_or_nobody(), moment)


def _count(definition: Definition, moment: Moment) -> int | None:
    try:
        with time_limit(seconds=limits().segment_count_timeout_s):
            return segment_query(definition, moment).count
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
