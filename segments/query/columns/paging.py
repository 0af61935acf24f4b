"""Pages read off a mask: the first of its partners in an order, or those beside another partner.

Each block gives the first of its partners for the page, and the database puts these few in their order.
"""

from collections.abc import Iterator

import numpy as np

from partners.models import Partner
from segments.arrays import Array, Bools, Mask
from segments.query.columns.bits import FEW
from segments.query.columns.blocks import Block
from segments.query.columns.layout import JOINED
from segments.query.columns.state import State
from segments.query.keyset import Cursor, Ordering, Stretch, is_in

FIRST_LOOK = 4_096
"""So many places of an order are looked at first, then twice as many, and so on."""


def page_candidates(
    state: State, partners: Mask, length: int, order: Ordering, at: Cursor | None
) -> list[int]:
    """Partner IDs among which are all that a page has."""
    found: list[int] = []
    for block, some in state.places(partners):
        wanted = some & _beyond(block, order, at) if at else some
        found += block.ids[_first(wanted, order, block, length, backwards=bool(at and at.before))].tolist()
    return found


def _first(wanted: Bools, order: Ordering, block: Block, length: int, *, backwards: bool) -> Array:
    """The places of the first partners of a set, in the order or backwards."""
    found: list[Array] = []
    few = np.flatnonzero(wanted) if np.count_nonzero(wanted) * FEW < len(block) else None
    for stretch in order.stretches[:: -1 if backwards else 1]:
        places = (
            _places(block, stretch)
            if few is None
            else _sorted(few[_held(block, stretch)[few]], block, stretch)
        )
        for some in _looks(places[::-1] if stretch.descending != backwards else places):
            met = some[wanted[some]][:length]
            found.append(met)
            length -= len(met)
            if not length:
                return np.concatenate(found)
    return np.concatenate(found)


def _looks(places: Array) -> Iterator[Array]:
    """The places in slices that get longer: of many partners a page is met soon, of few all are looked at."""
    start, many = 0, FIRST_LOOK
    while start < len(places) or not start:
        yield places[start : start + many]
        start, many = start + many, 2 * many


def _places(block: Block, stretch: Stretch) -> Array:
    """The places of the stretch's partners, in ascending order."""
    if stretch.column == "name_folded":
        return block.by_name
    if stretch.column:
        return block.by_joined
    return np.flatnonzero(_held(block, stretch))


def _sorted(places: Array, block: Block, stretch: Stretch) -> Array:
    """Places of the stretch's partners, in ascending order, brought into the order of `_places`."""
    if not stretch.column:
        return places
    key = block.ranks if stretch.column == "name_folded" else block.columns[JOINED]
    return places[np.argsort(key[places], kind="stable")]


def _held(block: Block, stretch: Stretch) -> Bools:
    """Whom a stretch holds."""
    if not stretch.holds:
        return np.ones(len(block), np.bool_)
    has_day: Bools = block.columns[JOINED] != JOINED.encoding.missing
    return has_day if stretch.column else ~has_day


def _beyond(block: Block, order: Ordering, at: Cursor) -> Bools:
    """Who comes after the cursor's partner, or before it."""
    found = np.zeros(len(block), np.bool_)
    is_behind = False
    for stretch in order.stretches:
        if is_behind:
            found |= _held(block, stretch)
        elif is_in(at.partner, stretch):
            found |= _held(block, stretch) & _beyond_in_run(block, stretch, at.partner)
            is_behind = True
    return ~found & (block.ids != at.partner.pk) if at.before else found


def _beyond_in_run(block: Block, stretch: Stretch, partner: Partner) -> Bools:
    """Who comes after a partner of the stretch."""
    if stretch.column == "name_folded":
        return _beyond_name(block, partner, descending=stretch.descending)
    further = block.ids < partner.pk if stretch.descending else block.ids > partner.pk
    if not stretch.column:
        return further
    days = block.columns[JOINED]
    day: int = JOINED.encoding.number(partner.original_joined_date)
    further &= days == day
    return further | (days < day if stretch.descending else days > day)


def _beyond_name(block: Block, partner: Partner, *, descending: bool) -> Bools:
    place = block.place_of_name(partner.name_folded, partner.pk)
    found = np.zeros(len(block), np.bool_)
    own = place < len(block) and block.ids[block.by_name[place]] == partner.pk
    found[block.by_name[:place] if descending else block.by_name[place + own :]] = True
    return found
