"""Which row of a table has the headings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, zip_longest

from django.utils.translation import gettext as _

from partners.core.placeholders import normalize_word
from partners.imports.errors import ImportFileError
from partners.imports.importers.registry import guess, importers, known_headings
from partners.imports.parsing.cells import Cell, as_text
from partners.imports.reading.csv_reader import HEADING_SEARCH_ROWS
from partners.imports.reading.workbook_inspector import COVERED

Row = tuple[int, list[Cell]]
"""With its number."""
VALUE = re.compile(r"\W*\d[\d\W]*|\S+@\S+")
"""Hardly a heading: a number, a day, an e-mail address."""
SEVERAL_IN_ONE = re.compile("[,;|\t:^~¦]|  ")


def find_headings(rows: Iterator[Row]) -> tuple[list[str], Iterator[Row], list[str]]:
    """The headings, the rows below them, and what is to be known of the choice.

    The headings are, of the rows that name what a kind of file needs, the one of which most is known; or else
    the first that is at least half as full as the fullest: titles and remarks above fill a cell or two.
    """
    early = list(islice(rows, HEADING_SEARCH_ROWS))
    texts = {place: _texts(cells) for place, (_number, cells) in enumerate(early) if any(cells)}
    if not texts:
        raise ImportFileError(_why_none(rows))
    known = [place for place in texts if guess(texts[place])]
    place = max(known, key=lambda place: known_headings(texts[place])) if known else _first_of_the_full(texts)
    notes = []
    if _follow_a_table(place, texts, known):
        raise _two_tables(early[place][0])
    if known and place > known[0]:
        notes.append(_better(early[place][0]))
    elif not known and (place > min(texts) or len(early) == HEADING_SEARCH_ROWS):
        notes.append(_unsure(early[place][0]))
    elif not known_headings(texts[place]) and any(map(VALUE.fullmatch, texts[place])):
        notes.append(_of_values(early[place][0]))
    if not known:
        notes += _of_one_column(list(texts.values()))
    return texts[place], chain(early[place + 1 :], rows), notes


def of_one_table(headings: Sequence[str], rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; ImportFileError where other headings stand among them: below is another table."""
    mine = [normalize_word(heading) for heading in headings]
    known = {name for each in importers() for column in each.columns for name in column.names}
    known.update(filter(None, mine))
    for number, cells in rows:
        # Most rows begin with a number: so they are as fast as they were.
        first = next(filter(None, cells), "")
        may_be = isinstance(first, str) and not first[:1].isdigit() and normalize_word(first) in known
        if may_be and _are_others(cells, mine):
            raise _two_tables(number)
        yield number, cells


def _follow_a_table(place: int, texts: Mapping[int, Sequence[str]], known: Sequence[int]) -> bool:
    """Whether a table of the same kind, with rows of its own, stands above these headings."""
    return any(
        known_headings(texts[above]) > 1
        and guess(texts[above]) is guess(texts[place])
        and any(above < between < place for between in texts)
        for above in known
    )


def _two_tables(number: int) -> ImportFileError:
    text = _("Row %s has other headings: the file holds two tables. Send each as a file of its own.")
    return ImportFileError(text % f"{number:,}")


def repeats(cells: Sequence[Cell], headings: Sequence[str]) -> bool:
    """Whether the cells are the headings, which are given as normalized words, once more."""
    pairs = zip_longest(cells, headings, fillvalue="")
    return all(normalize_word(as_text(cell)) == heading for cell, heading in pairs)


def _are_others(cells: Sequence[Cell], headings: Sequence[str]) -> bool:
    texts = _texts(cells)
    words = [word for word in map(normalize_word, texts) if word]
    if len(words) < 2 or repeats(cells, headings):
        return False
    return sorted(words) == sorted(filter(None, headings)) or (
        2 * known_headings(texts) > len(words) and guess(texts) is not None
    )


def _texts(cells: Sequence[Cell]) -> list[str]:
    texts = ["" if cell == COVERED else str(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _why_none(rows: Iterator[Row]) -> str:
    if any(any(cells) for _number, cells in rows):
        return (
            _("The first %s rows are empty: headings are not looked for below them. Delete those rows.")
            % HEADING_SEARCH_ROWS
        )
    return _("There is no table in the file.")


def _first_of_the_full(texts: Mapping[int, Sequence[str]]) -> int:
    filled = {place: sum(map(bool, row)) for place, row in texts.items()}
    return next(place for place in texts if 2 * filled[place] >= max(filled.values()))


def _better(number: int) -> str:
    text = _("Row %s is taken for the headings, of which most are known. What stands above is not read.")
    return text % f"{number:,}"


def _unsure(number: int) -> str:
    text = _(
        "Row %(row)s is taken for the headings: none of the first %(most)s rows has those that"
        " are needed, and no others are looked through. Delete what stands above the headings."
    )
    return text % {"row": f"{number:,}", "most": HEADING_SEARCH_ROWS}


def _of_values(number: int) -> str:
    text = _(
        "Row %s is taken for the headings, and is not imported. If the file has no headings, put a row of"
        " them above it."
    )
    return text % f"{number:,}"


def _of_one_column(rows: Sequence[Sequence[str]]) -> list[str]:
    """A note where several headings seem to stand in one cell."""
    if max(map(len, rows)) > 1 or not any(SEVERAL_IN_ONE.search(row[0]) for row in rows if row):
        return []
    return [
        _(
            "The file has one column: whole rows stand in one cell, or something else than commas,"
            " semicolons, tabs or bars parts the cells. Split them in a spreadsheet, and save the file."
        )
    ]
