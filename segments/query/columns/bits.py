"""Sets of places as bits, eight to a byte (`segments.arrays.Bits`): combined and counted many at once."""

import numpy as np

from segments.arrays import Array, Bits, Bools

FEW = 100
"""Fewer places than one in so many are marked, or found, one by one."""
FIRST = np.uint8(128)


def bits_at(places: Array, length: int) -> Bits:
    """The set of these places of so many."""
    if len(places) * FEW < length:
        bits = np.zeros(-(-length // 8), np.uint8)
        np.bitwise_or.at(bits, places >> 3, FIRST >> (places & 7).astype(np.uint8))
        return bits
    found = np.zeros(length, np.bool_)
    found[places] = True
    return np.packbits(found)


def all_bits(length: int) -> Bits:
    """The set of all of so many places."""
    return np.packbits(np.ones(length, np.bool_))


def bools_of(bits: Bits, length: int) -> Bools:
    """The same with a bool for each of so many places."""
    return np.unpackbits(bits, count=length).view(np.bool_)


def places_of(bits: Bits, length: int) -> Array:
    """The places of a set, of so many, in ascending order."""
    if number_of(bits) * FEW >= length:
        return np.flatnonzero(bools_of(bits, length))
    some = np.flatnonzero(bits != 0).astype(np.int32)
    at = np.flatnonzero(np.unpackbits(bits[some]).view(np.bool_))
    found: Array = some[at >> 3] * 8 + (at & 7).astype(np.int32)
    return found[: np.searchsorted(found, length)]


def number_of(bits: Bits) -> int:
    """How many bits are 1."""
    whole = len(bits) // 8 * 8
    eights = np.bitwise_count(bits[:whole].view(np.uint64))
    return int(eights.sum()) + int(np.bitwise_count(bits[whole:]).sum())
