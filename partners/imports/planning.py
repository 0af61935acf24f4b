"""From the cells of a file to what would become of its rows."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.core.placeholders import normalize_word
from partners.imports.errors import Refused
from partners.imports.importers.base import Importer, RowPlan, SourceRow, refused
from partners.imports.importers.columns import Column
from partners.imports.parsing.cells import Cell, Content, Reader, content, quote_for_message
from partners.imports.reading.headings import repeats
from partners.models.imports import Import, RowOutcome

Raw = tuple[int, list[Cell]]
"""The number of a row in its file, and its cells."""
MAX_NAMED = 5


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, importer: Importer, record: Import) -> None:
        self.importer = importer
        self.width = len(record.columns)
        self.headings = [normalize_word(heading) for heading in record.headings]
        self.readers = [
            (place, importer.column(key), importer.column(key).reader(record))
            for place, key in enumerate(record.columns)
            if key
        ]
        self.of_identity = [reader for reader in self.readers if reader[1].key in importer.identity]

    def key(self, cells: Sequence[Cell]) -> str:
        """The key of what the row names; empty if that can't be read."""
        try:
            values = {
                column.key: read(said)
                for place, column, read in self.of_identity
                if (said := _said(cells, place)) is not None
            }
            return self.importer.key_of(values)
        except (Refused, KeyError):
            return ""

    def row(self, raw: Raw) -> SourceRow:
        """The row with the values of its cells; Refused with the column of the first that can't be read."""
        number, cells = raw
        if repeats(cells, self.headings):
            raise Refused(_("The row repeats the headings."))
        if beyond := next((cell for cell in cells[self.width :] if cell != ""), None):
            raise Refused(
                _("The row has more cells than there are headings: “%s”.") % quote_for_message(beyond)
            )
        values: dict[str, Any] = {}
        left_out: dict[str, str] = {}
        for place, column, read in self.readers:
            try:
                said = _said(cells, place)
                if said is None and column.required:
                    raise Refused(_("%s is missing.") % column.label)
            except Refused as refusal:
                raise Refused(refusal.reason, column.key) from None
            if said is not None:
                _read_cell(column, read, said, values, left_out)
        return SourceRow(number, values, left_out)


def _read_cell(
    column: Column, read: Reader, said: Content, values: dict[str, Any], left_out: dict[str, str]
) -> None:
    """Put the value of a cell among the others, or the reason why there is none."""
    try:
        values[column.key] = read(said)
    except Refused as refusal:
        if not (column.optional or refusal.leaves_out):
            raise Refused(refusal.reason, column.key) from None
        left_out[column.key] = str(refusal.reason)
        if refusal.part is not None:
            values[column.key] = refusal.part


def _said(cells: Sequence[Cell], place: int) -> Content | None:
    return content(cells[place]) if place < len(cells) else None


def plan_rows(importer: Importer, record: Import, rows: Iterable[Raw]) -> list[RowPlan]:
    """What would become of these rows. Rows that differ in the group alone are merged into one plan.

    All rows with the same key have to be among them.
    """
    reader = RowReader(importer, record)
    # A row whose key can't be read is alone: it is filed under its number, which is no text.
    together: dict[str | int, list[Raw]] = {}
    for number, cells in rows:
        together.setdefault(reader.key(cells) or number, []).append((number, cells))
    done: list[RowPlan] = []
    good: list[SourceRow] = []
    merged_into: dict[int, Sequence[Raw]] = {}
    for key, few in together.items():
        read, bad = _read(reader, few, key)
        done += bad
        if len(few) == 1 or not read:
            good += read
        elif merged := None if bad else importer.merge(read):
            good.append(merged)
            merged_into[merged.number] = few
        else:
            done += [_doubled(row, few, str(key), importer) for row in read]
    for plan in importer.plan(good, record) if good else ():
        done.append(plan)
        others = [number for number, _cells in merged_into.get(plan.number, ())[1:]]
        if plan.outcome == RowOutcome.REFUSED:
            done += [dataclasses.replace(plan, number=number) for number in others]
        elif plan.left_out:
            # All its rows are needed to send them again: fewer would be fewer groups.
            done += [
                RowPlan(number, plan.key, RowOutcome.REPEATED, left_out=plan.left_out) for number in others
            ]
    return done


def _read(reader: RowReader, rows: Iterable[Raw], key: Any) -> tuple[list[SourceRow], list[RowPlan]]:
    good, bad = [], []
    for raw in rows:
        try:
            good.append(reader.row(raw))
        except Refused as refusal:
            bad.append(refused(raw[0], refusal, key if isinstance(key, str) else ""))
    return good, bad


def _doubled(row: SourceRow, rows: Sequence[Raw], key: str, importer: Importer) -> RowPlan:
    others = [number for number, _cells in rows if number != row.number]
    named = ", ".join(f"{number:,}" for number in others[:MAX_NAMED])
    if len(others) > MAX_NAMED:
        named += " " + _("and %s more") % f"{len(others) - MAX_NAMED:,}"
    text = ngettext(
        "Row %(rows)s has the same %(column)s.", "Rows %(rows)s have the same %(column)s.", len(others)
    )
    labels = [
        str(label) if name in row.values else _("no %s") % label
        for name, label in ((name, importer.column(name).label) for name in importer.identity)
    ]
    reason = text % {"rows": named, "column": _(" and ").join(labels)}
    return refused(row.number, Refused(reason, importer.identity[0]), key)
