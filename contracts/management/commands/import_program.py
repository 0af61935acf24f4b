"""`manage.py import_program`: partners, groups, template terms and contracts from files of any length."""

from argparse import ArgumentParser
from contextlib import nullcontext
from itertools import chain, count
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils.translation import ngettext
from tqdm import tqdm

from contracts.imports.folders import Folder, ImportFile
from partners.core.actor import MAX_USER_NAME_LENGTH, UserOrName, acting_as
from partners.core.limits import limits
from partners.core.placeholders import normalize_word
from partners.imports.errors import Conflict, ImportFileError
from partners.imports.importers.base import Importer
from partners.imports.importers.columns import match, missing
from partners.imports.importers.registry import importer_of, importers
from partners.imports.importers.stage_words import LEAVE_OUT, remember, remembered, stages_of, unknown_words
from partners.imports.presenters import (
    LEFT_OUT,
    cells_left_out,
    left_out_by_column,
    notes_of,
    reasons_by_column,
    rows_file,
    rows_of,
    spoilt_texts,
)
from partners.imports.reading.options import Wanted
from partners.imports.services import apply_import, check_some, start_check, take
from partners.models.imports import DayOrder, Import, ImportStatus, RowOutcome

MAX_ROWS_SHOWN = 10


class Command(BaseCommand):
    """The same rules and the same report as on the Imports screen."""

    help = (
        "Import partners, groups, template terms and contracts from CSV and Excel files, and from JSON of"
        " impact.com's Brand API. Each file is written as a whole or not at all; refused rows are told."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which files, and what the import may do."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="FOLDER_OR_FILE")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and change nothing"
        )
        parser.add_argument(
            "--create", action="store_true", help="create groups and template terms not there yet"
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="overwrite partners with another name and another e-mail, contracts of another partner",
        )
        parser.add_argument(
            "--kind",
            choices=[importer.key for importer in importers()],
            default="",
            help="what the files hold, where their headings don't say so",
        )
        parser.add_argument(
            "--match",
            action="append",
            default=[],
            metavar="HEADING=COLUMN",
            help="what a heading means that is not known, as in --match 'Kundennummer=Partner ID'",
        )
        parser.add_argument("--sheet", default="", help="which sheet of workbooks is read")
        parser.add_argument(
            "--encoding",
            default="",
            help="in which encoding text files are, such as windows-1251; UTF-8 and UTF-16 are known",
        )
        parser.add_argument(
            "--dates",
            choices=[DayOrder.DAY_FIRST.value, DayOrder.MONTH_FIRST.value],
            default="",
            help="which comes first in dates like 03/04/2025, which are refused otherwise",
        )
        parser.add_argument(
            "--stage-word",
            action="append",
            default=[],
            metavar="WORD=STAGE",
            help="what a word of another system means, as in --stage-word 'Active=Joined'; 'Test=leave out'"
            " leaves its cells out. It is kept for the next file",
        )
        parser.add_argument(
            "--refused", type=Path, metavar="FOLDER", help="where to write the refused rows, to be mended"
        )
        parser.add_argument(
            "--user", default="import_program", help="who is named as the one who did it (import_program)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, or see what importing would do."""
        self.quiet = options["verbosity"] == 0
        if len(options["user"]) > MAX_USER_NAME_LENGTH:
            raise CommandError(f"A user's name has at most {MAX_USER_NAME_LENGTH} characters.")
        known = User.objects.filter(username=options["user"]).first()
        self.user: UserOrName = known or options["user"]
        for path in options["paths"]:
            if not path.exists():
                raise CommandError(f"There is no {path}.")
        self.words = self._pairs(options["stage_word"], "--stage-word as WORD=STAGE")
        for stage in self.words.values():
            if not any(_stage(stage, importer) is not None for importer in importers()):
                raise CommandError(f"“{stage}” is no stage.")
        headings = self._pairs(options["match"], "--match as HEADING=COLUMN")
        folder = Folder(
            options["paths"],
            options["kind"],
            headings,
            wanted=Wanted(options["sheet"], options["encoding"]),
        )
        with transaction.atomic() if options["dry_run"] else nullcontext():
            done = self._import(folder, options)
            if options["dry_run"]:
                transaction.set_rollback(True)
        if not done and not folder.refused:
            raise CommandError("There is nothing to import: no CSV, Excel or JSON file with any rows.")
        if options["dry_run"]:
            self.stdout.write("Nothing was changed: this was a dry run.")
        else:
            vacuum(done)
        self._fail(folder.refused)

    def _pairs(self, said: list[str], how: str) -> dict[str, str]:
        pairs = [text.rpartition("=") for text in said]
        for name, _sign, meaning in pairs:
            if not name or not meaning:
                raise CommandError(f"Write {how}.")
        return {name.strip(): meaning.strip() for name, _sign, meaning in pairs}

    def _import(self, folder: Folder, options: dict[str, Any]) -> list[Importer]:
        """Receive all files, then import those that others need first."""
        received: list[tuple[Importer, Import]] = []
        for source in folder.sources():
            try:
                received.append((source.importer, self._receive(source)))
            except (ImportFileError, OSError) as error:
                folder.refused[source.name] = str(error)
        for warning in folder.warnings:
            self.stdout.write(self.style.WARNING(warning))
        order = importers()
        done = []
        for importer, record in sorted(received, key=lambda pair: order.index(pair[0])):
            try:
                self._import_one(importer, record, options)
                done.append(importer)
            except (Conflict, OSError) as error:
                folder.refused[record.file_name] = str(error)
        return done

    def _receive(self, source: ImportFile) -> Import:
        columns = source.importer.columns
        if lacking := missing(match(source.table.headings, columns), columns):
            raise ImportFileError(f"No column is matched to {lacking[0].label}.")
        with self._bar("reading") as bar:
            return take(
                table=source.table,
                name=source.name,
                importer=source.importer,
                user=self.user,
                progress=bar.update,
            )

    def _import_one(self, importer: Importer, record: Import, options: dict[str, Any]) -> None:
        record = self._check(record, options)
        self._report(record, importer)
        if options["refused"]:
            for outcome in (RowOutcome.REFUSED, LEFT_OUT):
                if getattr(record, outcome):
                    self._write_rows(record, outcome, importer, options["refused"])
        if record.to_do:
            with self._bar("writing", record.to_do) as bar:
                record = apply_import(record=record, user=self.user, progress=bar.update)
            if not options["dry_run"]:
                self._say_done(record)

    def _check(self, record: Import, options: dict[str, Any]) -> Import:
        start_check(
            record=record,
            columns=record.columns,
            creates=options["create"],
            overwrites=options["overwrite"],
            order=options["dates"],
            words=self._meanings(record),
        )
        record.refresh_from_db()
        with self._bar("checking", record.rows) as bar:
            while record.status == ImportStatus.CHECKING:
                record = check_some(
                    record=record, seconds=limits().import_command_step_s, progress=bar.update
                )
        return record

    def _meanings(self, record: Import) -> dict[str, str]:
        """What the words in the column of the stage mean, by what is said now, or was before."""
        importer = importer_of(record.kind)
        words = unknown_words(record, record.columns, importer)
        given = {normalize_word(word): _stage(stage, importer) for word, stage in self.words.items()}
        said = {word: stage for word, stage in given.items() if word in words and stage is not None}
        remember(importer, said, said, self.user)
        return {word: known.stage for word, known in remembered(importer, words).items()}

    def _report(self, record: Import, importer: Importer) -> None:
        counts = ", ".join(
            f"{getattr(record, name):,} {name}" for name in ("new", "changed", "unchanged", "refused")
        )
        self.stdout.write(f"{record.file_name}: {importer.label}, {_rows(record.rows)}: {counts}")
        self.stdout.write(f"  read as {record.read_as}")
        for note in notes_of(record, importer):
            self.stdout.write(self.style.WARNING(f"  {note}"))
        if spoilt := spoilt_texts(record):
            self.stdout.write(self.style.WARNING(f"  {spoilt}"))
        if record.repeated:
            text = ngettext(
                "%s more row names another group of the same partner",
                "%s more rows name another group of the same partners",
                record.repeated,
            )
            self.stdout.write(f"  {text % f'{record.repeated:,}'}")
        unused = [name for name, key in zip(record.headings, record.columns, strict=True) if name and not key]
        if unused:
            self.stdout.write(f"  not used: {', '.join(unused)}")
        stages = stages_of(importer)
        for word, stage in record.words.items():
            meaning = stages.label(stage) if stages and stage else "left out"
            self.stdout.write(f"  stage “{word}”: {meaning}")
        if record.created_names:
            self.stdout.write(f"  to be created: {', '.join(record.created_names)}")
        self._report_what_is_left(record, importer)

    def _report_what_is_left(self, record: Import, importer: Importer) -> None:
        if record.refused:
            self._say_columns("refused because of", reasons_by_column(record, importer))
            for row in rows_of(record, RowOutcome.REFUSED)[:MAX_ROWS_SHOWN]:
                where = f", {importer.column(row.column).label}" if row.column else ""
                self.stdout.write(f"    row {row.number:,}{where}: {row.reason}")
        if record.left_out:
            self._say_columns("cells left out", left_out_by_column(record, importer))
            for row in rows_of(record, LEFT_OUT)[:MAX_ROWS_SHOWN]:
                for label, reason in cells_left_out(row, importer):
                    self.stdout.write(f"    row {row.number:,}, {label}: {reason}")

    def _say_columns(self, what: str, columns: list[tuple[Any, int]]) -> None:
        said = ", ".join(f"{label} {number:,}" for label, number in columns)
        self.stdout.write(self.style.WARNING(f"  {what}: {said}"))

    def _say_done(self, record: Import) -> None:
        left = f"; {record.overtaken:,} left alone, changed meanwhile" if record.overtaken else ""
        self.stdout.write(self.style.SUCCESS(f"  written: {record.done:,}{left}"))

    def _write_rows(self, record: Import, outcome: str, importer: Importer, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        stem, what = Path(record.file_name).stem[:100], outcome.replace("_", "-")
        names = chain(
            [stem, f"{stem}-{record.kind}"], (f"{stem}-{record.kind}-{again}" for again in count(2))
        )
        # One that is there may be half mended.
        path = next(path for name in names if not (path := folder / f"{name}-{what}.csv").exists())
        with acting_as(record.actor), path.open("x", encoding="utf-8", newline="") as file:
            file.writelines(rows_file(record, outcome, importer))
        self.stdout.write(f"  {what} rows: {path}")

    def _fail(self, refused: dict[str, str]) -> None:
        if refused:
            lines = [f"{name}: {reason}" for name, reason in refused.items()]
            raise CommandError("Not imported:\n" + "\n".join(lines))

    def _bar(self, what: str, total: int | None = None) -> "tqdm[Any]":
        return tqdm(
            total=total, desc=f"  {what}", unit=" rows", leave=False, disable=True if self.quiet else None
        )


def _stage(text: str, importer: Importer) -> str | None:
    """The stage of this name; empty for what is to be left out, None if there is none in such a file."""
    stages = stages_of(importer)
    if stages is None:
        return None
    return LEAVE_OUT if normalize_word(text) == "leaveout" else stages.keys.get(normalize_word(text))


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def vacuum(done: list[Importer]) -> None:
    """Let PostgreSQL take stock of the tables: many new rows make its counts slow, and its plans wrong."""
    tables = sorted({model._meta.db_table for importer in done for model in importer.written()})
    if tables and connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {', '.join(tables)}")
