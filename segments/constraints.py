"""What one row is asked to be, as proofs compare it: without the database, whatever the data."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from segments.days import Days

ValueSet = frozenset[Any]


@dataclass(frozen=True, slots=True)
class PathConstraint:
    """Something about what is at a path. One that is not understood follows only from itself."""

    path: str
    value: Any

    def follows_from(self, other: "PathConstraint") -> bool:
        """Whether whatever fits the other fits this."""
        return self == other

    def excludes(self, _other: "PathConstraint") -> bool:
        """Whether nothing fits both."""
        return False


@dataclass(frozen=True, slots=True)
class Contains(PathConstraint):
    """The folded text at the path contains the value."""

    value: str

    def follows_from(self, other: PathConstraint) -> bool:
        return isinstance(other, Contains) and self.path == other.path and self.value in other.value


@dataclass(frozen=True, slots=True)
class StartsWith(Contains):
    """The folded text at the path starts with the value; so it contains it."""

    def follows_from(self, other: PathConstraint) -> bool:
        same = isinstance(other, StartsWith) and self.path == other.path
        return same and other.value.startswith(self.value)

    def excludes(self, other: PathConstraint) -> bool:
        """No text starts with both: of two beginnings of a text, one is the other's beginning."""
        if self.path != other.path or not isinstance(other, StartsWith):
            return False
        return not (self.value.startswith(other.value) or other.value.startswith(self.value))


@dataclass(frozen=True, slots=True)
class Within(PathConstraint):
    """The day at the path is in a range. What is proved holds on every day."""

    value: Days

    def follows_from(self, other: PathConstraint) -> bool:
        return isinstance(other, Within) and self.path == other.path and other.value.is_within(self.value)

    def excludes(self, other: PathConstraint) -> bool:
        if self.path != other.path:
            return False
        return isinstance(other, Empty) or (isinstance(other, Within) and self.value.excludes(other.value))


@dataclass(frozen=True, slots=True)
class SomeWithin(Within):
    """Of several days that there may be at the path, one is in a range: so another can be in any other."""

    def excludes(self, _other: PathConstraint) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Empty(PathConstraint):
    """There is nothing at the path."""

    def excludes(self, other: PathConstraint) -> bool:
        return self.path == other.path and not isinstance(other, Empty)


Intervals = frozenset[tuple[Decimal, Decimal]]
"""Closed intervals of whole numbers."""


@dataclass(frozen=True, slots=True)
class Among(PathConstraint):
    """The number at the path is in one of some intervals."""

    value: Intervals

    def follows_from(self, other: PathConstraint) -> bool:
        if not isinstance(other, Among) or self.path != other.path:
            return False
        return all(
            any(low <= first and last <= high for low, high in self.value) for first, last in other.value
        )

    def excludes(self, other: PathConstraint) -> bool:
        if not isinstance(other, Among) or self.path != other.path:
            return False
        return not any(
            max(one[0], two[0]) <= min(one[1], two[1]) for one in self.value for two in other.value
        )


@dataclass(frozen=True, slots=True)
class RowConstraint:
    """What one row is asked to be: at each of these paths one of some values, and with these texts."""

    among: frozenset[tuple[str, ValueSet]] = frozenset()
    texts: frozenset[PathConstraint] = frozenset()

    def __and__(self, other: "RowConstraint") -> "RowConstraint":
        """Both of one and the same row."""
        among = dict(self.among)
        for path, values in other.among:
            among[path] = among[path] & values if path in among else values
        # Without texts that others imply, so that what says the same is more often equal.
        texts = self.texts | other.texts
        needed = (one for one in texts if not any(one is not two and one.follows_from(two) for two in texts))
        return RowConstraint(frozenset(among.items()), frozenset(needed))

    def limited(self, by: str) -> "RowConstraint":
        """The same of rows that are limited by something, which is told apart by its text."""
        return RowConstraint(
            self.among, frozenset(replace(one, path=f"{one.path} {by}") for one in self.texts)
        )

    @property
    def is_contradictory(self) -> bool:
        """Whether no row can be this: a list of values is empty, or two things exclude each other."""
        if any(not values for _path, values in self.among):
            return True
        listed = {path for path, _values in self.among}
        return any(
            one.excludes(other) or (isinstance(one, Empty) and one.path in listed)
            for one in self.texts
            for other in self.texts
        )


ANY_ROW = RowConstraint()


def one_of(path: str, values: ValueSet) -> RowConstraint:
    """A row whose value at the path is one of these."""
    return RowConstraint(among=frozenset({(path, values)}))


def with_constraint(text: PathConstraint) -> RowConstraint:
    """A row with such a text."""
    return RowConstraint(texts=frozenset({text}))


def not_understood(path: str, operator: type[object], value: Hashable) -> RowConstraint:
    """A row that fits an operator of which nothing is known: this follows only from the same."""
    return with_constraint(PathConstraint(path, (operator, value)))
