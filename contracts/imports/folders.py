"""Everything that a program is imported from: files and folders of them, in the order that they need."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils.translation import gettext as _

from contracts.imports import kinds  # noqa: F401 - registers them
from contracts.imports.brand_api import read_program
from partners.imports.errors import FileError
from partners.imports.importers import Importer, guess, importer_of, importers, is_sure
from partners.imports.tables import IN_COMMAND, Table, open_table

TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
JSON = ".json"


@dataclass(frozen=True)
class Source:
    """A table to be imported: a file, or a list of the API out of several."""

    name: str
    importer: Importer
    path: Path | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Found:
    """What is to be imported, what can't be and why, and what is to be known."""

    sources: list[Source]
    refused: dict[str, str]
    warnings: list[str]


def find(paths: Iterable[Path], *, kind: str, headings: Mapping[str, str]) -> Found:
    """The tables in these files and folders, those that others need first.

    `kind` is the importer's key; if it is empty, the headings decide. `headings` gives other names to some.
    """
    refused: dict[str, str] = {}
    sources: list[Source] = []
    answers: list[Path] = []
    for path in _files(paths):
        if path.suffix.lower() == JSON:
            answers.append(path)
            continue
        try:
            with opened(Source(path.name, importers()[0], path), headings) as table:
                sources.append(Source(path.name, _importer(table, kind), path))
        except (FileError, OSError) as error:
            refused[str(path)] = str(error)
    program = read_program(answers)
    refused |= program.refused
    name = ", ".join(path.name for path in answers if path.name not in refused)
    sources += [Source(name, importer_of(what), table=table) for what, table in program.tables.items()]
    order = [importer.key for importer in importers()]
    sources.sort(key=lambda source: order.index(source.importer.key))
    return Found(sources, refused, program.warnings)


@contextmanager
def opened(source: Source, headings: Mapping[str, str]) -> Iterator[Table]:
    """The table of the source, to be read once."""
    if source.table:
        yield source.table
    elif source.path:
        with source.path.open("rb") as file:
            table = open_table(file, limits=IN_COMMAND)
            yield replace(table, headings=[headings.get(name, name) for name in table.headings])


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(path.iterdir())
            yield from (file for file in inside if file.suffix.lower() in TABLES | {JSON} and file.is_file())
        else:
            yield path


def _importer(table: Table, kind: str) -> Importer:
    if kind:
        return importer_of(kind)
    importer = guess(table.headings)
    headings = ", ".join(filter(None, table.headings))[:500]
    if importer is None:
        raise FileError(
            _("None of its columns is a Partner ID, Group, Template term or Contract ID. They are: %s.")
            % headings
        )
    if not is_sure(importer, table.headings):
        raise FileError(
            _(
                "Its headings don't say for sure what it holds. Say it with --kind (%(kinds)s). They are:"
                " %(headings)s."
            )
            % {"kinds": ", ".join(each.key for each in importers()), "headings": headings}
        )
    return importer
