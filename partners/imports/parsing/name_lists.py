"""Several names in one cell: how they are written, and how they are read.

The cell is CSV with semicolons, so that a name may hold whatever it likes: `VIP; "Food; Drinks"`. Names may
stand below each other too.
"""

import csv
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from partners.core.names import fold
from partners.core.placeholders import word
from partners.imports.errors import Refused
from partners.imports.parsing.cells import Content, Unsure, content, quote_for_message, read_text
from partners.imports.parsing.spoilt import is_cut_entity, unspoilt

MAX_CELL_LENGTH = 10_000
SEPARATOR = ";"
BEHIND = ("|", ",")
"""Other marks that files put between names."""
NEEDS_QUOTES = (SEPARATOR, '"', *BEHIND)


def write_names(names: Iterable[str]) -> str:
    """The names as one cell that `read_names` reads back, whatever they hold."""
    return f"{SEPARATOR} ".join(map(_written, names))


def _written(name: str) -> str:
    plain = name == name.strip() and not any(sign in name for sign in NEEDS_QUOTES)
    return name if plain and not word(name) and not is_cut_entity(name) else _quoted(name)


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def read_cell(cell: Content) -> str:
    """The cell as `read_names` takes it: a word that its apostrophe says to be a name comes in quotes."""
    text = read_text(cell, MAX_CELL_LENGTH)
    return _quoted(text) if word(text) and not isinstance(cell, Unsure) else text


def possible_names(cell: str) -> set[str]:
    """Every name, folded, that the cell could be read to hold."""
    texts = [cell, *(part for mark in BEHIND for part in cell.split(mark))]
    texts += [part for mark in (SEPARATOR, *BEHIND) for part in _split(cell, mark)]
    return {fold(text) for text in texts} - {""}


def read_names(cell: str, known: Mapping[str, str]) -> list[str]:
    """The names in the cell, each once, sorted; known ones, given by their folded form, as they are spelled.

    Placeholders such as `N/A` are no names, but in quotes or where one is known. Refused where commas could
    be part of a name or stand between two, where a semicolon is the end of `&amp;`, for words such as `TBD`,
    and for the errors of spreadsheets.
    """
    parts = (part.strip() for part in _parts(cell, known))
    names = {fold(part): part for part in parts if fold(part) and _is_meant(part, cell, known)}
    return [known.get(folded, names[folded]) for folded in sorted(names)]


def _is_meant(part: str, cell: str, known: Mapping[str, str]) -> bool:
    if fold(part) in known or _quoted(part) in cell:
        return True
    if is_cut_entity(part) and f"{part}{SEPARATOR}" in cell:
        raise Refused(
            _("“%(cell)s” is written for a web page. Write it as “%(plain)s”, or put each name in quotes.")
            % {"cell": quote_for_message(cell), "plain": quote_for_message(unspoilt(cell))}
        )
    said = content(part)
    if isinstance(said, Unsure | bool):
        raise Refused(
            _("“%(name)s” is hardly a name. If it is one, put it in quotes: %(quoted)s.")
            % {"name": part, "quoted": _quoted(part)}
        )
    return said is not None


def _parts(cell: str, known: Mapping[str, str]) -> list[str]:
    parts = _split(cell, SEPARATOR)
    # From the surest reading to the least sure: semicolons and quotes are our own format, a known name as it
    # is, bars are hardly part of names, commas often are.
    if len(parts) > 1:
        return parts
    if cell.strip().startswith('"'):
        by_others = (_split(cell, mark) for mark in BEHIND)
        return next((several for several in by_others if len(several) > 1), parts)
    if fold(cell) in known:
        return [cell]
    if "|" in cell:
        return cell.split("|")
    if "," in cell:
        parts = [part for part in cell.split(",") if fold(part)]
        if not all(fold(part) in known for part in parts):
            raise Refused(
                _("“%s”: one name with a comma, or several? Put ; between names, or quotes around one.")
                % quote_for_message(cell)
            )
        return parts
    return [cell]


def _split(cell: str, separator: str) -> list[str]:
    """The texts between the separators, without their quotes."""
    lines = csv.reader(cell.splitlines(), delimiter=separator, skipinitialspace=True)
    return [part for line in lines for part in line]
