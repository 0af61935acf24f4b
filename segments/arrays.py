"""Columns of the database as numpy arrays of fixed width, and sets of their rows as masks.

A relation's rows are numbered. An array has what each row has in a column, a mask a bit for each row:
whether it is in the set. Both come in parts, for rows that changed lately are kept apart from the others.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
"""A set of rows, eight to a byte, the first one in the highest bit; bits after the last row mean nothing."""
MICROSECOND = timedelta(microseconds=1)
MAX_TABLE = 1_000_000
"""Numbers that are no further apart are looked up in a table of all between them; others are sorted."""
DIGEST_BYTES = 16
FEW = 24
"""For values of so many bytes together it is faster to compare with each than to look each row up."""


@dataclass(frozen=True)
class Encoding:
    """How the values of a column are numbers, or bytes, of a fixed width. NULL is one too: `missing`."""

    wire: ClassVar[str]
    """The type as PostgreSQL sends it."""
    send: ClassVar[str]
    """PostgreSQL's function that makes bytes of it."""
    missing: ClassVar[Any]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type as it is kept."""
        return np.dtype(self.wire).newbyteorder("=")

    def sql(self, column: str) -> tuple[str, tuple[Any, ...]]:
        """PostgreSQL's expression for the number, with its parameters; never NULL."""
        raise NotImplementedError

    def encode(self, values: Iterable[Any]) -> Array:
        """The numbers of values as Django reads them."""
        numbers = [self.missing if value is None else self.number(value) for value in values]
        return np.array(numbers, self.dtype)

    def number(self, value: Any) -> Any:
        """The number of a value that is not None."""
        raise NotImplementedError

    def value(self, number: int) -> Any:
        """The value that has this number; None where it stands for nothing, or for several values."""
        raise NotImplementedError


@dataclass(frozen=True)
class Keys(Encoding):
    """Whole numbers: primary and foreign keys. They are kept in four bytes while they fit."""

    wire = ">i8"
    send = "int8send"
    missing = -(2**31)  # databases give out keys from 1 on

    def sql(self, column: str) -> tuple[str, tuple[Any, ...]]:
        return f"coalesce({column}, {self.missing})::int8", ()

    def number(self, value: Any) -> int:
        return int(value)

    def value(self, number: int) -> int | None:
        return None if number == self.missing else number


@dataclass(frozen=True)
class Codes(Encoding):
    """Texts of which only some can be asked for: the place in `keys`; all others share one code."""

    keys: tuple[str, ...]

    wire = ">i2"
    send = "int2send"
    missing = 0

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8 if len(self.keys) < 255 else np.int16)

    def number(self, value: str) -> int:
        return self._codes.get(value, len(self.keys) + 1)

    def value(self, number: int) -> str | None:
        return self.keys[number - 1] if 1 <= number <= len(self.keys) else None

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {"": self.missing, **{key: code for code, key in enumerate(self.keys, 1)}}

    def sql(self, column: str) -> tuple[str, tuple[Any, ...]]:
        """A look-up in a JSON object; a CASE would compare with one key after the other."""
        code = f"(%s::jsonb ->> coalesce({column}, ''))::int2"
        return f"coalesce({code}, {len(self.keys) + 1})::int2", (json.dumps(self._codes),)

    def encode(self, values: Iterable[Any]) -> Array:
        codes, other = self._codes, len(self.keys) + 1
        return np.array([codes.get(str(value or ""), other) for value in values], self.dtype)


@dataclass(frozen=True)
class DayNumbers(Encoding):
    """Days, counted from 1 January 2000 as PostgreSQL does."""

    wire = ">i4"
    send = "date_send"
    missing = -(2**31)  # what PostgreSQL sends for -infinity
    FIRST = date(2000, 1, 1)

    def sql(self, column: str) -> tuple[str, tuple[Any, ...]]:
        return f"coalesce({column}, '-infinity'::date)", ()

    def number(self, value: date) -> int:
        return (value - self.FIRST).days


@dataclass(frozen=True)
class Instants(Encoding):
    """Instants, in microseconds from the first one of 2000 (UTC), as PostgreSQL counts them."""

    wire = ">i8"
    send = "timestamptz_send"
    missing = -(2**63)  # what PostgreSQL sends for -infinity
    FIRST = datetime(2000, 1, 1, tzinfo=UTC)

    def sql(self, column: str) -> tuple[str, tuple[Any, ...]]:
        return f"coalesce({column}, '-infinity'::timestamptz)", ()

    def number(self, value: datetime) -> int:
        microseconds: int = (value - self.FIRST) // MICROSECOND
        return microseconds


@dataclass(frozen=True)
class Blanks(Encoding):
    """Whether there is nothing."""

    wire = "u1"
    send = "boolsend"
    missing = 1

    def sql(self, column: str) -> tuple[str, tuple[Any, ...]]:
        return f"coalesce({column}::text, '') = ''", ()

    def number(self, value: Any) -> int:
        return int(value == "")


@dataclass(frozen=True)
class Digests(Encoding):
    """Texts that are only asked for as a whole: the first half of their SHA-256.

    No two texts are known that share it, and none can be made. The texts themselves would be up to 50
    letters. Such a column is one of rows that partners have, not of partners themselves, and it is kept as
    an index (`segments.query.columns.rows.SortedIndex`).
    """

    wire = f"S{DIGEST_BYTES}"
    send = "byteasend"
    missing = b""  # bytes of 0, which numpy leaves out at the end

    def sql(self, column: str) -> tuple[str, tuple[Any, ...]]:
        digest = f"substr(sha256(convert_to({column}, 'UTF8')), 1, {DIGEST_BYTES})"
        return f"coalesce({digest}, decode(repeat('00', {DIGEST_BYTES}), 'hex'))", ()

    def number(self, value: str) -> bytes:
        return hashlib.sha256(value.encode()).digest()[:DIGEST_BYTES]


@dataclass(frozen=True)
class ArrayColumn:
    """A column that is kept as an array: its path on the model, and how."""

    path: str
    encoding: Encoding


@dataclass(frozen=True, eq=False)
class Mask:
    """A set of rows or partners: part by part, a bit for each."""

    parts: tuple[Bits, ...]

    def __and__(self, other: "Mask") -> "Mask":
        return Mask(tuple(one & two for one, two in zip(self.parts, other.parts, strict=True)))

    def __or__(self, other: "Mask") -> "Mask":
        return Mask(tuple(one | two for one, two in zip(self.parts, other.parts, strict=True)))

    def __invert__(self) -> "Mask":
        return Mask(tuple(~one for one in self.parts))


@dataclass(frozen=True, eq=False)
class Values:
    """What each row has in a column, as numbers; `is_sorted`: lowest first, within each part."""

    parts: tuple[Array, ...]
    encoding: Encoding
    is_sorted: bool = False
    indexes: tuple[Mapping[int, Bits] | None, ...] = ()
    """Which rows of a part have which number; None where that is not kept."""

    def where(self, holds: Callable[[Array], Bools]) -> Mask:
        """The rows for whose numbers this holds."""
        return Mask(tuple(np.packbits(holds(part)) for part in self.parts))

    def isin(self, numbers: Sequence[int]) -> Mask:
        """The rows that have one of these."""
        wanted = np.unique(np.array(numbers, np.int64))
        find, indexes = _among_sorted if self.is_sorted else among, self.indexes or (None,) * len(self.parts)
        return Mask(
            tuple(
                np.packbits(find(part, wanted)) if index is None else _looked_up(index, wanted, len(part))
                for part, index in zip(self.parts, indexes, strict=True)
            )
        )

    def between(self, start: int | None, end: int | None) -> Mask:
        """The rows from this number to before that one (None: no such bound), but those that have nothing."""

        def holds(part: Array) -> Bools:
            met: Bools = part != self.encoding.missing if start is None else part >= start
            return met if end is None else met & (part < end)

        return self.where(holds)

    def missing(self) -> Mask:
        """The rows that have nothing."""
        return self.where(lambda part: part == self.encoding.missing)


class Texts(Protocol):
    """The folded name that each row has."""

    def containing(self, text: str) -> Mask:
        """The rows whose name has this text in it."""
        ...

    def starting_with(self, text: str) -> Mask:
        """The rows whose name starts with this text."""
        ...


class Rows(Protocol):
    """The rows of a relation, as attributes see them."""

    def values(self, column: ArrayColumn) -> Values | None:
        """What they have in this column; None where it is not kept."""
        ...

    def names(self) -> Texts | None:
        """Their names; None where these are not kept."""
        ...


def among(part: Array, wanted: Array) -> Bools:
    """Where an array has one of these."""
    if not len(part) or not len(wanted):
        return np.zeros(len(part), np.bool_)
    if len(wanted) * part.itemsize <= FEW:
        return reduce(or_, (part == number for number in wanted.tolist()))
    low, high = int(part.min()), int(part.max())
    if high - low > len(part) + MAX_TABLE:
        return np.isin(part, wanted)
    table = np.zeros(high - low + 1, np.bool_)
    table[wanted[(wanted >= low) & (wanted <= high)] - low] = True
    # A difference of two small numbers may not fit into their type.
    return table[part.astype(np.intp) - low] if low else table[part]


def fitting(numbers: Array, array: Array) -> Array:
    """Those of these whole numbers that fit into the type of an array, in this type.

    To look a few of another type up, numpy would convert the whole array.
    """
    limits = np.iinfo(array.dtype)
    return numbers[(numbers >= limits.min) & (numbers <= limits.max)].astype(array.dtype)


def _looked_up(index: Mapping[int, Bits], wanted: Array, length: int) -> Bits:
    """Where an array that has an index has one of these."""
    found = [index[number] for number in wanted.tolist() if number in index]
    return reduce(or_, found) if found else np.zeros(-(-length // 8), np.uint8)


def _among_sorted(part: Array, wanted: Array) -> Bools:
    """The rows with one number stand beside each other."""
    wanted = fitting(wanted, part)
    found = np.zeros(len(part), np.bool_)
    starts, ends = np.searchsorted(part, wanted, "left"), np.searchsorted(part, wanted, "right")
    found[starts[starts < ends]] = True
    several = starts + 1 < ends
    for start, end in zip(starts[several].tolist(), ends[several].tolist(), strict=True):
        found[start:end] = True
    return found
