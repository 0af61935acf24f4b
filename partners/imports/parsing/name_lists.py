"""Several names in one cell: how they are written, and how they are read.

The cell is CSV with semicolons, so that a name may hold whatever it likes: `VIP; "Food; Drinks"`. Names may
stand below each other too.
"""

import csv
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from partners.core.names import fold
from partners.imports.errors import Refused
from partners.imports.parsing.cells import content

SEPARATOR = ";"
BEHIND = ("|", ",")
"""Other marks that files put between names."""
NEEDS_QUOTES = (SEPARATOR, '"', *BEHIND)


def write_names(names: Iterable[str]) -> str:
    """The names as one cell that `read_names` reads back, whatever they hold."""
    return f"{SEPARATOR} ".join(map(_written, names))


def _written(name: str) -> str:
    plain = name == name.strip() and not any(sign in name for sign in NEEDS_QUOTES)
    if plain and not _is_word(name):
        return name
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _is_word(name: str) -> bool:
    """Whether it reads as a placeholder or an error where no quotes stand around it."""
    try:
        return content(name) is None
    except Refused:
        return True


def possible_names(cell: str) -> set[str]:
    """Every name, folded, that the cell could be read to hold."""
    texts = [cell, *_by_semicolons(cell), *(part for mark in BEHIND for part in cell.split(mark))]
    return {fold(text) for text in texts} - {""}


def read_names(cell: str, known: Mapping[str, str]) -> list[str]:
    """The names in the cell, each once, sorted; known ones, given by their folded form, as they are spelled.

    Placeholders such as `N/A` are no names, but in quotes or where one is known. Refused where commas could
    be part of a name or stand between two, and for the errors of spreadsheets.
    """
    parts = (part.strip() for part in _parts(cell, known))
    names = {fold(part): part for part in parts if fold(part) and _is_meant(part, cell, known)}
    return [known.get(folded, names[folded]) for folded in sorted(names)]


def _is_meant(part: str, cell: str, known: Mapping[str, str]) -> bool:
    return fold(part) in known or f'"{part}"' in cell or content(part) is not None


def _parts(cell: str, known: Mapping[str, str]) -> list[str]:
    parts = _by_semicolons(cell)
    # From the surest reading to the least sure: semicolons and quotes are our own format, a known name as it
    # is, bars are hardly part of names, commas often are.
    if len(parts) > 1 or cell.strip().startswith('"'):
        return parts
    if fold(cell) in known:
        return [cell]
    if "|" in cell:
        return cell.split("|")
    if "," in cell:
        parts = [part for part in cell.split(",") if fold(part)]
        if not all(fold(part) in known for part in parts):
            raise Refused(
                _("“%s”: one name with a comma, or several? Put ; between names, or quotes around one.")
                % cell[:40]
            )
        return parts
    return [cell]


def _by_semicolons(cell: str) -> list[str]:
    lines = csv.reader(cell.splitlines(), delimiter=SEPARATOR, skipinitialspace=True)
    return [part for line in lines for part in line]
