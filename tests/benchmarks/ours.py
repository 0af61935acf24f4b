"""The program's own answers, through the one door that screens use."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from partners.models import Partner
from segments.compiler import compile_definition
from segments.definition import Definition


@dataclass(frozen=True)
class Members:
    """The partners of a segment."""

    partners: QuerySet[Partner]

    def count(self) -> int:
        return self.partners.count()

    def page(self, length: int, after: tuple[str, int] | None = None) -> list[Partner]:
        found = self.partners.order_by("name_folded", "pk")
        if after:
            name, pk = after
            found = found.filter(Q(name_folded__gt=name) | Q(pk__gt=pk), name_folded__gte=name)
        return list(found[:length])


def members_of(definition: dict[str, Any]) -> Members:
    return Members(Partner.objects.filter(compile_definition(Definition.from_json(definition))))
