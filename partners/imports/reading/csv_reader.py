"""Text files with a row a line: in whichever encoding, with commas, semicolons, tabs or bars between cells.

The encoding is known by its mark, or by being UTF-8 from end to end; anything else is asked. The separator is
the one of four that parts the first rows into most cells of one number, and headings that are known decide
between several.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.imports.errors import ImportFileError
from partners.imports.importers.registry import known_headings
from partners.imports.parsing.cells import Cell, cell_of
from partners.imports.reading import encodings
from partners.imports.reading.options import Reading, Wanted

CHUNK_BYTES = 1 << 20
SAMPLE_LENGTH = 1 << 16
SAMPLE_ROWS = 50
HEADING_SEARCH_ROWS = 20
SEPARATORS = {
    ",": gettext_lazy("commas"),
    ";": gettext_lazy("semicolons"),
    "\t": gettext_lazy("tabs"),
    "|": gettext_lazy("bars"),
}
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
NAMES = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}
SEPARATOR_LINE = "sep="
NO_TABLES = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
    b"{\\rt": "RTF",
}
NO_TABLE = re.compile(r"\s*([{[<]|MIME-Version:|ID;P(?=[A-Z\d]*(?:;[NE])*\s+[A-Z]{1,2};))")
"""How texts begin that are something else: JSON, a web page, one with its pictures (MIME), or SYLK."""


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart."""

    separator: str
    quote: str = '"'
    escape: str | None = None

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Parts the lines into cells; csv.Error where quotes don't fit."""
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote,
            escapechar=self.escape,
            doublequote=self.escape is None,
            skipinitialspace=True,
            strict=True,
        )


def read_csv(file: BinaryIO, wanted: Wanted) -> Reading:
    """The table, in the encoding that is wanted, or that the file shows; ImportFileError if there is none.

    A file that shows none is read in the likeliest, and the reading says which others there are.
    """
    encoding = wanted.encoding or _encoding(file)
    possible = [] if encoding else encodings.possible(file)
    if not encoding and not possible:
        raise ImportFileError(_not_decoded())
    encoding = encoding or possible[0][0]
    if not encodings.known(encoding):
        raise ImportFileError(_("There is no encoding “%s”. Write it like windows-1251.") % encoding)
    sample = _sample(file, encoding)
    declared, skipped = _declared_separator(sample)
    sample = sample[skipped:]
    if no_table := NO_TABLE.match(sample):
        raise ImportFileError(_no_table(no_table[1]))
    dialect = _dialect(sample, declared)
    read_as = _("CSV, %(encoding)s, %(separator)s between cells") % {
        "encoding": NAMES.get(encoding) or encodings.label(encoding),
        "separator": SEPARATORS[dialect.separator],
    }
    # What is not sure is shown, to choose by, and never imported.
    rows = _rows(file, encoding, dialect, skipped, "replace" if possible else "strict")
    return Reading(read_as, rows, encoding="" if possible else encoding, encodings=possible)


def _sample(file: BinaryIO, encoding: str) -> str:
    text = _open(file, encoding)
    try:
        return text.read(SAMPLE_LENGTH)
    except UnicodeError:
        raise ImportFileError(_not_decoded()) from None
    finally:
        text.detach()


def _not_decoded() -> str:
    return _("The file has characters that its encoding doesn't have. Save it as “CSV UTF-8”.")


def _no_table(start: str) -> str:
    if start in ("{", "["):
        return _(
            "This is JSON, not a table. Files of the platform's API are imported with manage.py"
            " import_program."
        )
    what = _("SYLK") if start == "ID;P" else _("a web page or XML")
    return _("This is %s, not a table. Open it in a spreadsheet and save it as .xlsx.") % what


def _encoding(file: BinaryIO) -> str:
    """The encoding that the file shows; nothing if it is none of Unicode's."""
    start = file.read(4)
    file.seek(0)
    for beginning, name in NO_TABLES.items():
        if start.startswith(beginning):
            raise ImportFileError(_("This is a %s file, not a table.") % name)
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            return encoding
    # UTF-16 without a mark: of the first character, a letter or digit of ASCII, one byte is zero.
    if len(start) >= 2 and 0 in start[:2]:
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    return "utf-8" if _is_utf8(file) else ""


def _is_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    else:
        return True
    finally:
        file.seek(0)


def _open(file: BinaryIO, encoding: str, errors: str = "strict") -> io.TextIOWrapper:
    file.seek(0)
    return io.TextIOWrapper(file, encoding, errors, newline="")


def _declared_separator(sample: str) -> tuple[str, int]:
    """The separator that a first line like `sep=;` tells spreadsheets, and how many signs the line takes."""
    first = sample.splitlines(keepends=True)[0] if sample else ""
    said = first.strip().lower()
    if said.startswith(SEPARATOR_LINE) and len(said) <= len(SEPARATOR_LINE) + 1:
        return said[len(SEPARATOR_LINE) :] or "\t", len(first)
    return "", 0


def _dialect(sample: str, declared: str) -> Dialect:
    """What parts the first rows best; commas and double quotes where nothing does."""
    if "\0" in sample:
        raise ImportFileError(
            _("The file has NUL characters, as no text has: it is no table, or it was damaged on its way.")
        )
    first = next((line for line in sample.splitlines() if line.strip()), "")
    quoting: list[tuple[str, str | None]] = [('"', None)]
    if '\\"' in sample:
        quoting.append(('"', "\\"))
    if first.startswith("'"):
        quoting.insert(0, ("'", None))
    best = _best(sample, SEPARATORS, quoting)
    if declared not in SEPARATORS:
        return best
    as_declared = _best(sample, [declared], quoting)
    known, several, *_others = _fit(sample, as_declared)
    better_known, _several, _quotes_fit, alike, _width = _fit(sample, best)
    # A first line that is wrong parts nothing, or not the headings.
    return best if better_known > known or (not several and alike == 1) else as_declared


def _best(sample: str, separators: Iterable[str], quoting: Sequence[tuple[str, str | None]]) -> Dialect:
    dialects = [Dialect(separator, *marks) for separator in separators for marks in quoting]
    return max(dialects, key=lambda dialect: _fit(sample, dialect))


def _fit(sample: str, dialect: Dialect) -> tuple[float, ...]:
    """How well a dialect splits the sample, the larger the better. Each number breaks ties of those before.

    Known headings in one row; more than one cell a row; quotes that fit; the share of rows of the most
    frequent width; that width. csv.Sniffer knows neither headings nor widths, only how often characters
    occur.
    """
    rows: list[list[str]] = []
    lines = sample.splitlines(keepends=True)
    whole = len(sample) < SAMPLE_LENGTH
    quotes_fit = True
    try:
        # The last line may be cut off.
        for row in islice(dialect.reader(iter(lines if whole else lines[:-1])), SAMPLE_ROWS):
            rows.append(row)  # noqa: PERF402 - those before an error are kept
    except csv.Error as error:
        # A quoted cell with line breaks may go on past the sample.
        quotes_fit = not whole and "unexpected end of data" in str(error)
    widths = Counter(len(row) for row in rows if any(row)) or Counter(map(len, rows)) or Counter([0])
    [(width, alike)] = widths.most_common(1)
    known = max(map(known_headings, rows[:HEADING_SEARCH_ROWS]), default=0)
    return known, width > 1, quotes_fit, alike / widths.total(), width


def _rows(file: BinaryIO, encoding: str, dialect: Dialect, skipped: int, errors: str) -> Iterator[list[Cell]]:
    text = _open(file, encoding, errors)
    text.read(skipped)
    number = 1
    try:
        for cells in dialect.reader(text):
            yield [cell_of(cell) for cell in cells]
            number += 1
    except csv.Error as error:
        raise ImportFileError(_refusal(number, str(error))) from None
    except UnicodeError:
        raise ImportFileError(_not_decoded()) from None
    finally:
        # Who has read enough may have closed the file.
        if not file.closed:
            text.detach()


def _refusal(number: int, error: str) -> str:
    if "field larger" in error:
        return (
            _("Row %s has a cell of more than 131,072 characters. Is a quote never closed?") % f"{number:,}"
        )
    if "unexpected end" in error:
        return _("The last row, %s, ends within quotes. Is the file cut off?") % f"{number:,}"
    return _("In row %s the quotes don't fit: something follows a closing quote.") % f"{number:,}"
