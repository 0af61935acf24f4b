"""Excel and OpenDocument workbooks, read in a process of their own."""

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.core.limits import limits
from partners.imports.errors import ImportFileError
from partners.imports.parsing.cells import Cell, cell_of
from partners.imports.reading import workbook_process
from partners.imports.reading.options import Reading, Wanted
from partners.imports.reading.workbook_process import BROKEN, EMPTY, HIDDEN, PROTECTED

ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_RATIO = 200
"""Unpacked size by packed size: ten is usual, a zip bomb has thousands."""
SMALL_BYTES = 10_000_000
"""Up to this unpacked size any ratio is fine: an empty sheet packs very well."""
MAX_MEMBERS = 2_000
CHUNK_BYTES = 1 << 16
ENCRYPTED = 1
TABLES = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}
"""One of these is in every workbook: of Excel, of Excel's binary kind, of OpenDocument."""
BROKEN_ARCHIVES = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError)
HOME = Path(workbook_process.__file__).parents[3]
"""Where the process finds its modules."""


def is_workbook(start: bytes) -> bool:
    """Whether a file that begins with these bytes is one, or at least an archive."""
    return start.startswith((ZIP, OLD_EXCEL))


def read_workbook(file: BinaryIO, wanted: Wanted, headings: Collection[str]) -> Reading:
    """The sheet that is wanted; else the first with one of these headings; else the first with anything."""
    if file.read(len(ZIP)) == ZIP:
        _refuse_bombs(file)
    file.seek(0)
    lines = _lines(file, {"sheet": wanted.sheet, "headings": sorted(headings)})
    said = next(lines)
    sheet, sheets = said["sheet"], said["sheets"]
    if wanted.sheet and wanted.sheet != sheet:
        raise ImportFileError(
            _("There is no sheet “%(sheet)s”. There are: %(sheets)s.")
            % {"sheet": wanted.sheet, "sheets": ", ".join(sheets)}
        )
    read_as = _("Workbook, sheet “%s”") % sheet
    if others := len(sheets) - 1:
        read_as += " " + _("(other sheets that are not read: %s)") % others
    return Reading(read_as, _cells(lines), sheet, sheets, notes=list(_notes(said)))


def _notes(said: Mapping[str, Any]) -> Iterator[str]:
    if hidden := said["hidden_sheets"]:
        text = ngettext(
            "The sheet %s is hidden and not read. It can be chosen.",
            "The sheets %s are hidden and not read. They can be chosen.",
            len(hidden),
        )
        yield text % ", ".join(f"“{name}”" for name in hidden)
    if rows := said["hidden_rows"]:
        text = ngettext("%s row is hidden in the workbook.", "%s rows are hidden in the workbook.", rows)
        yield text % f"{rows:,}" + " " + _("What is hidden is read like all else.")
    if columns := said["hidden_columns"]:
        text = ngettext(
            "%s column is hidden in the workbook.", "%s columns are hidden in the workbook.", columns
        )
        yield text % f"{columns:,}" + " " + _("What is hidden is read like all else.")
    if number := said["shown_otherwise"]:
        text = ngettext(
            "%s number is read with the zeros or letters before it that the workbook shows.",
            "%s numbers are read with the zeros or letters before them that the workbook shows.",
            number,
        )
        yield text % f"{number:,}"


def _cells(lines: Iterator[Any]) -> Iterator[list[Cell]]:
    for line in lines:
        yield [cell_of(cell) if isinstance(cell, str) else cell for cell in line]


def _refuse_bombs(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _refuse_by_what_is_said(members)
            for member in members:
                _refuse_liars(archive, member)
    except BROKEN_ARCHIVES:
        raise ImportFileError(_said(BROKEN)) from None


def _refuse_by_what_is_said(members: list[zipfile.ZipInfo]) -> None:
    if not {member.filename for member in members} & TABLES:
        raise ImportFileError(_("This is an archive or a document, not a table."))
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise ImportFileError(_said(PROTECTED))
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    most = min(limits().workbook_max_unpacked_bytes, max(SMALL_BYTES, packed * MAX_RATIO))
    if len(members) > MAX_MEMBERS or unpacked > most:
        raise ImportFileError(_("Unpacked, the workbook would be larger than any table. It was not opened."))


def _refuse_liars(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack a part, keeping nothing, until it ends or has more bytes than its header says.

    The sizes in the headers were checked before; a header that lies would let any amount of data past that.
    """
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ImportFileError(_said(BROKEN))
    said, found = member.file_size, 0
    # Python's own reader would stop where the part says that it ends.
    member.file_size = sys.maxsize
    with archive.open(member) as part:
        while found <= said and (some := part.read(CHUNK_BYTES)):
            found += len(some)
    if found != said:
        raise ImportFileError(_("Unpacked, the workbook has another size than it says. It was not opened."))


def _lines(file: BinaryIO, wanted: Mapping[str, Any]) -> Iterator[Any]:
    """What the process says: first which sheet, then each row."""
    memory, cpu_s = str(limits().workbook_max_memory_gb << 30), str(limits().workbook_timeout_s)
    with tempfile.TemporaryFile() as given:
        shutil.copyfileobj(file, given)
        given.seek(0)
        with subprocess.Popen(  # noqa: S603 - our own script
            [_python(), "-m", workbook_process.__name__, memory, cpu_s, json.dumps(wanted)],
            cwd=HOME,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        ) as process:
            try:
                yield from _until_the_end(process)
            finally:
                process.kill()


def _until_the_end(process: "subprocess.Popen[str]") -> Iterator[Any]:
    for line in process.stdout or ():
        said = json.loads(line)
        if isinstance(said, dict) and "error" in said:
            raise ImportFileError(_said(said["error"]))
        if isinstance(said, dict) and "rows" in said:
            return
        yield said
    raise ImportFileError(
        _("The workbook could not be read: it is broken, or its table would take more than %s GB of memory.")
        % limits().workbook_max_memory_gb
    )


def _said(error: str) -> str:
    return {
        PROTECTED: _("The workbook is protected by a password. Save it without one."),
        HIDDEN: _(
            "There is no table in the visible sheets of the workbook. Show the hidden ones, and save it."
        ),
        EMPTY: _("There is no table in the file."),
        BROKEN: _("This is no workbook that can be read. Save it again as .xlsx, or as “CSV UTF-8”."),
    }[error]


def _python() -> str:
    """The interpreter: some servers that run Python inside are the executable themselves."""
    own = Path(sys.executable)
    if own.name.startswith("python"):
        return str(own)
    return str(Path(sys.prefix) / "bin" / "python3")
