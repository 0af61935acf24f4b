"""The kinds of files that can be imported, and which of them a file is."""

from collections.abc import Sequence

from partners.core.placeholders import normalize_word
from partners.imports.importers.base import Importer
from partners.imports.importers.columns import match, missing
from partners.imports.importers.groups import GroupImporter
from partners.imports.importers.partners import PartnerImporter

VAGUE = {"id", "name", "contract", "term", "terms"}
"""Normalized headings that a file of any kind may have."""
IMPORTERS: dict[str, Importer] = {importer.key: importer for importer in (PartnerImporter(), GroupImporter())}
"""By key; those that others need come first."""


def register_importer(importer: Importer) -> None:
    """Add a kind of file; for apps above, in `AppConfig.ready()`."""
    IMPORTERS[importer.key] = importer


def importers() -> list[Importer]:
    """All kinds of files."""
    return list(IMPORTERS.values())


def importer_of(key: str) -> Importer:
    """The importer of this key; KeyError if there is none."""
    return IMPORTERS[key]


def guess(headings: Sequence[str]) -> Importer | None:
    """Of the kinds that have all they need, the one that uses most columns, by the surest headings."""
    possible = [importer for importer in importers() if not _lacks(importer, headings)]
    # `max` takes the first of equals: so of the kinds that fit as well, the one registered last.
    return max(reversed(possible), key=lambda importer: _used(importer, headings), default=None)


def is_sure(importer: Importer, headings: Sequence[str]) -> bool:
    """Whether a file with these headings can be of no other kind.

    A heading that only this kind has is enough, such as Partner ID. ID and Name are vague: then over half of
    the headings have to be known. If another kind would use more of the columns, it is probably that one,
    with a required column missing.
    """
    mine, matched = _used(importer, headings), match(headings, importer.columns)
    vague = normalize_word(headings[matched.index(importer.identity[0])]) in VAGUE
    if vague and 2 * mine[0] <= sum(map(bool, headings)):
        return False
    for other in importers():
        used = _used(other, headings)
        as_likely = used[0] >= mine[0] if vague else used >= mine
        if other is not importer and (used[0] > mine[0] if _lacks(other, headings) else as_likely):
            return False
    return True


def looks_like_another(headings: Sequence[str], importer: Importer) -> Importer | None:
    """The kind that a file seems to be instead of this one; None if this one would use more columns."""
    found = guess(headings)
    if found is None or found is importer or _used(found, headings)[0] < _used(importer, headings)[0]:
        return None
    return found


def _lacks(importer: Importer, headings: Sequence[str]) -> bool:
    return bool(missing(match(headings, importer.columns), importer.columns))


def _used(importer: Importer, headings: Sequence[str]) -> tuple[int, int]:
    """How many of the headings mean a column, and how surely."""
    ranks = [
        importer.column(key).names.index(normalize_word(heading))
        for heading, key in zip(headings, match(headings, importer.columns), strict=True)
        if key
    ]
    # Compared in this order: more columns win, and of equals the smaller sum of ranks.
    return len(ranks), -sum(ranks)


def known_headings(headings: Sequence[str]) -> int:
    """How many of these mean a column, to the kind of file to which most do."""
    return max(sum(map(bool, match(headings, importer.columns))) for importer in importers())
