"""What happens to a file: received, matched, checked in steps, carried out. Each step is one transaction."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, BinaryIO

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.acting import acting
from partners.imports.columns import match
from partners.imports.errors import Conflict
from partners.imports.importers import Importer, Planned, importer_of
from partners.imports.planning import Raw, RowReader, plan_rows
from partners.imports.record import Import, ImportPart, ImportRow, Outcome, Status
from partners.imports.tables import Limits, Table, open_table
from partners.imports.writing import insert_rows
from partners.names import fold

ROWS_A_PART = 1_000
ROWS_WRITTEN_AT_ONCE = 10_000
KEPT_UNUSED = timedelta(days=7)
"""How long a file is kept that nobody imported."""
KEPT_IN_DETAIL = timedelta(days=30)
"""How long the rows of an import are kept; who imported what, with the numbers, is kept for good."""
Progress = Callable[[int], Any]


def receive(*, file: BinaryIO, name: str, importer: Importer, user: Any, limits: Limits) -> Import:
    """Read the file into the database; FileError says why it can't be."""
    return take(table=open_table(file, limits=limits), name=name, importer=importer, user=user)


@transaction.atomic
def take(
    *, table: Table, name: str, importer: Importer, user: Any, progress: Progress | None = None
) -> Import:
    """Keep the table, with its columns matched as far as they are known."""
    forget_old_files()
    record = Import.objects.create(
        kind=importer.key,
        file_name=name[-255:],
        digest=table.digest,
        read_as=table.read_as[:255],
        who=user if isinstance(user, str) else user.get_username(),
        headings=table.headings,
        columns=match(table.headings, importer.columns),
    )
    position = 0
    while rows := list(islice(table.rows, ROWS_A_PART)):
        ImportPart.objects.create(record=record, position=position, rows=rows)
        position += 1
        record.rows += len(rows)
        if progress:
            progress(len(rows))
    record.save(update_fields=["rows"])
    return record


def forget_old_files() -> None:
    """Files that nobody imported, and the rows of old imports."""
    now = timezone.now()
    Import.objects.filter(applied_at=None, created_at__lt=now - KEPT_UNUSED).delete()
    old = Import.objects.filter(applied_at__lt=now - KEPT_IN_DETAIL)
    ImportPart.objects.filter(record__in=old).delete()
    ImportRow.objects.filter(record__in=old).delete()


@transaction.atomic
def start_check(
    *, record: Import, columns: Sequence[str], creates: bool, overwrites: bool, order: str
) -> None:
    """Check the file from its beginning, with these columns."""
    held = Import.objects.select_for_update().get(pk=record.pk)
    if held.status == Status.APPLIED:
        return
    held.columns, held.creates, held.overwrites, held.order = list(columns), creates, overwrites, order
    _start(held)


def _start(held: Import) -> None:
    held.planned.all().delete()
    held.status, held.created_names = Status.CHECKING, []
    held.parts_checked = held.rows_checked = held.repeated = 0
    held.new = held.changed = held.unchanged = held.refused = held.left_out = 0
    _gather(held)
    held.save()


def _gather(record: Import) -> None:
    """Bring rows that speak of the same together into one part, behind the others."""
    reader = RowReader(importer_of(record.kind), record)
    seen: set[str] = set()
    doubled: dict[str, list[Raw]] = {}
    for part in record.parts.iterator(chunk_size=10):
        for _number, cells in part.rows:
            key = reader.key(cells)
            if key in seen:
                doubled[key] = []
            seen.add(key)
    doubled.pop("", None)
    if not doubled:
        return
    position = 0
    for part in record.parts.iterator(chunk_size=10):
        position = part.position + 1
        kept: list[Raw] = []
        for number, cells in part.rows:
            together = doubled.get(reader.key(cells))
            (kept if together is None else together).append((number, cells))
        if len(kept) < len(part.rows):
            part.rows = kept
            part.save(update_fields=["rows"])
    _append(record, doubled.values(), position)


def _append(record: Import, together: Iterable[list[Raw]], position: int) -> None:
    rows: list[Raw] = []
    for few in together:
        rows += few
        if len(rows) >= ROWS_A_PART:
            ImportPart.objects.create(record=record, position=position, rows=rows)
            rows, position = [], position + 1
    if rows:
        ImportPart.objects.create(record=record, position=position, rows=rows)


@transaction.atomic
def check_some(*, record: Import, seconds: float, progress: Progress | None = None) -> Import:
    """Check as many rows as this time allows, at least one part; the status says whether all is checked."""
    held = Import.objects.select_for_update().get(pk=record.pk)
    if held.status != Status.CHECKING:
        return held
    importer = importer_of(held.kind)
    began = time.monotonic()
    parts = held.parts.filter(position__gte=held.parts_checked)
    names = {fold(name): name for name in held.created_names}
    for part in parts.iterator(chunk_size=2):
        planned = plan_rows(importer, held, part.rows)
        _keep(held, planned, names)
        held.repeated += len(part.rows) - sum(plan.outcome != Outcome.REPEATED for plan in planned)
        held.parts_checked = part.position + 1
        held.rows_checked += len(part.rows)
        if progress:
            progress(len(part.rows))
        if time.monotonic() - began > seconds:
            break
    held.created_names = [names[folded] for folded in sorted(names)]
    if held.rows_checked == held.rows:
        importer.settle(held)
        held.status = Status.CHECKED
    held.save()
    return held


def _keep(record: Import, planned: list[Planned], names: dict[str, str]) -> None:
    numbers = Counter(plan.outcome for plan in planned)
    record.new += numbers[Outcome.NEW]
    record.changed += numbers[Outcome.CHANGED]
    record.unchanged += numbers[Outcome.UNCHANGED]
    record.refused += numbers[Outcome.REFUSED]
    record.left_out += sum(bool(plan.left_out) for plan in planned)
    for plan in planned:
        for name in plan.creates:
            names.setdefault(fold(name), name)
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
            }
            for plan in planned
            if plan.outcome != Outcome.UNCHANGED or plan.left_out
        ],
    )


def carry_out(*, record: Import, user: Any, progress: Progress | None = None) -> Import:
    """Write what was shown, once and all at once: whoever comes second is given what the first has done.

    Conflict if it can't be written as it was shown, with nothing done.
    """
    try:
        with transaction.atomic():
            return _carry_out(record, user, progress)
    except IntegrityError as error:
        raise Conflict(_("Somebody saved the same at the same moment.")) from error
    except DataError as error:
        raise Conflict(_("The database can't keep a value of the file.")) from error


def _carry_out(record: Import, user: Any, progress: Progress | None) -> Import:
    held = Import.objects.select_for_update().get(pk=record.pk)
    if held.status != Status.CHECKED:
        return held
    importer = importer_of(held.kind)
    late: list[int] = []
    with acting(user, why=(_("Import of %s") % held.file_name)[:500]):
        importer.make(held.created_names)
        for rows in _to_do(held):
            late += importer.write(rows)
            if progress:
                progress(len(rows))
    ImportRow.objects.filter(pk__among=late).update(outcome=Outcome.OVERTAKEN)
    held.overtaken = len(late)
    held.who = user if isinstance(user, str) else user.get_username()
    held.status, held.applied_at = Status.APPLIED, timezone.now()
    held.save()
    return held


def _to_do(record: Import) -> Iterator[list[ImportRow]]:
    """The rows to be written, many at once, in the order of the file."""
    for outcome in (Outcome.NEW, Outcome.CHANGED):
        number = 0
        rows = record.planned.filter(outcome=outcome)
        while few := list(rows.filter(number__gt=number)[:ROWS_WRITTEN_AT_ONCE]):
            yield few
            number = few[-1].number
