"""The imports that changed a partner, or what belongs to it: its groups, its contracts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from partners.core.requests import Person
from partners.imports.importers.registry import importers
from partners.imports.permissions import can_import_kind
from partners.models import Import, ImportRow, Partner
from partners.models.imports import ImportStatus, RowOutcome
from partners.permissions import can_see_rows

MAX_NAMED = 3
"""So many rows of one import are told; of contracts and groups there may be more."""
WRITTEN = (RowOutcome.NEW, RowOutcome.CHANGED)
OF_ROW = (
    *("key", "outcome", "changes"),
    *("record__file_name", "record__kind", "record__applied_at", "record__user_name"),
)


@dataclass(frozen=True)
class ImportEvent:
    """What an import did to a partner, in words that stand after the name of the file."""

    at: datetime
    record: Import
    told: list[str]
    more: int
    """Rows about the partner besides those that are told."""
    may_open: bool


def import_events(partner: Partner, user: Person, number: int) -> Iterator[ImportEvent]:
    """The last imports, newest first, at least so many if there are, of what this user may see."""
    kinds = {importer.key: importer for importer in importers() if can_see_rows(user, importer.model)}
    rows = ImportRow.objects.filter(
        partner_id=partner.pk,
        outcome__in=WRITTEN,
        record__kind__in=list(kinds),
        record__status=ImportStatus.APPLIED,
    )
    told = rows.annotate(
        place=Window(RowNumber(), partition_by=F("record"), order_by=("number", "pk")),
        number_of_rows=Window(Count("pk"), partition_by=F("record")),
    ).filter(place__lte=MAX_NAMED)
    latest = (
        told.select_related("record").only(*OF_ROW).order_by("-record__applied_at", "-record_id", "place")
    )
    for record, several in groupby(latest[: number * MAX_NAMED], key=lambda row: row.record):
        few, importer = list(several), kinds[record.kind]
        yield ImportEvent(
            record.applied_at,
            record,
            told=[importer.told(row) for row in few],
            more=few[0].number_of_rows - len(few),
            may_open=can_import_kind(user, importer),
        )
