"""Pages read off a mask: the first of its partners in an order, or those beside another partner.

Each block gives the first of its partners for the page, and the database puts these few in their order.
"""

from collections.abc import Iterator

import numpy as np

from partners.models import Partner
from segments.arrays import Array, Bools, Mask
from segments.query.columns.blocks import Block
from segments.query.columns.layout import JOINED
from segments.query.columns.state import State
from segments.query.keyset import Cursor, Ordering, Run, is_in

FIRST_LOOK = 4_096
"""So many places of an order are looked at first, then twice as many, and so on."""


def page_candidates(
    state: State, partners: Mask, length: int, order: Ordering, at: Cursor | None
) -> list[int]:
    """Partner IDs among which are all that a page has."""
    found: list[int] = []
    for block, part, live in zip(state.blocks, partners.parts, state.live, strict=True):
        wanted = part & live
        if at:
            wanted &= _beyond(block, order, at)
        found += block.ids[_first(wanted, order, block, length, backwards=bool(at and at.before))].tolist()
    return found


def _first(wanted: Bools, order: Ordering, block: Block, length: int, *, backwards: bool) -> Array:
    """The places of the first partners of a set, in the order or backwards."""
    found: list[Array] = []
    for run in order.runs[:: -1 if backwards else 1]:
        places = _places(block, run)
        for some in _looks(places[::-1] if run.descending != backwards else places):
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


def _places(block: Block, run: Run) -> Array:
    """The places of the run's partners, in ascending order."""
    if run.column == "name_folded":
        return block.by_name
    if run.column:
        return block.by_joined
    return np.flatnonzero(_held(block, run))


def _held(block: Block, run: Run) -> Bools:
    """Whom a run holds."""
    if not run.holds:
        return np.ones(len(block), np.bool_)
    has_day: Bools = block.own[JOINED] != JOINED.encoding.missing
    return has_day if run.column else ~has_day


def _beyond(block: Block, order: Ordering, at: Cursor) -> Bools:
    """Who comes after the cursor's partner, or before it."""
    found = np.zeros(len(block), np.bool_)
    is_behind = False
    for run in order.runs:
        if is_behind:
            found |= _held(block, run)
        elif is_in(at.partner, run):
            found |= _held(block, run) & _beyond_in_run(block, run, at.partner)
            is_behind = True
    return ~found & (block.ids != at.partner.pk) if at.before else found


def _beyond_in_run(block: Block, run: Run, partner: Partner) -> Bools:
    """Who comes after a partner of the run."""
    if run.column == "name_folded":
        return _beyond_name(block, partner, descending=run.descending)
    further = block.ids < partner.pk if run.descending else block.ids > partner.pk
    if not run.column:
        return further
    days, day = block.own[JOINED], JOINED.encoding.number(partner.original_joined_date)
    further &= days == day
    return further | (days < day if run.descending else days > day)


def _beyond_name(block: Block, partner: Partner, *, descending: bool) -> Bools:
    place = block.place_of_name(partner.name_folded, partner.pk)
    found = np.zeros(len(block), np.bool_)
    own = place < len(block) and block.ids[block.by_name[place]] == partner.pk
    found[block.by_name[:place] if descending else block.by_name[place + own :]] = True
    return found
