"""What the pages of an import show."""

import csv
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from partners.core.limits import limits
from partners.core.placeholders import TEXT_TRICK, word
from partners.core.streaming import streamed
from partners.exports.expressions import QUOTE, harmless
from partners.imports.importers.base import Importer
from partners.imports.importers.columns import REASON, several
from partners.imports.parsing.cells import as_text, quote_for_message
from partners.imports.parsing.spoilt import unspoilt
from partners.imports.services import SPOILT
from partners.models.exports import Export, Format
from partners.models.imports import Import, ImportRow, RowOutcome

MAX_SAMPLES = 3
LINES_PER_CHUNK = 1_000


@dataclass(frozen=True)
class CellChange:
    """A cell before and after, as people read it."""

    label: StrOrPromise
    before: str
    after: str


@dataclass(frozen=True)
class PlannedRow:
    """A row of the file on a page."""

    number: int
    key: str
    title: str
    changes: Sequence[CellChange]
    column: Any
    reason: str
    left_out: Sequence[tuple[Any, str]]
    """Of each cell that was left out the column and the reason."""


LEFT_OUT = "left_out"
"""Of rows of whatever outcome, some cells of which were left out."""
TAKEN = {
    RowOutcome.REFUSED: gettext_lazy("Import of %s, refused rows"),
    LEFT_OUT: gettext_lazy("Import of %s, rows with cells left out"),
}
"""What the record of exports says of the files of these rows."""


class RowsOfOutcome(Paginator):  # type: ignore[type-arg]  # Django's takes none at run time
    """The pages of rows with one outcome, or with cells left out; how many is known from the record."""

    def __init__(self, record: Import, outcome: str) -> None:
        super().__init__(rows_of(record, outcome), limits().import_list_page_rows)
        self.known = number_of(record, outcome)

    @cached_property
    def count(self) -> int:
        return self.known

    def validate_number(self, number: Any) -> int:
        """The nearest page that there is."""
        wanted = int(number) if str(number).isdecimal() and len(str(number)) < 10 else 1
        return min(max(wanted, 1), self.num_pages)


def rows_of(record: Import, outcome: str) -> QuerySet[ImportRow]:
    """The rows with this outcome, or with cells left out."""
    if outcome == LEFT_OUT:
        return record.planned.filter(left_out__isnull=False)
    return record.planned.filter(outcome=outcome)


def number_of(record: Import, outcome: str) -> int:
    """How many rows have the outcome; once imported, the rows left alone are among no others."""
    if outcome in (RowOutcome.NEW, RowOutcome.CHANGED) and record.overtaken:
        return record.planned.filter(outcome=outcome).count()
    return int(getattr(record, outcome))


def shown_rows(rows: Sequence[ImportRow], importer: Importer) -> list[PlannedRow]:
    """The rows of a page, each with what people call it."""
    titles = importer.titles([row.key for row in rows if row.key])
    return [_shown(row, titles.get(row.key) or _new_name(row), importer) for row in rows]


def _new_name(row: ImportRow) -> str:
    _before, after = row.changes.get("name", (None, ""))
    return str(after)


def _shown(row: ImportRow, title: str, importer: Importer) -> PlannedRow:
    changes = []
    for column in importer.columns:
        before, after = row.changes.get(column.key, (None, None))
        if before != after:
            changes.append(CellChange(column.label, _cell(before, column), _cell(after, column)))
    label = importer.column(row.column).label if row.column else ""
    key = importer.shown_key(row.key)
    return PlannedRow(row.number, key, title, changes, label, row.reason, cells_left_out(row, importer))


def cells_left_out(row: ImportRow, importer: Importer) -> list[tuple[Any, str]]:
    """Of each cell that was left out the column and the reason."""
    reasons = row.left_out or {}
    return [(column.label, reasons[column.key]) for column in importer.columns if column.key in reasons]


def _cell(value: Any, column: Any) -> str:
    return "" if value in (None, "", []) else column.show(value)


def reasons_by_column(record: Import, importer: Importer) -> list[tuple[Any, int]]:
    """How many rows were refused because of which column, the most first."""
    found = record.planned.filter(outcome=RowOutcome.REFUSED).order_by().values("column")
    numbers = found.annotate(number=Count("pk")).values_list("column", "number").order_by("-number", "column")
    return [(importer.column(key).label if key else _("The whole row"), number) for key, number in numbers]


def left_out_by_column(record: Import, importer: Importer) -> list[tuple[Any, int]]:
    """How many cells were left out of each column, the most first."""
    rows = rows_of(record, LEFT_OUT).only("record", "left_out")
    numbers = Counter(label for row in rows for label, _reason in cells_left_out(row, importer))
    return numbers.most_common()


def samples(record: Import) -> list[list[str]]:
    """For each column the first of its cells with something in them."""
    part = record.parts.first()
    found: list[list[str]] = [[] for _heading in record.headings]
    for _number, cells in part.rows if part else ():
        for values, cell in zip(found, cells, strict=False):
            if cell != "" and len(values) < MAX_SAMPLES and as_text(cell) not in values:
                values.append(as_text(cell))
    return found


def notes_of(record: Import, importer: Importer) -> list[str]:
    """What is to be known of how the file is read, and of headings that may mean the same."""
    doubts = several(record.headings, record.columns, importer.columns)
    return [*record.reading.get("notes", ()), *doubts]


def spoilt_texts(record: Import) -> str:
    """A warning of texts that look spoilt; empty if none does."""
    number, shown = record.reading.get(SPOILT, (0, []))
    if not number:
        return ""
    text = ngettext(
        "%(number)s text looks spoilt: %(shown)s. It is imported as it is.",
        "%(number)s texts look spoilt: %(shown)s. They are imported as they are.",
        number,
    )
    examples = [
        _("“%(text)s” was probably “%(before)s”")
        % {"text": quote_for_message(each), "before": quote_for_message(unspoilt(each))}
        for each in shown
    ]
    return text % {"number": f"{number:,}", "shown": ", ".join(examples)}


def rows_file(record: Import, outcome: str, importer: Importer) -> Iterator[str]:
    """Refused rows, or those with cells left out, as a file, which is written down like any export."""
    columns = [str(heading) for heading in [*record.headings, REASON]]
    what = TAKEN[outcome] % record.file_name
    export = Export.begin(what=what, asked="", columns=columns, format=Format.CSV)
    return _until_finished(_lines_of(record, outcome, importer), export)


def _until_finished(lines: Generator[str, None, int], export: Export) -> Iterator[str]:
    export.finish((yield from lines))


def _lines_of(record: Import, outcome: str, importer: Importer) -> Generator[str, None, int]:
    """As CSV: the rows as the file has them, and why in a last column. Answers how many they are."""
    rows_to_mend = rows_of(record, outcome).only("record", "number", "reason", "left_out")
    reasons = {row.number: row.reason or _reasons(row, importer) for row in rows_to_mend}
    # The mark lets spreadsheets see that the file is UTF-8.
    yield "\ufeff" + _lines([[*record.headings, REASON]])
    width = len(record.headings)
    chunk: list[list[str]] = []
    written = 0
    parts = streamed(record.parts.all(), at_once=5)
    rows = ((number, cells) for part in parts for number, cells in part.rows)
    for number, cells in rows:
        if number in reasons:
            texts = [as_text(cell) for cell in cells]
            texts += [""] * (width - len(texts))
            chunk.append([*texts[:width], reasons[number], *texts[width:]])
            written += 1
        if len(chunk) == LINES_PER_CHUNK:
            yield _lines(chunk)
            chunk = []
    yield _lines(chunk)
    return written


def _reasons(row: ImportRow, importer: Importer) -> str:
    return " ".join(f"{label}: {reason}" for label, reason in cells_left_out(row, importer))


def _lines(rows: list[list[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows([_as_it_was(cell) for cell in row] for row in rows)
    return text.getvalue()


def _as_it_was(cell: str) -> str:
    """What was in the file, which may have its apostrophe already: an import takes one away."""
    return cell if cell[:1] == QUOTE or word(cell) or TEXT_TRICK.fullmatch(cell) else harmless(cell)
