"""Several definitions in one ZIP file, as the Segments screen gives them: all are saved, or none."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import SEEK_END
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment
from segments.attributes import quote_for_message
from segments.errors import DefinitionFileError
from segments.models import Segment
from segments.permissions import can_track
from segments.services import save_segment
from segments.transfer import read, save_along, without_tracking

MAX_FILES = 200
MAX_OTHERS = 1_000
"""Folders, and what Finder adds."""
END_OF_DIRECTORY = b"PK\x05\x06"
MAX_END = 22 + 65_535
"""The length of the record at the end, with the longest comment."""
BEGINNING = b"PK"
ENCRYPTED = 0x1
OF_MACS = ("__MACOSX/", ".")
"""What the names of files begin with that Finder adds."""


@dataclass
class Unpacked:
    """What became of the files: segments that were saved, names of those that were here, notes."""

    saved: list[Segment] = field(default_factory=list)
    here: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def is_archive(file: IO[bytes]) -> bool:
    """Whether it is a ZIP file by its first bytes."""
    file.seek(0)
    begins = file.read(len(BEGINNING)) == BEGINNING
    file.seek(0)
    return begins


def save_archive(file: IO[bytes], *, user: User | None, moment: Moment) -> Unpacked:
    """Save the segments of all files, each with those that it names, in one transaction.

    A segment that is here already under its name and means the same stays as it is. Nothing is saved if any
    file can't be: DefinitionFileError has all reasons, each with the name of the file.
    """
    done, reasons = Unpacked(), []
    with transaction.atomic():
        for name, content in _files(file):
            try:
                with transaction.atomic():
                    _save(content, done, user, moment)
            except DefinitionFileError as error:
                reasons += [f"{name}: {reason}" for reason in error.reasons]
            except ValidationError as error:
                reasons += [f"{name}: {reason}" for reason in error.messages]
        if reasons:
            raise DefinitionFileError(*reasons)
    return done


def _save(content: bytes, done: Unpacked, user: User | None, moment: Moment) -> None:
    said = read(content, moment)
    if user and not can_track(user):
        said = without_tracking(said)
    if not said.name:
        raise DefinitionFileError(_("The segment has no name."))
    found = Segment.objects.named(said.name).first()
    if found and found.means(said.definition):
        done.here.append(found.name)
        return
    definition, along = save_along(said, user=user, moment=moment)
    segment = save_segment(
        name=said.name,
        definition=definition,
        user=user,
        moment=moment,
        tags=said.tags,
        tracked=said.tracked,
    )
    done.saved += [*along, segment]
    done.notes += [f"“{said.name}”: {note}" for note in said.notes]


def _files(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """The files with definitions by their names; DefinitionFileError if they can't be read at all."""
    if _entries(file) > MAX_FILES + MAX_OTHERS:
        raise DefinitionFileError(_("The ZIP file has more than %s files.") % MAX_FILES)
    try:
        with ZipFile(file) as archive:
            members = [
                one for one in archive.infolist() if not (one.is_dir() or one.filename.startswith(OF_MACS))
            ]
            if not members:
                raise DefinitionFileError(_("The ZIP file is empty."))
            if len(members) > MAX_FILES:
                raise DefinitionFileError(_("The ZIP file has more than %s files.") % MAX_FILES)
            left = limits().segment_file_max_bytes
            for member in members:
                content = _content(archive, member, left)
                left -= len(content)
                yield quote_for_message(member.filename), content
    except DefinitionFileError:
        raise
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise DefinitionFileError(_("The ZIP file can't be read: it is damaged.")) from None


def _entries(file: IO[bytes]) -> int:
    """How many entries the file says that it has, at its end: before any of them is read.

    Each takes memory, and there may be a million; 65,535 stands for more than that (APPNOTE.TXT 4.3.16).
    """
    file.seek(0, SEEK_END)
    file.seek(max(0, file.tell() - MAX_END))
    end = file.read()
    file.seek(0)
    at = end.rfind(END_OF_DIRECTORY)
    return int.from_bytes(end[at + 10 : at + 12], "little") if at >= 0 else 0


def _content(archive: ZipFile, member: ZipInfo, most: int) -> bytes:
    """What is in the file, of which no more is unpacked than all files together may have."""
    name = quote_for_message(member.filename)
    if not member.filename.lower().endswith(".json"):
        raise DefinitionFileError(_("%s: not a definition, whose name ends in .json.") % name)
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise DefinitionFileError(_("%s: it is packed in an unusual way.") % name)
    if member.flag_bits & ENCRYPTED:
        raise DefinitionFileError(_("%s: it has a password.") % name)
    with archive.open(member) as packed:
        content = packed.read(most + 1)
    if len(content) > most:
        words = f"{limits().segment_file_max_bytes:,}"
        raise DefinitionFileError(_("The files have more than %s bytes altogether.") % words)
    return content
