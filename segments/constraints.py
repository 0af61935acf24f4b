"""What one row is asked to be, as proofs compare it: without the database, whatever the data."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

ValueSet = frozenset[Any]


@dataclass(frozen=True, slots=True)
class TextConstraint:
    """Something about what is at a path. One that is not understood follows only from itself."""

    path: str
    value: Any

    def follows_from(self, other: "TextConstraint") -> bool:
        """Whether whatever fits the other fits this."""
        return self == other


@dataclass(frozen=True, slots=True)
class Contains(TextConstraint):
    """The folded text at the path contains the value."""

    value: str

    def follows_from(self, other: TextConstraint) -> bool:
        return isinstance(other, Contains) and self.path == other.path and self.value in other.value


@dataclass(frozen=True, slots=True)
class StartsWith(Contains):
    """The folded text at the path starts with the value; so it contains it."""

    def follows_from(self, other: TextConstraint) -> bool:
        same = isinstance(other, StartsWith) and self.path == other.path
        return same and other.value.startswith(self.value)

    def excludes(self, other: "StartsWith") -> bool:
        """Whether no text starts with both: of two beginnings of a text, one is the other's beginning."""
        if self.path != other.path:
            return False
        return not (self.value.startswith(other.value) or other.value.startswith(self.value))


@dataclass(frozen=True, slots=True)
class RowConstraint:
    """What one row is asked to be: at each of these paths one of some values, and with these texts."""

    among: frozenset[tuple[str, ValueSet]] = frozenset()
    texts: frozenset[TextConstraint] = frozenset()

    def __and__(self, other: "RowConstraint") -> "RowConstraint":
        """Both of one and the same row."""
        among = dict(self.among)
        for path, values in other.among:
            among[path] = among[path] & values if path in among else values
        # Without texts that others imply, so that what says the same is more often equal.
        texts = self.texts | other.texts
        needed = (one for one in texts if not any(one is not two and one.follows_from(two) for two in texts))
        return RowConstraint(frozenset(among.items()), frozenset(needed))

    @property
    def is_contradictory(self) -> bool:
        """Whether no row can be this: a list of values is empty, or a text has to start with two others."""
        starts = [one for one in self.texts if isinstance(one, StartsWith)]
        return any(not values for _path, values in self.among) or any(
            one.excludes(other) for one in starts for other in starts
        )


ANY_ROW = RowConstraint()


def one_of(path: str, values: ValueSet) -> RowConstraint:
    """A row whose value at the path is one of these."""
    return RowConstraint(among=frozenset({(path, values)}))


def with_text(text: TextConstraint) -> RowConstraint:
    """A row with such a text."""
    return RowConstraint(texts=frozenset({text}))


def not_understood(path: str, operator: type[object], value: Hashable) -> RowConstraint:
    """A row that fits an operator of which nothing is known: this follows only from the same."""
    return with_text(TextConstraint(path, (operator, value)))
