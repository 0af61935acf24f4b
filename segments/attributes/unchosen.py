"""What stands in the place of a field until one has been chosen."""

from dataclasses import dataclass

from segments.attributes.base import Attribute
from segments.operators import Operator


@dataclass(frozen=True, kw_only=True)
class Unchosen(Attribute):
    """Asks nothing, and can't be asked with any operator."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        return ()
