"""The segments that name a row: a partner group, a template term, a partner, another segment."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from partners.core.filtersets import MenuFilter
from partners.core.widgets import is_key
from partners.permissions import can_see_rows
from segments.models import REFERENCED, Segment, SegmentReference

NAMES = "names"
"""The name of the filter by a row that segments name."""
MODELS = {field: model for model, field in REFERENCED.items()}
"""The models whose rows a segment can name, by the name of the reference."""


def segments_naming(row: Model) -> QuerySet[Segment]:
    """The segments that name this row now. Texts that its name fits don't count."""
    references = SegmentReference.objects.filter(**{REFERENCED[type(row)]: row.pk})
    return Segment.objects.filter(pk__in=references.values("segment"))


def segments_reaching(keys: Iterable[int]) -> set[int]:
    """The primary keys of the segments that name one of these, directly or through others."""
    found: set[int] = set()
    level = set(keys)
    while level:
        references = SegmentReference.objects.filter(named__in=level)
        level = set(references.values_list("segment", flat=True)) - found
        found |= level
    return found


def number_of_segments(field: str) -> Coalesce:
    """How many segments name each row of a list, as an annotation."""
    references = SegmentReference.objects.filter(**{field: OuterRef("pk")}).order_by()
    numbers = references.values(field).annotate(number=Count("segment", distinct=True)).values("number")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)


def list_of_segments_naming(row: Model) -> str:
    """The address of the Segments screen with the segments that name the row."""
    address = reverse("admin:segments_segment_changelist")
    return f"{address}?{NAMES}={REFERENCED[type(row)]}:{row.pk}"


class NamingFilter(MenuFilter):
    """The segments that name a row. Other screens lead here; there is nothing to choose among all rows."""

    @property
    def field(self) -> Any:
        """With the row that is asked for; the mere key for those who may not see such rows."""
        value, request = self.parent.data.get(NAMES, ""), self.parent.request
        row = _row(value)
        hidden = row and request and not can_see_rows(request.user, type(row))
        self.extra["choices"] = [(value, str(row.pk if hidden else row))] if row else []
        return super().field

    def filter(self, segments: QuerySet[Segment], value: str) -> QuerySet[Segment]:
        """Those that name the row."""
        row = _row(value)
        return segments.filter(pk__in=segments_naming(row).values("pk")) if row else segments


def _row(value: str) -> Model | None:
    field, _colon, key = value.partition(":")
    model = MODELS.get(field)
    return model._default_manager.filter(pk=int(key)).first() if model and is_key(key) else None
