"""`manage.py segment`: segments, files of their partners, and definitions as files, without a browser."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from partners.core.actor import acting_as
from partners.core.limits import limits
from partners.core.moment import Moment
from partners.exports.columns import COLUMNS, ExportColumn, chosen
from partners.exports.services import write
from partners.models.exports import Format
from segments import transfer as files
from segments.errors import DefinitionError, DefinitionFileError
from segments.insight.health import health_of
from segments.insight.preview import preview
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.management import tracking
from segments.models import Frequency, Segment
from segments.screens.exports import source_of
from segments.services import count, save_segment

STANDARD = "-"
MAX_STEM_LENGTH = 50
Say = Callable[[str], None]


class Command(BaseCommand):
    """A subcommand for each thing that can be done with a segment."""

    help = "List, show, export, import and track segments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands; a function below for each."""
        commands = parser.add_subparsers(required=True, metavar="COMMAND")

        def add(name: str, about: str, run: Callable[..., None], argument: str = "") -> ArgumentParser:
            command: ArgumentParser = commands.add_parser(name, help=about, description=about)
            command.set_defaults(run=run)
            if argument:
                command.add_argument(argument.lower(), metavar=argument)
            return command

        def add_output(command: ArgumentParser) -> None:
            command.add_argument("--output", default=STANDARD, metavar="FILE", help="not standard output")

        add("list", "All segments, with the numbers of the last count.", list_segments)
        add("show", "What a segment asks, and how many partners it has now.", show, "NAME")
        exporting = add("export", "A file of a segment's partners.", export, "NAME")
        exporting.add_argument("--format", choices=Format.values, help="csv, unless FILE ends in .xlsx")
        exporting.add_argument("--columns", help=f"some of {', '.join(one.key for one in COLUMNS)}")
        exporting.add_argument("--emails", action="store_true", help="each e-mail address once, nothing else")
        add_output(exporting)
        add_output(add("export-definition", "A segment's definition as a file.", export_definition, "NAME"))
        reading = add(
            "import-definition", "Save the segment that a file describes.", import_definition, "FILE"
        )
        reading.add_argument("--name", help="another name than the file's")
        reading.add_argument("--replace", action="store_true", help="replace the segment of that name")
        reading.add_argument("--user", metavar="USERNAME", help="who owns it and is written down")
        tracked = add("track", "Remember who enters and leaves a segment.", track, "NAME")
        tracked.add_argument(
            "--every", choices=["hour", "day"], default="day", help="how often it is run (day)"
        )
        tracked.add_argument("--off", action="store_true", help="no more, and delete the history")
        tracked.add_argument("--user", metavar="USERNAME", help="who is written down")
        changed = add("changes", "A file of who entered and left, and why.", changes, "NAME")
        changed.add_argument("--first", metavar="DAY", help="like 2026-11-03; 90 days before the last one")
        changed.add_argument("--last", metavar="DAY", help="today")
        add_output(changed)
        add("as-of", "The Partner IDs of those who were in it as a day ended.", as_of, "NAME").add_argument(
            "day", metavar="DAY", help="like 2026-11-03"
        )
        add("preview", "What the definition in a file asks, and whom it finds.", preview_file, "FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand; whatever is wrong is said in plain words."""
        try:
            with acting_as("manage.py segment"):
                options["run"](self.stdout.write, **options)
        except DefinitionFileError as error:
            raise CommandError("\n".join(error.reasons)) from None
        except DefinitionError as error:
            raise CommandError(str(error)) from None
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or 'standard output'}: {error.strerror}") from None


def list_segments(say: Say, **_options: Any) -> None:
    """A line each: number of partners, name, what needs attention."""
    segments = list(Segment.objects.all())
    found = health_of(segments, Moment.now())
    for segment in segments:
        number = _number(segment.partner_count)
        trouble = " ".join(found[segment.pk].attention)
        say(f"{number:>12}  {segment.name}" + (f"  (needs attention: {trouble})" if trouble else ""))


def show(say: Say, *, name: str, **_options: Any) -> None:
    """Name, sentence, number of this moment, what needs attention."""
    segment, moment = _segment(name), Moment.now()
    definition = segment.read()
    say(segment.name)
    say(sentence(definition, Labels.of(definition)))
    say(_partners(count(segment, moment)))
    for message in health_of([segment], moment)[segment.pk].attention:
        say(f"Needs attention: {message}")


def export(say: Say, *, name: str, output: str, **options: Any) -> None:
    """Write the file; say how many rows it has, unless it is on standard output."""
    segment = _segment(name)
    segment.read()
    attribute = Format(options["format"] or (Format.EXCEL if output.endswith(".xlsx") else Format.CSV))
    source = source_of(segment.definition, Moment.now(), name=segment.name, what=f"Segment “{segment.name}”")
    table = source.email_list() if options["emails"] else source.table(_columns(options["columns"]))
    with _opened(output) as file:
        record = write(source, table, attribute, file)
    if output != STANDARD:
        say(f"{record.rows:,} {'row' if record.rows == 1 else 'rows'} written to {output}")


def export_definition(_say: Say, *, name: str, output: str, **_options: Any) -> None:
    """Write the definition."""
    text = files.written(_segment(name), Moment.now())
    with _opened(output) as file:
        file.write(text.encode())


def import_definition(say: Say, *, file: str, **options: Any) -> None:
    """Save what the file describes, and say what that is."""
    moment = Moment.now()
    found = _read(say, file, moment)
    name = options["name"] or found.name
    if not name:
        raise CommandError("The file has no name for the segment. Give one with --name.")
    user = _user(options["user"])
    segment = Segment.objects.named(name).first() if options["replace"] else None
    with transaction.atomic():
        definition, along = files.save_along(found, user=user, moment=moment)
        saved = save_segment(
            segment=segment,
            name=name,
            definition=definition,
            user=user,
            moment=moment,
            tags=found.tags,
            tracked=found.tracked,
        )
    for one in (*along, saved):
        say(f"Saved {one.name}: {_partners(one.partner_count)}")
    say(sentence(definition, Labels.of(definition)))


def track(say: Say, *, name: str, every: str, off: bool, user: str | None, **_options: Any) -> None:
    """Switch tracking on or off, or change how often the segment is run."""
    frequency = {"hour": Frequency.HOURLY, "day": Frequency.DAILY}[every]
    say(tracking.track(_segment(name), frequency=frequency, off=off, user=_user(user)))


def changes(say: Say, *, name: str, output: str, **options: Any) -> None:
    """Write the file; say how many rows it has, unless it is on standard output."""
    segment = _segment(name)
    with _opened(output) as file:
        rows = tracking.write_changes(segment, file, first=options["first"], last=options["last"])
    if output != STANDARD:
        say(f"{rows:,} {'row' if rows == 1 else 'rows'} written to {output}")


def as_of(say: Say, *, name: str, day: str, **_options: Any) -> None:
    """A line for each Partner ID."""
    for key in tracking.members_as_of(_segment(name), day=day, warn=sys.stderr.write):
        say(str(key))


def preview_file(say: Say, *, file: str, **_options: Any) -> None:
    """Sentence, number and first partners; nothing is saved."""
    moment = Moment.now()
    read = _read(say, file, moment)
    with transaction.atomic():
        # What comes along has to be there to be asked, and goes again.
        definition, _along = files.save_along(read, user=None, moment=moment)
        labels = Labels.of(definition)
        found = preview(definition, labels, moment)
        transaction.set_rollback(True)
    say(sentence(definition, labels))
    say(f"{_number(found.count)} of {_partners(found.total)}")
    for message in found.unknown:
        say(message)
    for partner in found.partners:
        say(f"{partner.pk:>12}  {partner.name}")


def _number(partners: int | None) -> str:
    """As a person reads it; a dash where counting took too long."""
    return "—" if partners is None else f"{partners:,}"


def _partners(number: int | None) -> str:
    return f"{_number(number)} {'partner' if number == 1 else 'partners'}"


def _segment(name: str) -> Segment:
    segment = Segment.objects.named(name).first()
    if segment is None:
        raise CommandError(f"There is no segment “{name}”. manage.py segment list names them all.")
    return segment


def _user(name: str | None) -> User | None:
    if not name:
        return None
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user “{name}”.")
    return user


def _read(say: Say, file: str, moment: Moment) -> files.SegmentFile:
    with Path(file).open("rb") as content:
        found = files.read(content.read(limits().segment_file_max_bytes + 1), moment)
    for note in found.notes:
        say(note)
    return found


def _columns(named: str | None) -> tuple[ExportColumn, ...]:
    """The columns of these keys or headings, separated by commas; the usual ones for None."""
    if named is None:
        return tuple(column for column in COLUMNS if column.default)
    known = {name.casefold(): one.key for one in COLUMNS for name in (one.key, str(one.label))}
    wanted = [name.strip().casefold() for name in named.split(",")]
    for name in wanted:
        if name not in known:
            raise CommandError(
                f"There is no column “{name}”. There are: {', '.join(one.key for one in COLUMNS)}."
            )
    return chosen((known[name] for name in wanted), COLUMNS)


@contextmanager
def _opened(output: str) -> Iterator[IO[bytes]]:
    """The file to write to. It takes its name once it is whole."""
    if output == STANDARD:
        yield sys.stdout.buffer
        return
    target = Path(output).resolve()
    if target.exists() and not target.is_file():
        # A pipe or a device: there is nothing to be replaced.
        with target.open("wb") as file:
            yield file
        return
    part = target.with_name(f"{target.name[:MAX_STEM_LENGTH]}.{token_hex(8)}.part")
    # Made here, or not at all: no file that is there already is ever written to, or deleted.
    with part.open("xb") as file:
        try:
            yield file
        except BaseException:
            part.unlink()
            raise
    part.replace(target)
