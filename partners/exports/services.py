"""Files of partners, for browsers and for commands. Each leaves a record."""

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from partners.core.replica import answered
from partners.exports.columns import ExportColumn
from partners.exports.table import Chunks, ExportTable, Find, email_list
from partners.exports.writers.csv_writer import csv_chunks, csv_of_rows
from partners.exports.writers.excel import write_excel
from partners.models import Partner
from partners.models.exports import Export, Format

MAX_NAME_BYTES = 150
NOT_IN_FILE_NAMES = '\\/:*?"<>|%'


@dataclass(frozen=True)
class ExportSource:
    """Partners to be exported: what they are called, and which question found them, in words.

    `counted` counts them where there is a faster way than to look at each; None if it takes too long. `find`
    as of `ExportTable`.
    """

    partners: QuerySet[Partner]
    name: str
    what: str
    asked: str = ""
    counted: Callable[[], int | None] | None = None
    find: Find | None = None

    def table(self, columns: tuple[ExportColumn, ...]) -> ExportTable:
        """They as rows."""
        return ExportTable(columns, self.partners, find=self.find)

    def email_list(self) -> ExportTable:
        """Their addresses."""
        return email_list(self.partners, self.find)

    def number(self) -> int | None:
        """How many they are; None if counting takes too long."""
        return self.counted() if self.counted else self.partners.order_by().count()


def download(source: ExportSource, table: ExportTable, kind: Format, written: int = 0) -> HttpResponseBase:
    """The table as a file that a browser saves. CSV begins at once; Excel's is made first.

    Its rows are read from a replica, if there is one that has replayed up to what was `written`.
    """
    record = _begin(source, table, kind)
    name = file_name(_("%s e-mails") % source.name if table.distinct else source.name, kind.value)
    response: HttpResponseBase
    if kind == Format.EXCEL:
        response = FileResponse(_excel(table, record, written), as_attachment=True, filename=name)
    else:
        response = _streamed(_lines(csv_chunks(table, written), record), name)
    response["Content-Type"] = kind.content_type
    response["Cache-Control"] = "no-store"
    return response


def download_rows(
    rows: Iterator[list[Any]], *, columns: list[str], name: str, what: str, asked: str
) -> HttpResponseBase:
    """Rows that are no partners as a CSV file, which begins at once; recorded as other files are."""
    record = Export.begin(what=what, asked=asked, columns=columns, format=Format.CSV)
    response = _streamed(_lines(csv_of_rows(columns, rows), record), file_name(name, Format.CSV.value))
    response["Content-Type"] = Format.CSV.content_type
    response["Cache-Control"] = "no-store"
    return response


def write_rows(
    rows: Iterator[list[Any]], *, columns: list[str], what: str, asked: str, file: IO[bytes]
) -> Export:
    """The same into a file; the record says how many rows that were."""
    record = Export.begin(what=what, asked=asked, columns=columns, format=Format.CSV)
    for chunk in _lines(csv_of_rows(columns, rows), record):
        file.write(chunk)
    return record


def _streamed(lines: Iterator[bytes], name: str) -> HttpResponseBase:
    response = StreamingHttpResponse(lines)
    response["Content-Disposition"] = content_disposition_header(True, name)  # noqa: FBT003 - an attachment
    return response


def write(source: ExportSource, table: ExportTable, kind: Format, file: IO[bytes]) -> Export:
    """Write the table into a file; the record says how many rows that were."""
    record = _begin(source, table, kind)
    if kind == Format.EXCEL:
        record.finish(write_excel(table, file))
    else:
        for chunk in _lines(csv_chunks(table), record):
            file.write(chunk)
    return record


def file_name(name: str, ending: str) -> str:
    """A name that every system can keep, with the day: what the file holds is another day's tomorrow."""
    kept = "".join(
        "-" if sign in NOT_IN_FILE_NAMES else sign for sign in name if unicodedata.category(sign)[0] != "C"
    )
    stem = kept.encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip(" .")
    return f"{stem or _('Partners')} {timezone.localdate().isoformat()}.{ending}"


def _begin(source: ExportSource, table: ExportTable, kind: Format) -> Export:
    columns = [str(column.label) for column in table.columns]
    if table.distinct:
        columns = [_("E-mail list")]
    return Export.begin(what=source.what, asked=source.asked, columns=columns, format=kind)


def _lines(chunks: Chunks, record: Export) -> Iterator[bytes]:
    try:
        number = yield from chunks
    except Exception:
        # The server breaks the connection off. Where that looks like an end, the last line says what it is.
        yield f"\n{_('The export broke off here. This file is not complete.')}\n".encode()
        raise
    record.finish(number)


def _excel(table: ExportTable, record: Export, written: int) -> IO[bytes]:
    file, number = answered(partial(_workbook, table), written)
    record.finish(number)
    return file


def _workbook(table: ExportTable) -> tuple[IO[bytes], int]:
    """The file, and how many rows it has."""
    with ExitStack() as on_error:
        file = on_error.enter_context(TemporaryFile())
        number = write_excel(table, file)
        file.seek(0)
        on_error.pop_all()
    return file, number
