"""What can be asked about partners, of SQL or of columns in memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from partners.models import Partner
from segments.query.keyset import BY_NAME, Cursor, Ordering

Details = Callable[[QuerySet[Partner]], QuerySet[Partner]] | None
"""What a page fetches besides the partners."""


class PartnerQuery(ABC):
    """Some partners at a moment."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many they are; counted once."""

    @abstractmethod
    def ids(self) -> Iterable[int]:
        """Their Partner IDs, each once."""

    @abstractmethod
    def page(
        self, length: int, *, order: Ordering = BY_NAME, at: Cursor | None = None, details: Details = None
    ) -> list[Partner]:
        """Up to `length` of them in this order, the first or those next to a cursor."""


class SegmentQuery(PartnerQuery):
    """The partners of a definition at a moment."""

    @abstractmethod
    def count_of_all(self) -> tuple[int, int]:
        """How many they are, and how many partners there are; both of the same moment."""

    @abstractmethod
    def estimate(self) -> int:
        """About how many they are, where counting took too long."""
