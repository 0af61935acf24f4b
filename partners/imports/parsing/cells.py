"""Readers of cells: from a cell to the value that is stored, of a type that JSON can hold.

A reader gets a cell that isn't empty, and raises Refused with the reason if it can't be read.
"""

import difflib
import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from partners.core.names import LOST, MAX_NAME_LENGTH, check_name, without_invisible
from partners.core.placeholders import (
    DAY,
    EARLY,
    ERRORS,
    MERGED,
    NO_VALUE,
    PLACEHOLDERS,
    ROUNDED,
    TEXT_TRICK,
    TRUTHS,
    normalize_word,
    word,
)
from partners.exports.expressions import QUOTE, harmless
from partners.forms import MAX_PARTNER_ID
from partners.imports.errors import Refused
from partners.imports.parsing.countries import country_code

Cell = str | float
"""A text; or a number with a fraction, which as a text could be one with thousands marks."""
Content = Cell | bool
"""A cell after TRUE and FALSE became booleans."""


class Unsure(str):
    """A text that is no name and no ID, such as `TBD` or a rounded number, unless an apostrophe says so."""

    __slots__ = ()


Reader = Callable[[Content], Any]

EXACT_DIGITS = 15
"""So many digits of a number spreadsheets keep; the others become zeros."""

MAX_SHOWN_LENGTH = 40
PLAIN_NUMBER = re.compile(r"(\d+)(?:[.,]0{1,2})?")
GROUPED_NUMBER = re.compile(r"(\d{1,3}(?:([ ,.'\u2019_])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,]0+)?")
SHORTENED_NUMBER = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
NOT_STORED = re.compile("[\0\ud800-\udfff]")
"""What no database can hold."""
LINE_BREAK = re.compile(r"\s*[\t-\r\x1c-\x1f\x85\u2028\u2029]+\s*")
YES, NO = {"yes", "y", "true", "1", "archived"}, {"no", "n", "false", "0", "open", "active"}


def cell_of(value: str) -> str:
    """A text of a file as a cell: trimmed, and such as a database can hold it."""
    return NOT_STORED.sub(LOST, value).strip()


def content(cell: Cell) -> Content | None:
    """What the cell says, None if nothing: an empty cell, or a word that programs write in its place.

    TRUE and FALSE are no texts, and some texts are Unsure. What invisibly comes with a text, and the
    apostrophe that keeps it one, are taken off. Refused for what a spreadsheet writes where a formula failed.
    """
    if not isinstance(cell, str):
        return cell
    text = without_invisible(cell)
    if text[:1] == QUOTE and harmless(text[1:]) == text:
        return text[1:].strip()
    if text[:1] == "=" and (trick := TEXT_TRICK.fullmatch(text)):
        text = without_invisible(trick[1].replace('""', '"'))
    found = word(text)
    if found in ERRORS:
        raise Refused(_no_value(text))
    if found in PLACEHOLDERS:
        return None
    if found in TRUTHS:
        return TRUTHS[found]
    return Unsure(text) if found else text or None


def _no_value(error: str) -> str:
    if word(error) == NO_VALUE:
        return _(
            "The cell holds a formula without a value. Open the file in a spreadsheet and save it again."
        )
    if word(error) == MERGED:
        return _("The cell is merged with others: the first holds the value. Split them, and fill each.")
    if word(error) == EARLY:
        return _("Spreadsheets differ about days before March 1900. Write it as a text: 1900-01-31.")
    return _("The cell holds the error %s. Mend it in the spreadsheet, or empty the cell.") % error


def quote_for_message(cell: Content) -> str:
    """The cell as a message quotes it."""
    text = as_text(cell)
    return text if len(text) <= MAX_SHOWN_LENGTH else f"{text[: MAX_SHOWN_LENGTH - 1]}…"


def as_text(cell: Content) -> str:
    """The cell as a spreadsheet shows it; of a number all digits that spreadsheets keep."""
    if isinstance(cell, bool):
        return str(cell).upper()
    return f"{cell:.{EXACT_DIGITS}g}" if isinstance(cell, float) else cell


def read_text(cell: Content, longest: int) -> str:
    """The text, if it is one and short enough."""
    text = as_text(cell)
    if isinstance(cell, bool):
        raise Refused(_("%s is yes or no, not a text.") % text)
    if isinstance(cell, Unsure) and ROUNDED.fullmatch(cell):
        raise Refused(_("“%s” was rounded: spreadsheets keep 15 digits. Format the column as text.") % text)
    if isinstance(cell, Unsure) and DAY.fullmatch(cell):
        raise Refused(
            _("“%s” is a date: spreadsheets make one of texts like 6/2026. Put an apostrophe before it.")
            % text
        )
    if LOST in text:
        raise Refused(
            _("“%s” has a character that was lost before (�). Write the right one.") % quote_for_message(text)
        )
    if len(text) > longest:
        raise Refused(
            _("Too long: %(long)s characters, at most %(most)s.")
            % {"long": f"{len(text):,}", "most": f"{longest:,}"}
        )
    return text


def read_line(cell: Content, longest: int) -> str:
    """The text in one line."""
    return LINE_BREAK.sub(" ", read_text(cell, longest))


def read_name(cell: Content) -> str:
    """A name of whatever has one, in one line."""
    name = read_line(cell, MAX_NAME_LENGTH)
    if isinstance(cell, Unsure):
        raise Refused(
            _("“%s” is hardly a name. If it is one, put an apostrophe before it: '%s.") % (name, name)
        )
    try:
        check_name(name)
    except ValidationError as error:
        raise Refused(error.messages[0]) from None
    return name


ZEROS_AT_END = re.compile(rf"\d{{{EXACT_DIGITS}}}0{{4,}}")
"""A number that a spreadsheet has rounded, as a text: hardly any other has so many zeros at its end."""
WITH_FRACTION = re.compile(r"(\d+)\.0{1,2}")


def read_code(cell: Content, longest: int, what: StrOrPromise) -> str:
    """An ID of letters or digits, without the `.0` that spreadsheets add; `what` is it called?"""
    text = read_text(cell, longest)
    if SHORTENED_NUMBER.fullmatch(text) or ZEROS_AT_END.fullmatch(text):
        raise Refused(_("“%s” was shortened by a spreadsheet. Format the column as text.") % text)
    if isinstance(cell, float | Unsure) or _is_infinite(text):
        raise Refused(_("“%(cell)s” is no %(what)s.") % {"cell": quote_for_message(cell), "what": what})
    whole = WITH_FRACTION.fullmatch(text)
    return whole[1] if whole else text


def _is_infinite(text: str) -> bool:
    """Whether it is what programs write of a number that has no end, such as `inf`."""
    try:
        return math.isinf(float(text))
    except ValueError:
        return False


MAX_NUMBER_LENGTH = 40
"""No Partner ID has so many signs, however it is written."""


def read_partner_id(cell: Content) -> int:
    """A Partner ID, with thousands marks or without, and with the `.0` that spreadsheets add."""
    text = unicodedata.normalize("NFKC", as_text(cell)).lstrip("'#")
    if SHORTENED_NUMBER.fullmatch(text):
        raise Refused(
            _("“%s” was shortened by a spreadsheet. Format the column as a number.") % quote_for_message(cell)
        )
    readable = not isinstance(cell, float) and len(text) <= MAX_NUMBER_LENGTH
    found = (PLAIN_NUMBER.fullmatch(text) or GROUPED_NUMBER.fullmatch(text)) if readable else None
    number = int(re.sub(r"\D", "", found[1])) if found else 0
    if not 0 < number <= MAX_PARTNER_ID:
        raise Refused(
            _("“%s” is no Partner ID: a whole number above 0, of at most 15 digits.")
            % quote_for_message(cell)
        )
    return number


ADDRESSES_APART = re.compile(r"[\s,;|/<>()?\"]+|mailto:", re.IGNORECASE)
_is_email, _is_website = EmailValidator(), URLValidator(schemes=["http", "https"])
EMAIL_LENGTH, WEBSITE_LENGTH = 254, 500


def read_email(cell: Content) -> str:
    """An e-mail address. Refused for several, with the first as the `part` that is taken."""
    text = as_text(cell)
    if is_email(text):
        return text
    parts = (part.strip(".'") for part in ADDRESSES_APART.split(text))
    addresses = [part for part in parts if is_email(part)]
    if not addresses:
        raise Refused(_("“%s” is no e-mail address.") % quote_for_message(cell))
    raise Refused(
        _("“%(cell)s” is not one e-mail address: the first, %(first)s, is taken.")
        % {"cell": quote_for_message(cell), "first": addresses[0]},
        part=addresses[0],
    )


def is_email(text: str) -> bool:
    """Whether it is one address, and not too long a one."""
    try:
        _is_email(text)
    except ValidationError:
        return False
    return len(text) <= EMAIL_LENGTH


def read_website(cell: Content) -> str:
    """A web address; https where nothing is said."""
    text = read_text(cell, WEBSITE_LENGTH)
    if is_email(text):
        raise Refused(_("“%s” is an e-mail address, no web address.") % quote_for_message(text))
    address = read_text(text if "://" in text else f"https://{text}", WEBSITE_LENGTH)
    try:
        _is_website(address)
    except ValidationError:
        raise Refused(_("“%s” is no web address.") % quote_for_message(cell)) from None
    return address


def read_country(cell: Content) -> str:
    """A country by its code of two or three letters, or by its English name."""
    code = country_code(str(cell))
    if code is None:
        raise Refused(
            _("“%s” is no country that we know. Write its code, such as DE.") % quote_for_message(cell)
        )
    return code


def read_yes(cell: Content) -> bool:
    """Yes or no."""
    text = normalize_word(str(cell))
    if text not in YES | NO:
        raise Refused(_("“%s” is neither yes nor no.") % quote_for_message(cell))
    return text in YES


MAX_NAMED_CHOICES = 10
"""So many choices are named where none of them is meant; of more, the first ones."""
TYPO = 0.8
"""So alike are Joined and its slip `Joinde`; Expired and `denied`, which is another word, are less."""


class ChoiceReader:
    """Reads one of several values by its key or by any spelling of its label."""

    def __init__(self, choices: Iterable[tuple[str, StrOrPromise]], what: StrOrPromise) -> None:
        """The values with their labels, and what they are, as “prospecting stage”."""
        self.labels = dict(choices)
        self.what = what
        self.keys = {normalize_word(str(label)): key for key, label in self.labels.items()}
        self.keys |= {normalize_word(key): key for key in self.labels}

    def __call__(self, cell: Content) -> str:
        """The key; Refused, with what was probably meant, or else with what can be."""
        text = normalize_word(str(cell))
        if text in self.keys:
            return self.keys[text]
        reason = _("“%(cell)s” is no %(what)s.") % {"cell": quote_for_message(cell), "what": self.what}
        near = difflib.get_close_matches(text, self.keys, n=1, cutoff=TYPO)
        # What stands before a whole word mostly makes it the opposite: `inactive`, `not joined`.
        if near and not text.endswith(near[0]):
            raise Refused(f"{reason} " + _("Did you mean “%s”?") % self.labels[self.keys[near[0]]])
        raise Refused(f"{reason} {self._choices()}")

    def _choices(self) -> str:
        labels = list(map(str, self.labels.values()))
        most = MAX_NAMED_CHOICES if len(labels) <= MAX_NAMED_CHOICES else MAX_NAMED_CHOICES - 2
        rest = len(labels) - most
        named = ", ".join(labels[:most]) + (" " + _("and %s more") % rest if rest > 0 else "")
        words = {"what": str(self.what).capitalize(), "choices": named}
        return _("%(what)ss are: %(choices)s.") % words

    def label(self, key: str) -> str:
        """How people read it."""
        return str(self.labels.get(key, key))
