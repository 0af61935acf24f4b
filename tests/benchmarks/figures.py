"""What a run finds out: figures, and the run they belong to."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.benchmarks.contest import Outcome

Question = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, what it stands beside, and the goal if there is one."""

    area: str
    what: str
    figure: str
    beside: str = ""
    goal: str = ""
    met: bool | None = None


@dataclass
class Bench:
    """A run: how large, how often, from which seed; which questions; what was found so far."""

    partners: int
    runs: int
    seed: int
    keep: bool = False
    with_peers: bool = True
    only: str = ""
    """A part of the names of the segments to ask; empty for all."""
    representative: dict[str, Question] = field(default_factory=dict)
    random: dict[str, Question] = field(default_factory=dict)
    counts: dict[str, Outcome] = field(default_factory=dict)
    pages: dict[str, Outcome] = field(default_factory=dict)
    unsaid: dict[str, dict[str, str]] = field(default_factory=dict)
    growth: dict[int, dict[str, tuple[float, float]]] = field(default_factory=dict)
    """By size and segment: the seconds that a count and a first page took."""

    @property
    def sizes(self) -> list[int]:
        """The sizes at which growth is measured."""
        return [size for size in (10_000, 100_000) if size < self.partners] + [self.partners]

    @property
    def questions(self) -> dict[str, Question]:
        """All that are asked."""
        return {**self.representative, **self.random}

    def rng(self, salt: str) -> Random:
        """The same numbers for the same seed, whatever else was drawn before."""
        return Random(f"{self.seed} {salt}")


def seconds(number: float) -> str:
    """As a person reads it: three digits, in milliseconds below a second."""
    return f"{number:.2f} s" if number >= 1 else f"{number * 1000:.3g} ms"


def times(ratio: float) -> str:
    """How many times."""
    return f"×{ratio:.2f}" if ratio < 10 else f"×{ratio:,.0f}"
