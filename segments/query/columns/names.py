"""The folded names of a block's partners, one text after the other."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from segments.arrays import Array, fitting

SAMPLE_EVERY = 61
"""Prime, so that it can't resonate with names that are made up in steps."""


@dataclass(frozen=True, eq=False)
class Names:
    """Sorted texts, in UTF-8, whose bytes sort as their letters do; `ends` has where each of them ends."""

    joined: bytes
    ends: Array

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Names":
        """Of texts that are sorted."""
        encoded = [text.encode() for text in texts]
        return cls.of_lengths(b"".join(encoded), np.array([len(text) for text in encoded], np.int64))

    @classmethod
    def of_lengths(cls, joined: bytes, lengths: Array) -> "Names":
        """Of texts with so many bytes each."""
        ends = np.cumsum(lengths, dtype=np.int64)
        return cls(joined, ends if len(joined) > np.iinfo(np.int32).max else ends.astype(np.int32))

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, at: int) -> bytes:
        start = int(self.ends[at - 1]) if at else 0
        return self.joined[start : int(self.ends[at])]

    @property
    def bytes(self) -> int:
        """Its memory."""
        return len(self.joined) + self.ends.nbytes

    def starting_with(self, text: str) -> slice:
        """The places of those that start with a text; they stand beside each other."""
        sought = text.encode()
        # No text has the byte 255: this is after all that start so, and before whatever comes then.
        return slice(bisect_left(self, sought), bisect_left(self, sought + b"\xff"))

    def containing(self, text: str) -> Array:
        """The places of those in which a text occurs, some more than once.

        Where its byte stands that is rarest in all names is found first, and the others are looked for beside
        it. No character's first byte is a later one of another: where the bytes agree, the characters do.
        """
        sought = np.frombuffer(text.encode(), np.uint8)
        last_start = len(self._letters) - len(sought)
        if not len(sought) or last_start < 0:
            return np.arange(0 if len(sought) else len(self))
        rarest, *others = np.argsort(self._frequencies[sought], kind="stable").tolist()
        starts = np.flatnonzero(self._letters[rarest : last_start + rarest + 1] == sought[rarest])
        for at in others:
            starts = starts[self._letters[starts + at] == sought[at]]
        places = np.searchsorted(self.ends, fitting(starts, self.ends), "right")
        # Not where it begins in one name and ends in the next.
        within: Array = places[starts + len(sought) <= self.ends[places]]
        return within

    @property
    def _letters(self) -> Array:
        return np.frombuffer(self.joined, np.uint8)

    @cached_property
    def _frequencies(self) -> Array:
        """About how often each byte occurs: to look at all of them takes a quarter of a second."""
        return np.bincount(self._letters[::SAMPLE_EVERY], minlength=256)
