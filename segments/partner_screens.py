"""What segments add to the Partners screen: a filter, and the segments that a partner is in."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from partners.admin import PartnerAdmin
from partners.core.limits import limits
from partners.core.time_limit import TooSlowError, time_limit
from partners.core.widgets import is_key
from partners.filters import MenuFilter
from partners.models import Partner
from segments import permissions
from segments.compiler import compile_definition
from segments.insight.explanation import groups_met
from segments.models import Segment

CORRELATED_FROM = 100_000
"""A segment that had so many partners is asked partner by partner: lists stop counting soon, and show few."""


def segment_with(key: str) -> Segment | None:
    """The segment of this primary key, if there is one."""
    return Segment.objects.filter(pk=int(key)).first() if is_key(key) else None


class SegmentFilter(MenuFilter):
    """The partners of a saved segment: those of this moment, nobody if it is broken or gone."""

    title = _("segment")
    parameter_name = "segment"
    allowed = permissions.can_look

    def options(self) -> Iterable[tuple[Any, Any]]:
        return Segment.objects.values_list("pk", "name")

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Those that the segment's conditions hold for."""
        segment = segment_with(value)
        if segment is None:
            return rows.none()
        broad = (segment.partner_count or 0) >= CORRELATED_FROM
        return rows.filter(compile_definition(segment.read_or_nobody(), correlated=broad))


def segments_of(request: HttpRequest, partner: Partner) -> str:
    """The segments that the partner is in and through which groups, for those who may look at segments."""
    if not permissions.can_look(request.user):
        return ""
    most = limits().partner_page_max_segments
    segments = list(Segment.objects.all()[: most + 1])
    asked = segments[:most]
    try:
        with time_limit(seconds=limits().partner_segments_timeout_s):
            met, too_slow = groups_met(partner, [segment.understood_or_nobody() for segment in asked]), False
    except TooSlowError:
        met, too_slow = [[] for _segment in asked], True
    return render_to_string(
        "segments/of_partner.html",
        {
            "segments": [(segment, groups) for segment, groups in zip(asked, met, strict=True) if groups],
            "too_slow": too_slow,
            "shortened": most if len(segments) > most else 0,
        },
    )


PartnerAdmin.list_filter.append(SegmentFilter)
PartnerAdmin.parts.append(segments_of)
