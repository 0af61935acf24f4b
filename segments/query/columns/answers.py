"""Sets of partners that were worked out before, kept as long as memory allows."""

from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock
from typing import cast

from segments.arrays import Array, Bits
from segments.query.columns.bits import FEW, bits_at, number_of, places_of

BYTES_PER_PARTNER = 32
"""All answers about a block together take so many bytes for each of its partners."""
MAX_ANSWERS = 2_000
"""An answer without partners takes next to nothing, but its question does."""


@dataclass
class Answer:
    """A set as bits or, if it has few places, as these, which are shorter."""

    bits: Bits | None
    places: Array | None
    length: int
    live: int
    """How many of the block's partners it is right for."""
    cost: float
    """The seconds that it took."""
    worth: float = 0.0

    @classmethod
    def of(cls, met: Bits, length: int, live: int, cost: float) -> "Answer":
        if number_of(met) * FEW < length:
            return cls(None, places_of(met, length), length, live, cost)
        return cls(met, None, length, live, cost)

    @property
    def bytes(self) -> int:
        """Its memory."""
        return sum(array.nbytes for array in (self.bits, self.places) if array is not None)

    def met(self) -> Bits:
        """The set; not to be written to."""
        return bits_at(cast("Array", self.places), self.length) if self.bits is None else self.bits


class Answers:
    """The answers about one block. What is large, rarely asked or cheap is forgotten first.

    GreedyDual-Size (Cao and Irani 1997): each time that an answer is asked for, it is worth its cost for each
    byte more than what was forgotten last, and the one that is worth least is forgotten. So the many cheap
    ones of a long list of segments don't push out the dear ones, and no dear one stays for good.
    """

    def __init__(self) -> None:
        self._answers: dict[Hashable, Answer] = {}
        self._bytes = 0
        self._forgotten = 0.0
        """What the last one was worth that was forgotten."""
        self._lock = Lock()

    def get(self, asked: Hashable, live: int) -> Bits | None:
        """None where it was not asked, or was forgotten.

        An answer is right for those who were live when it was asked; of the others the database may have said
        what they have become. Fewer and fewer are, so `live`, their number now, tells whether these are among
        them: in an older snapshot more are.
        """
        with self._lock:
            answer = self._answers.get(asked)
            if answer is None or answer.live < live:
                return None
            self._asked_for(answer)
        return answer.met()

    def put(self, asked: Hashable, met: Bits, length: int, live: int, cost: float) -> None:
        """Keep a set of the block's partners, who are so many; `live` as of `get`, and its seconds."""
        answer = Answer.of(met, length, live, cost)
        with self._lock:
            self._forget(asked)
            self._answers[asked] = answer
            self._bytes += answer.bytes
            self._asked_for(answer)
            while self._bytes > BYTES_PER_PARTNER * length or len(self._answers) > MAX_ANSWERS:
                least, _answer = min(self._answers.items(), key=lambda item: item[1].worth)
                self._forgotten = self._answers[least].worth
                self._forget(least)

    def forget_all(self) -> None:
        """Keep none."""
        with self._lock:
            self._answers.clear()
            self._bytes = 0

    def _asked_for(self, answer: Answer) -> None:
        answer.worth = self._forgotten + answer.cost / max(answer.bytes, 1)

    def _forget(self, asked: Hashable) -> None:
        if answer := self._answers.pop(asked, None):
            self._bytes -= answer.bytes
