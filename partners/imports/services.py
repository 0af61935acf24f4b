"""An import from file to database: received, matched, checked part by part, confirmed, written at once."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, BinaryIO

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.core.actor import Actor, UserOrName, acting_as, current_actor
from partners.core.bulk_changes import tell_bulk_change
from partners.core.limits import limits
from partners.core.names import fold
from partners.core.statistics import refresh_statistics
from partners.core.streaming import streamed
from partners.imports.errors import Conflict
from partners.imports.importers.base import Importer, RowPlan
from partners.imports.importers.columns import match
from partners.imports.importers.registry import importer_of
from partners.imports.parsing.spoilt import unspoilt
from partners.imports.planning import Raw, RowReader, plan_rows
from partners.imports.reading.table import FileLimits, SourceTable, open_table
from partners.imports.writing import insert_rows
from partners.models.imports import Import, ImportPart, ImportRow, ImportStatus, OriginalPart, RowOutcome

Progress = Callable[[int], Any]
SPOILT, MAX_SHOWN = "spoilt", 3
"""In what is known of the reading: how many texts look spoilt, and some of them."""


def receive(
    *, file: BinaryIO, name: str, importer: Importer, user: UserOrName, file_limits: FileLimits
) -> Import:
    """Read the file into the database; ImportFileError says why it can't be."""
    return take(
        table=open_table(file, file_limits=file_limits, importer=importer),
        name=name,
        importer=importer,
        user=user,
    )


def take(
    *, table: SourceTable, name: str, importer: Importer, user: UserOrName, progress: Progress | None = None
) -> Import:
    """Keep the table, with its columns matched as far as they are known.

    Nothing is locked while rows are read: large tables take minutes.
    """
    forget_old_files()
    record = Import.objects.create(
        kind=importer.key,
        file_name=name[-255:],
        digest=table.digest,
        read_as=table.read_as[:255],
        reading=dict(table.summary),
        status=ImportStatus.RECEIVING,
        headings=table.headings,
        columns=match(table.headings, importer.columns),
        **Actor(user).stamp(),
    )
    try:
        store_rows(record, table, progress)
    except Exception:
        record.delete()
        raise
    record.status = ImportStatus.RECEIVED
    record.save(update_fields=["rows", "status"])
    return record


def store_rows(
    record: Import, table: SourceTable, progress: Progress | None = None, *, first: int = 0
) -> None:
    """Keep the rows in parts from the first position on; how many rows there are is not saved yet."""
    for position, rows in enumerate(_in_parts(table.rows), first):
        ImportPart.objects.create(record=record, position=position, rows=rows)
        record.rows += len(rows)
        if progress:
            progress(len(rows))


def _in_parts(rows: Iterable[Raw]) -> Iterator[list[Raw]]:
    left, most = iter(rows), limits().import_part_rows
    while some := list(islice(left, most)):
        yield some


def forget_old_files() -> None:
    """Files that nobody imported, and the rows of old imports."""
    now = timezone.now()
    Import.objects.filter(
        applied_at=None, created_at__lt=now - timedelta(days=limits().unused_import_days)
    ).delete()
    old = Import.objects.filter(applied_at__lt=now - timedelta(days=limits().import_details_days))
    ImportPart.objects.filter(record__in=old).delete()
    OriginalPart.objects.exclude(record__applied_at=None).delete()
    ImportRow.objects.filter(record__in=old).delete()


def start_check(
    *,
    record: Import,
    columns: Sequence[str],
    creates: bool,
    overwrites: bool,
    order: str,
    words: Mapping[str, str] | None = None,
) -> None:
    """Check the file from its beginning, with these columns; `words` say what is no stage of ours."""
    begun = False
    while not begun:
        held = Import.objects.get(pk=record.pk)
        held.columns, held.creates, held.overwrites, held.order = list(columns), creates, overwrites, order
        held.words = dict(words or {})
        begun = _begin(held, _gathered(held))


# Optimistic locking, so that no transaction is open while rows are planned: `checks` counts how often the
# check was begun, and what was planned is kept only if that and `parts_checked` are still the same.


@transaction.atomic
def _begin(held: Import, parts: list[ImportPart]) -> bool:
    """Begin the check with these parts in place; False if somebody else began one since they were made."""
    stored = Import.objects.select_for_update().get(pk=held.pk)
    if stored.status in (ImportStatus.WRITING, ImportStatus.APPLIED):
        return True
    if stored.checks != held.checks:
        return False
    held.planned.all().delete()
    held.reading.pop(SPOILT, None)
    for part in parts:
        part.save()
    held.status, held.created_names, held.checks = ImportStatus.CHECKING, [], stored.checks + 1
    held.parts_checked = held.rows_checked = held.repeated = 0
    held.new = held.changed = held.unchanged = held.refused = held.left_out = 0
    held.save()
    return True


def _gathered(record: Import) -> list[ImportPart]:
    """The changed and new parts after rows with the same key were moved together into parts at the end."""
    reader = RowReader(importer_of(record.kind), record)
    numbers: Counter[str] = Counter()
    for part in streamed(record.parts.all(), at_once=10):
        numbers.update(reader.key(cells) for _number, cells in part.rows)
    # Rows with one key must be planned together, and parts one by one. So the keys are counted in a first
    # pass, and in a second the rows of repeated keys are taken out of their parts: only those are in memory.
    del numbers[""]
    together: dict[str, list[Raw]] = {key: [] for key, number in numbers.items() if number > 1}
    parts: list[ImportPart] = []
    position = 0
    for part in streamed(record.parts.all(), at_once=10) if together else ():
        position = part.position + 1
        kept: list[Raw] = []
        for number, cells in part.rows:
            together.get(reader.key(cells), kept).append((number, cells))
        if len(kept) < len(part.rows):
            part.rows = kept
            parts.append(part)
    return parts + _new_parts(record, together.values(), position)


def _new_parts(record: Import, together: Iterable[list[Raw]], position: int) -> list[ImportPart]:
    parts: list[ImportPart] = []
    rows: list[Raw] = []
    for few in together:
        rows += few
        if len(rows) >= limits().import_part_rows:
            parts.append(ImportPart(record=record, position=position + len(parts), rows=rows))
            rows = []
    if rows:
        parts.append(ImportPart(record=record, position=position + len(parts), rows=rows))
    return parts


def check_some(*, record: Import, seconds: float, progress: Progress | None = None) -> Import:
    """Check as many rows as this time allows, at least one part; the status says whether all is checked.

    Each part is planned before anything is locked. Of two concurrent checks, one is dropped.
    """
    began = time.monotonic()
    held = Import.objects.get(pk=record.pk)
    while held.status == ImportStatus.CHECKING:
        part = held.parts.filter(position__gte=held.parts_checked).first()
        # Positions don't begin at 0 where the file was read again in another way.
        planned = plan_rows(importer_of(held.kind), held, part.rows) if part else []
        held = _keep(held, part, planned)
        if part and progress:
            progress(len(part.rows))
        if time.monotonic() - began > seconds:
            break
    return held


@transaction.atomic
def _keep(seen: Import, part: ImportPart | None, planned: list[RowPlan]) -> Import:
    """Keep what would become of the rows of the part, unless this has been done, or the check begun again."""
    held = Import.objects.select_for_update().get(pk=seen.pk)
    if (held.status, held.checks, held.parts_checked) != (seen.status, seen.checks, seen.parts_checked):
        return held
    if part:
        _keep_rows(held, planned)
        held.repeated += len(part.rows) - sum(plan.outcome != RowOutcome.REPEATED for plan in planned)
        held.parts_checked = part.position + 1
        held.rows_checked += len(part.rows)
    if held.rows_checked == held.rows:
        importer_of(held.kind).settle(held)
        held.status = ImportStatus.CHECKED
    held.save()
    return held


def _keep_rows(record: Import, planned: list[RowPlan]) -> None:
    numbers = Counter(plan.outcome for plan in planned)
    record.new += numbers[RowOutcome.NEW]
    record.changed += numbers[RowOutcome.CHANGED]
    record.unchanged += numbers[RowOutcome.UNCHANGED]
    record.refused += numbers[RowOutcome.REFUSED]
    record.left_out += sum(bool(plan.left_out) for plan in planned)
    names = {fold(name): name for name in record.created_names}
    for plan in planned:
        for name in plan.creates:
            names.setdefault(fold(name), name)
    record.created_names = [names[folded] for folded in sorted(names)]
    _note_spoilt(record, planned)
    insert_rows(
        ImportRow,
        [
            {
                "record_id": record.pk,
                "number": plan.number,
                "key": plan.key,
                "outcome": plan.outcome,
                "changes": plan.changes,
                "column": plan.column,
                "reason": plan.reason,
                "left_out": plan.left_out or None,
                "partner_id": plan.partner,
            }
            for plan in planned
            if plan.outcome != RowOutcome.UNCHANGED or plan.left_out
        ],
    )


def _note_spoilt(record: Import, planned: Iterable[RowPlan]) -> None:
    """Count the texts that would be written and look spoilt, and keep some to show."""
    values = (after for plan in planned for _before, after in plan.changes.values())
    texts = (text for after in values for text in (after if isinstance(after, list) else [after]))
    spoilt = [text for text in texts if isinstance(text, str) and unspoilt(text) != text]
    if spoilt:
        number, shown = record.reading.get(SPOILT, (0, []))
        record.reading[SPOILT] = number + len(spoilt), [*shown, *spoilt][:MAX_SHOWN]


def apply_import(*, record: Import, user: UserOrName, progress: Progress | None = None) -> Import:
    """Confirm what was shown, and write it."""
    confirm(record=record, user=user)
    return write(record=record, progress=progress)


def confirm(*, record: Import, user: UserOrName) -> None:
    """Mark the import as to be written, by this user. If writing breaks off, any user may continue."""
    checked = Import.objects.filter(pk=record.pk, status=ImportStatus.CHECKED)
    checked.update(status=ImportStatus.WRITING, **Actor(user).stamp())


def write(*, record: Import, progress: Progress | None = None) -> Import:
    """Write what was confirmed, once and in one transaction: a second call returns what the first has done.

    Conflict if it can't be written as it was shown: nothing is done, and it has to be confirmed again.
    """
    try:
        with transaction.atomic():
            done = _write(record, progress)
    except IntegrityError as error:
        raise _taken_back(record, _("Somebody saved the same at the same moment.")) from error
    except DataError as error:
        raise _taken_back(record, _("The database can't keep a value of the file.")) from error
    except Conflict as conflict:
        raise _taken_back(record, str(conflict)) from conflict
    if done.done >= limits().analyze_min_rows:
        refresh_statistics(*importer_of(done.kind).written())
    return done


def _taken_back(record: Import, reason: str) -> Conflict:
    Import.objects.filter(pk=record.pk, status=ImportStatus.WRITING).update(status=ImportStatus.CHECKED)
    return Conflict(reason)


def _write(record: Import, progress: Progress | None) -> Import:
    held = Import.objects.select_for_update().get(pk=record.pk)
    if held.status != ImportStatus.WRITING:
        return held
    importer = importer_of(held.kind)
    late: list[int] = []
    with acting_as(held.actor, why=(_("Import of %s") % held.file_name)[:500]):
        importer.make(held.created_names)
        for rows in _to_do(held):
            late += importer.write(rows)
            if progress:
                progress(len(rows))
        ImportRow.objects.filter(pk__any_of=late).update(outcome=RowOutcome.OVERTAKEN)
        held.overtaken = len(late)
        held.status, held.applied_at = ImportStatus.APPLIED, timezone.now()
        held.save()
        tell_bulk_change(current_actor().why)
    return held


def _to_do(record: Import) -> Iterator[list[ImportRow]]:
    """The rows to be written, many at once, in the order of the file."""
    for outcome in (RowOutcome.NEW, RowOutcome.CHANGED):
        number = 0
        rows = record.planned.filter(outcome=outcome)
        while few := list(rows.filter(number__gt=number)[: limits().import_write_rows]):
            yield few
            number = few[-1].number
