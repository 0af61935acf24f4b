"""A file as a table: a row of headings, and rows of cells below it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from partners.core.limits import MEGABYTE, limits
from partners.imports.errors import ImportFileError
from partners.imports.importers.base import Importer
from partners.imports.importers.registry import importers
from partners.imports.parsing.cells import Cell
from partners.imports.reading.csv_reader import read_csv
from partners.imports.reading.headings import find_headings, of_one_table
from partners.imports.reading.options import Wanted
from partners.imports.reading.workbook_reader import is_workbook, read_workbook

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FileLimits:
    """How large a file may be."""

    max_bytes: int
    max_rows: int


def browser_limits() -> FileLimits:
    """For files that are imported while somebody waits."""
    return FileLimits(limits().import_max_bytes, limits().import_max_rows)


def command_limits() -> FileLimits:
    """For files that `import_program` imports."""
    return FileLimits(limits().import_command_max_bytes, limits().import_command_max_rows)


@dataclass(frozen=True)
class SourceTable:
    """What a file holds. The rows, each with its number in the file, are read as they are asked for."""

    headings: list[str]
    rows: Iterator[tuple[int, list[Cell]]]
    read_as: str
    digest: str
    summary: Mapping[str, Any] = field(default_factory=dict)
    """What can be chosen, and what is reported: `Reading.summary`."""


def open_table(
    file: BinaryIO, *, file_limits: FileLimits, importer: Importer | None = None, wanted: Wanted | None = None
) -> SourceTable:
    """The table in the file; ImportFileError if there is none, or too large a one.

    Of a workbook the sheet with what files of the importer, or of any, need; or the one that is wanted.
    """
    digest = _digest(file, file_limits)
    first = file.read(8)
    file.seek(0)
    if not first:
        raise ImportFileError(_("The file is empty."))
    wanted = wanted or Wanted()
    if is_workbook(first):
        reading = read_workbook(file, wanted, _needed_headings(importer))
    else:
        reading = read_csv(file, wanted)
    headings, rest, notes = find_headings(enumerate(reading.rows, 1))
    summary = {**reading.summary, "notes": [*reading.notes, *notes]}
    most = limits().import_max_columns
    if len(headings) > most:
        raise ImportFileError(_("The table has more than %s columns.") % most)
    rows = of_one_table(headings, _counted(rest, file_limits.max_rows))
    return SourceTable(headings, rows, reading.read_as, digest, summary)


def _needed_headings(importer: Importer | None) -> set[str]:
    of_all = [importer] if importer else importers()
    return {name for each in of_all for column in each.columns if column.required for name in column.names}


def _digest(file: BinaryIO, file_limits: FileLimits) -> str:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK_BYTES):
        size += len(chunk)
        if size > file_limits.max_bytes:
            raise ImportFileError(too_large(file_limits))
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def too_large(file_limits: FileLimits) -> str:
    """What is said of a file that is larger than that."""
    size = f"{file_limits.max_bytes // MEGABYTE:,} MB"
    text = _("The file is larger than %s.") % size
    if file_limits == browser_limits():
        text += " " + _("The person who runs the site can import it with manage.py import_program.")
    return text


def _counted(rows: Iterator[tuple[int, list[Cell]]], most: int) -> Iterator[tuple[int, list[Cell]]]:
    found = 0
    for number, cells in rows:
        if any(cell != "" for cell in cells):
            found += 1
            if found > most:
                raise ImportFileError(_("The table has more than %s rows.") % f"{most:,}")
            yield number, cells
