"""Everything that a program is imported from: files and folders of them, in the order that they need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from contracts.imports.brand_api import read_program
from partners.imports.errors import ImportFileError
from partners.imports.importers.base import Importer
from partners.imports.importers.registry import guess, importer_of, importers, is_sure
from partners.imports.reading.options import Wanted
from partners.imports.reading.table import SourceTable, command_limits, open_table

TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
JSON = ".json"
MAX_NAMED = 20


@dataclass(frozen=True)
class ImportFile:
    """A table to be imported: a file, or a list of the API out of several. It can be read once."""

    name: str
    importer: Importer
    table: SourceTable


@dataclass
class Folder:
    """Files and folders of them: what can't be imported and why, and what is to be known."""

    paths: Sequence[Path]
    kind: str
    """The importer's key; if it is empty, the headings decide."""
    headings: Mapping[str, str]
    """Other names for some of the headings."""
    wanted: Wanted = field(default_factory=Wanted)
    """The sheet and the encoding of files that don't say them."""
    refused: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def sources(self) -> Iterator[ImportFile]:
        """The tables in the files, each open until the next is asked for."""
        answers: list[Path] = []
        for path in self._files():
            if path.suffix.lower() == JSON:
                answers.append(path)
                continue
            try:
                with path.open("rb") as file:
                    yield self._source(path, self._table(file))
            except (ImportFileError, OSError) as error:
                self.refused[str(path)] = str(error)
        program = read_program(answers)
        self.refused |= program.refused
        self.warnings += program.warnings
        name = ", ".join(path.name for path in answers if path.name not in program.refused)
        for what, table in program.tables.items():
            yield ImportFile(name, importer_of(what), table)

    def _files(self) -> Iterator[Path]:
        """The files, and those in the folders; skipped files of a folder are reported."""
        for path in self.paths:
            if not path.is_dir():
                yield path
                continue
            inside = [each for each in sorted(path.iterdir()) if not each.name.startswith(".")]
            read = [each for each in inside if _is_read(each)]
            yield from read
            if others := [each.name for each in inside if each not in read]:
                self.warnings.append(
                    _("Not read in %(folder)s, for only its CSV, Excel and JSON files are: %(names)s.")
                    % {"folder": path.name, "names": ", ".join(others[:MAX_NAMED])}
                )

    def _table(self, file: BinaryIO) -> SourceTable:
        importer = importer_of(self.kind) if self.kind else None
        table = open_table(file, file_limits=command_limits(), importer=importer, wanted=self.wanted)
        if possible := table.summary.get("encodings"):
            words = "; ".join(f"{encoding}: {', '.join(cells)}" for encoding, cells in possible)
            raise ImportFileError(
                _(
                    "It doesn't say its encoding. Say with --encoding in which of these lines all is spelled"
                    " right: %s."
                )
                % words
            )
        return table

    def _source(self, path: Path, table: SourceTable) -> ImportFile:
        table = replace(table, headings=[self.headings.get(name, name) for name in table.headings])
        return ImportFile(path.name, _importer(table, self.kind), table)


def _is_read(path: Path) -> bool:
    """Whether it is a file to be imported, and not what Excel writes beside an open workbook (`~$`)."""
    return path.suffix.lower() in TABLES | {JSON} and not path.name.startswith("~$") and path.is_file()


def _importer(table: SourceTable, kind: str) -> Importer:
    if kind:
        return importer_of(kind)
    importer = guess(table.headings)
    headings = ", ".join(filter(None, table.headings))[:500]
    if importer is None:
        text = _("None of its columns is a Partner ID, Group, Template term or Contract ID. They are: %s.")
        raise ImportFileError(" ".join([text % headings, *table.summary.get("notes", ())]))
    if not is_sure(importer, table.headings):
        raise ImportFileError(
            _(
                "Its headings don't say for sure what it holds. Say it with --kind (%(kinds)s). They are:"
                " %(headings)s."
            )
            % {"kinds": ", ".join(each.key for each in importers()), "headings": headings}
        )
    return importer
