"""Texts from outside: what can be stored and searched for, and how a wrong one is quoted."""

import re
import unicodedata

from django.utils.translation import gettext as _

from partners.core.names import MAX_NAME_LENGTH, identifier, is_blank, without_invisible
from segments.errors import DefinitionError, IncompleteError

MAX_QUOTED = 50
"""A message quotes at most so many letters of a wrong value."""


def read_text(value: object) -> str:
    """The text to search names for, trimmed; DefinitionError says what is wrong with it."""
    if not isinstance(value, str):
        raise DefinitionError(_("The value has to be a text."))
    text = without_invisible(value)
    # Half of a surrogate pair counts as blank, too.
    if not storable(text):
        raise DefinitionError(_("The text has a character that no name can have."))
    if is_blank(text):
        raise IncompleteError(_("Type the text to look for."))
    if len(text) > MAX_NAME_LENGTH:
        raise DefinitionError(_("The text can have at most %s characters.") % MAX_NAME_LENGTH)
    return text


def storable(text: str) -> bool:
    """Whether both databases can keep it as a name: no control character, no half of a surrogate pair."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text)


def split_list(text: str) -> list[str]:
    """The words of a list that was typed or pasted, with spaces, commas or lines between them."""
    return [word for word in map(identifier, re.split(r"[\s,]+", text)) if word]


def quote_for_message(item: object) -> str:
    """A wrong value as a message names it: printable and short."""
    try:
        written = str(item)
    except (ValueError, RecursionError):  # a number of thousands of digits, a list thousands deep
        return "…"
    text = "".join(letter if letter.isprintable() else "�" for letter in written)
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"
