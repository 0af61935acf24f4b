"""Fields of which only one thing is asked: whether there is anything."""

from dataclasses import dataclass
from typing import Any

from segments.arrays import ArrayColumn, Blanks
from segments.attributes.base import Attribute
from segments.constraints import RowConstraint
from segments.operators import EMPTINESS, Operator


@dataclass(frozen=True, kw_only=True)
class PresenceAttribute(Attribute):
    """A field that has something or is empty."""

    may_be_empty: bool = True

    @property
    def operators(self) -> tuple[Operator, ...]:
        return EMPTINESS

    @property
    def array(self) -> ArrayColumn | None:
        return None if "__" in self.path else ArrayColumn(self.path, Blanks())

    def constraint(self, operator: Operator, value: Any) -> RowConstraint:
        return operator.constraint(self.path, value)
