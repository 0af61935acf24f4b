"""Finds what is unseen in .xlsx and .ods, in one pass over their XML that keeps no tree in memory."""

import posixpath
import re
import zipfile
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from partners.core.placeholders import TRUTHS
from partners.imports.reading.workbook_inspector import MAX_REPEATED_ROWS, WITHOUT_VALUE, Unseen, padded, pads

CHUNK_BYTES = 1 << 16
MAX_REPEATED_COLUMNS = 1_000
TELLING = re.compile(rb"\bt=[\"']e[\"']|<(?:\w+:)?f[ />]|hidden=")
"""An error, a formula, something hidden: without them and without formats that pad, there is nothing."""
WHITE_SPACE = {"line-break": "\n", "tab": "\t", "s": " "}
"""The elements of OpenDocument that stand for it. Libraries read over the first two."""
Attributes = dict[str, str]
Start = Callable[[str, Attributes], None]


def parse(file: IO[bytes], start: Start, end: Callable[[str], None], text: Callable[[str], None]) -> None:
    """Read XML, naming elements and attributes without their namespaces."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(_local(name), _plain(attributes))
    parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = text
    parser.ParseFile(file)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _plain(attributes: Attributes) -> Attributes:
    # `calcext:value-type` follows `office:value-type`, and alone says that a value is an error.
    return {_local(name): value for name, value in attributes.items()}


def _ignore(_text: str) -> None:
    return


def in_xlsx(archive: zipfile.ZipFile, sheet: str) -> Unseen:
    """What is unseen in the sheet of this name."""
    path = _path(archive, "xl/workbook.xml", sheet)
    scan = _Sheet(_formats(archive))
    if scan.formats or _tells(archive, path):
        with archive.open(path) as file:
            parse(file, scan.start, scan.end, scan.text)
    return scan.unseen


def _tells(archive: zipfile.ZipFile, path: str) -> bool:
    """Whether the sheet has to be parsed. Searching its bytes is faster, and most sheets have nothing."""
    with archive.open(path) as file:
        before = b""
        while chunk := file.read(CHUNK_BYTES):
            if TELLING.search(before + chunk):
                return True
            before = chunk[-20:]  # longer than a match, which may lie across two chunks
    return False


def _path(archive: zipfile.ZipFile, book: str, sheet: str) -> str:
    found: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        if name == "sheet" and attributes.get("name") == sheet:
            found.append(attributes.get("id", ""))

    with archive.open(book) as file:
        parse(file, start, _ignore, _ignore)
    return part_of(archive, book, found[0])


def part_of(archive: zipfile.ZipFile, book: str, key: str) -> str:
    """The path of the part to which the workbook refers by this key."""
    targets: dict[str, str] = {}

    def start(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    folder, _slash, name = book.rpartition("/")
    with archive.open(f"{folder}/_rels/{name}.rels") as file:
        parse(file, start, _ignore, _ignore)
    target = targets[key]
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")


def _formats(archive: zipfile.ZipFile) -> dict[int, str]:
    """By the number of a style of cells, the format that may put zeros before a number."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    codes: dict[str, str] = {}
    styles: list[str] = []
    inside: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        if name == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and inside[-1:] == ["cellXfs"]:
            styles.append(attributes.get("numFmtId", ""))
        inside.append(name)

    def end(_name: str) -> None:
        inside.pop()

    with archive.open("xl/styles.xml") as file:
        parse(file, start, end, _ignore)
    return pads({place: codes.get(key, "") for place, key in enumerate(styles)})


class _Sheet:
    """A sheet of .xlsx, as it is parsed.

    Row and cell references (`r`) are optional: without one, a row or cell follows the one before it.
    """

    def __init__(self, formats: dict[int, str]) -> None:
        self.unseen, self.formats = Unseen(), formats
        self.row = self.column = -1
        self.kind, self.format, self.value = "", "", ""
        self.in_value = self.formula = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "c":
            place = attributes.get("r", "").rstrip("0123456789")
            self.column = _column(place) if place else self.column + 1
            self.kind, self.value, self.formula = attributes.get("t", "n"), "", False
            self.format = self.formats.get(int(attributes.get("s", 0)), "")
        elif name == "v":
            self.in_value = True
        elif name == "f":
            self.formula = True
        elif name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
            self.unseen.hidden_rows += _is_true(attributes.get("hidden"))
        elif name == "col" and _is_true(attributes.get("hidden")):
            columns = range(int(attributes["min"]) - 1, int(attributes["max"]))
            self.unseen.hidden_columns.update(columns[:MAX_REPEATED_ROWS])

    def text(self, text: str) -> None:
        if self.in_value:
            self.value += text

    def end(self, name: str) -> None:
        if name == "v":
            self.in_value = False
        elif name == "c":
            if self.kind == "e":
                self.unseen.put(self.row, self.column, self.value or "#VALUE!")
            # Libraries write formulas without a result, and leave it to the spreadsheet.
            elif self.formula and self.kind == "n" and not self.value:
                self.unseen.put(self.row, self.column, WITHOUT_VALUE)
            elif shown := self._padded():
                self.unseen.put_shown(self.row, self.column, shown)

    def _padded(self) -> str:
        a_number = self.format and self.kind == "n" and self.value
        return padded(float(self.value), self.format) if a_number else ""


def _is_true(text: str | None) -> bool:
    return text in ("1", "true")


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def in_ods(archive: zipfile.ZipFile, sheet: str) -> Unseen:
    """What is unseen in the sheet of this name."""
    scan = _Table(sheet)
    with archive.open("content.xml") as file:
        parse(file, scan.start, scan.end, scan.text)
    return scan.unseen


class _Table:
    """A sheet of OpenDocument, as it is parsed.

    Equal rows and cells are written once, with how often they are repeated. The empty rest of a sheet is one
    row repeated a million times: hence the caps on what is expanded.
    """

    def __init__(self, sheet: str) -> None:
        self.unseen, self.sheet = Unseen(), sheet
        self.inside = self.in_text = self.in_note = self.is_broken = False
        self.row = self.rows = self.column = self.columns = self.next_column = 0
        self.cell: Attributes = {}
        self.shown = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "table":
            self.inside = attributes.get("name") == self.sheet
        elif not self.inside:
            return
        elif name == "table-column":
            number = int(attributes.get("number-columns-repeated", 1))
            if "visibility" in attributes and attributes["visibility"] != "visible":
                columns = range(self.next_column, self.next_column + min(number, MAX_REPEATED_ROWS))
                self.unseen.hidden_columns.update(columns)
            self.next_column += number
        elif name == "table-row":
            self.row, self.rows = self.row + self.rows, int(attributes.get("number-rows-repeated", 1))
            self.column = self.columns = 0
            hidden = attributes.get("visibility", "visible") != "visible"
            self.unseen.hidden_rows += self.rows if hidden and self.rows < MAX_REPEATED_ROWS else 0
        elif name in ("table-cell", "covered-table-cell"):
            self.column += self.columns
            self.columns = int(attributes.get("number-columns-repeated", 1))
            self.cell, self.shown, self.is_broken = attributes, "", False
            self._note_merge()
        elif name == "annotation":
            self.in_note = True
        elif name == "p" and not self.in_note:
            self.shown += "\n" if self.shown else ""
            self.in_text = True
        elif self.in_text and name in WHITE_SPACE:
            self.shown += WHITE_SPACE[name] * min(int(attributes.get("c", 1)), MAX_REPEATED_COLUMNS)
            self.is_broken |= name != "s"

    def text(self, text: str) -> None:
        if self.inside and self.in_text:
            self.shown += text

    def end(self, name: str) -> None:
        if name == "table":
            self.inside = False
        elif name == "annotation":
            self.in_note = False
        elif name == "p":
            self.in_text = False
        elif self.inside and name in ("table-cell", "covered-table-cell") and (text := self._instead()):
            for row in range(self.row, self.row + min(self.rows, MAX_REPEATED_ROWS)):
                for column in range(self.column, self.column + min(self.columns, MAX_REPEATED_COLUMNS)):
                    self.unseen.put(row, column, text)

    def _note_merge(self) -> None:
        rows, columns = (int(self.cell.get(f"number-{what}-spanned", 1)) for what in ("rows", "columns"))
        if rows > 1 or columns > 1:
            last = (self.row + rows - 1, self.column + columns - 1)
            self.unseen.merged.append(((self.row, self.column), last))

    def _instead(self) -> str:
        """The text to be read in place of the value; empty: the value is right as it is."""
        kind = self.cell.get("value-type", "")
        if kind == "error" or (self.shown.startswith(("Err:", "#")) and "formula" in self.cell):
            return self.shown or "#VALUE!"
        if "formula" in self.cell and not kind and not self.shown:
            return WITHOUT_VALUE
        if kind == "boolean" or self.shown.lower() in TRUTHS:
            return self.cell.get("boolean-value", self.shown).upper()
        if kind == "string" and self.is_broken:
            return self.shown
        if kind == "float" and self._is_padded():
            self.unseen.shown_otherwise += 1
            return self.shown
        return ""

    def _is_padded(self) -> bool:
        """Whether a whole number is shown with zeros or letters before it; the file has its text too."""
        value = float(self.cell.get("value", "nan"))
        digits = re.sub(r"\D", "", self.shown)
        before = digits[:1] == "0" or self.shown[:1].isalpha()
        return before and value > 0 and value.is_integer() and digits.lstrip("0") == f"{value:.0f}"
