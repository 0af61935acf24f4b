"""Files that can be read in several ways are kept as they were sent, until one way has been chosen."""

import tempfile
from typing import BinaryIO

from django.db import transaction

from partners.core.streaming import streamed
from partners.imports.importers.columns import match
from partners.imports.importers.registry import importer_of
from partners.imports.reading.options import Wanted
from partners.imports.reading.table import browser_limits, open_table
from partners.imports.services import store_rows
from partners.models.imports import Import, ImportStatus, OriginalPart

PART_BYTES = 1 << 20


def can_be_read_again(record: Import) -> bool:
    """Whether something can be chosen: the encoding, or the sheet."""
    return bool(record.reading.get("encodings")) or len(record.reading.get("sheets", ())) > 1


def keep_original(record: Import, file: BinaryIO) -> None:
    """Keep the file if it can be read in several ways."""
    if not can_be_read_again(record):
        return
    file.seek(0)
    for position, content in enumerate(iter(lambda: file.read(PART_BYTES), b"")):
        OriginalPart.objects.create(record=record, position=position, content=content)


def read_again(*, record: Import, wanted: Wanted) -> None:
    """Read the file in another way, and forget what was read before; ImportFileError if it can't be.

    Nothing is locked while it is read.
    """
    there = Import.objects.filter(pk=record.pk).exclude(
        status__in=(ImportStatus.WRITING, ImportStatus.APPLIED)
    )
    if not there.update(status=ImportStatus.RECEIVING):
        return
    importer, before = importer_of(record.kind), list(record.parts.values_list("pk", "position"))
    first = max((position for _pk, position in before), default=-1) + 1
    try:
        with tempfile.TemporaryFile() as file:
            for part in streamed(record.original.all(), at_once=1):
                file.write(part.content)
            file.seek(0)
            table = open_table(file, file_limits=browser_limits(), importer=importer, wanted=wanted)
            record.rows = 0
            store_rows(record, table, first=first)
    except Exception:
        record.parts.filter(position__gte=first).delete()
        there.update(status=record.status)
        raise
    # The choices that there were stay: somebody may have chosen wrongly.
    record.reading = {**table.summary, "encodings": record.reading.get("encodings", [])}
    record.read_as, record.headings = table.read_as[:255], table.headings
    record.columns, record.status = match(table.headings, importer.columns), ImportStatus.RECEIVED
    with transaction.atomic():
        record.parts.filter(position__lt=first).delete()
        record.planned.all().delete()
        record.save()
