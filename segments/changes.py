"""Who would enter a saved segment and who would leave it, if it were saved as it stands in the builder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from partners.models import Partner
from segments.definition import Definition, Group
from segments.limits import TooSlowError, limited
from segments.members import FEW, Details, Members
from segments.orders import BY_NAME, Order, Place

FIRST = 10
SECONDS = 10.0
"""How long one question about a change may take."""


class Difference:
    """The partners of all of some definitions who are not among others', at this moment."""

    def __init__(
        self, *definitions: Definition, less: Definition | Sequence[Definition], also: Group | None = None
    ) -> None:
        """`also` has to hold besides, as in Members."""
        first, *more = definitions
        self.members = [Members(first, also=also), *map(Members, more)]
        self.others = [Members(other) for other in ([less] if isinstance(less, Definition) else less)]

    @cached_property
    def count(self) -> int:
        """How many they are."""
        parts: list[str] = []
        params: list[Any] = []
        for word, several in (("INTERSECT", self.members), ("EXCEPT", self.others)):
            for members in several:
                try:
                    sql, values = members.ids().query.sql_with_params()
                except EmptyResultSet:
                    if word == "EXCEPT":
                        continue
                    return 0
                parts += [word, f"SELECT member FROM ({sql}) AS members_{len(parts)}"]  # noqa: S608 - the compiler's own
                params += values
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({' '.join(parts[1:])}) AS members", params)  # noqa: S608 - see above
            [number] = cursor.fetchone()
        return int(number)

    def page(
        self, length: int, *, order: Order = BY_NAME, at: Place | None = None, details: Details = None
    ) -> list[Partner]:
        """So many of them in this order, the first or those next to a place."""
        partners = Partner.objects.filter(self._condition())
        return order.page(details(partners) if details else partners, length, at)

    def _condition(self) -> Q:
        """As of Members. Few are the one set less the other; NOT IN a set falls off a cliff on PostgreSQL."""
        if self.count >= FEW:
            wanted = [members.condition(probing=True) for members in self.members]
            return reduce(and_, wanted + [~members.condition(probing=True) for members in self.others])
        ids = [members.ids() for members in self.members]
        some = ids[0].intersection(*ids[1:]) if len(ids) > 1 else ids[0]
        return Q(
            pk__in_few=some.difference(*(members.ids() for members in self.others)) if self.others else some
        )


@dataclass(frozen=True)
class Crowd:
    """So many partners, and the first of them by name."""

    count: int = 0
    partners: list[Partner] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """Who would enter and who would leave; `too_slow`: finding them took too long."""

    enter: Crowd = Crowd()
    leave: Crowd = Crowd()
    too_slow: bool = False


def change(stored: Definition, new: Definition, *, page: str = "") -> Change:
    """From what is stored to what is to be saved; `page` as in `limited`, with its OvertakenError."""
    try:
        with limited(seconds=SECONDS, page=page):
            return Change(_crowd(new, less=stored), _crowd(stored, less=new))
    except TooSlowError:
        return Change(too_slow=True)


def _crowd(definition: Definition, *, less: Definition) -> Crowd:
    difference = Difference(definition, less=less)
    return Crowd(difference.count, difference.page(FIRST) if difference.count else [])
