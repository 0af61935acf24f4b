"""A segment's own page: what it asks, how many partners that is, and a tab for each thing to see of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import admin
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.page_limit import CONFIRMING, limited_unless_confirmed
from partners.core.pages import staff_page
from partners.core.replica import write_by_the_way
from partners.core.requests import StaffRequest
from partners.core.time_limit import TooSlowError, time_limit
from segments import permissions
from segments.insight.health import health_of
from segments.insight.partner_search import found_outside
from segments.insight.sizes import all_partners_now, show_sizes_now
from segments.models import Segment
from segments.organizing import note_use
from segments.query.base import SegmentQuery
from segments.query.members import segment_query
from segments.screens import partner_actions
from segments.screens.filters import MemberFilterSet
from segments.screens.partner_lists import list_context, members_of, rows_of
from segments.screens.tracking.curves import sparkline
from segments.services import store_count
from segments.tracking.standing import standing_of

MAX_OUTSIDE_NAMED = 3


@dataclass(frozen=True)
class SegmentSize:
    """How many partners a segment has, of how many, and when they were counted; None if they never were."""

    count: int | None
    total: int
    counted_at: datetime | None

    @property
    def percentage(self) -> str:
        """Its share of all partners, as a person reads it: 37, or <1."""
        share = 100 * (self.count or 0) / max(self.total, 1)
        return "<1" if 0 < share < 1 else f"{share:.0f}"


@staff_page("<int:pk>/partners/", name="segments_segment_partners", permission=permissions.can_view)
@limited_unless_confirmed(*CONFIRMING)
def segment_partners(request: StaffRequest, pk: int) -> HttpResponseBase:
    """All partners of a saved segment, and what to do with those that are ticked."""
    segment = get_object_or_404(Segment.objects.select_related("changed_by", "owner"), pk=pk)
    if request.method == "POST":
        return partner_actions.run(request, _partners_of(request, segment))
    note_use(segment)
    definition, moment = segment.read_or_nobody(), moment_of(request)
    bar = MemberFilterSet(request.GET)
    members: SegmentQuery | None
    if bar.narrows or not bar.is_valid():
        members, size = members_of(definition, bar, moment), None
    else:
        members = segment_query(definition, moment)
        size = _counted(segment, members, moment)
        members = members if size else None
    listed = list_context(request, bar, members)
    outside = []
    if bar.is_valid() and not (listed["page"].count or listed["too_slow"]):
        outside = found_outside(bar.form.cleaned_data["name"], definition, moment)
    context = {
        **head(request, segment, tab="partners", size=size),
        **listed,
        "actions": partner_actions.offered(request),
        "outside": outside[:MAX_OUTSIDE_NAMED],
        "more_outside": len(outside) > MAX_OUTSIDE_NAMED,
    }
    return render(request, "segments/page/partners.html", context)


def _partners_of(request: StaffRequest, segment: Segment) -> partner_actions.ListedPartners:
    bar = MemberFilterSet(request.GET)
    return partner_actions.ListedPartners(
        rows=lambda: rows_of(segment.read_or_nobody(), bar, moment_of(request)),
        name=segment.name,
        what=_("Segment “%s”") % segment.name,
        export=reverse("admin:segments_segment_export", args=[segment.pk]),
    )


def head(
    request: StaffRequest, segment: Segment, *, tab: str, size: SegmentSize | None = None
) -> dict[str, Any]:
    """What stands above every tab; `size` if the segment has just been counted."""
    moment, user = moment_of(request), request.user
    standing, tracked = health_of([segment], moment)[segment.pk], standing_of(segment.pk, moment)
    return {
        **admin.site.each_context(request),
        "opts": Segment._meta,
        "title": segment.name,
        "segment": segment,
        "standing": standing,
        "size": size or _last_counted(segment, moment),
        "tab": tab,
        "tracked": tracked,
        "sparkline": sparkline(tracked.lately.days, moment.today) if tracked else None,
        "may_track": permissions.can_track(user),
        "may_settle": permissions.can_settle_held_runs(user),
        "number_of_versions": segment.versions.count(),
        "may_change": permissions.can_change(user),
        "may_create": permissions.can_create(user),
        "may_delete": permissions.can_delete(user),
        "may_export": permissions.can_export(user) and not standing.broken,
    }


def _counted(segment: Segment, members: SegmentQuery, moment: Moment) -> SegmentSize | None:
    """Counts the partners, and stores the number if it is of today; None if that takes too long."""
    try:
        with time_limit(seconds=limits().segment_list_timeout_s):
            count, total = members.count_of_all()
    except TooSlowError:
        return None
    if not moment.has_passed:
        write_by_the_way(partial(store_count, segment, count))
    return SegmentSize(count, total, moment.instant)


def _last_counted(segment: Segment, moment: Moment) -> SegmentSize:
    show_sizes_now([segment], moment)
    return SegmentSize(segment.partner_count, all_partners_now(moment), segment.counted_at)
