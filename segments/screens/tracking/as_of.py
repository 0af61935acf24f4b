"""The partners who were in a tracked segment at the end of a day, as a list and as a file."""

from datetime import date

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.page_limit import limited_unless_confirmed
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.widgets import is_key
from partners.exports.services import ExportSource
from partners.exports.views import BUTTONS, export_page
from partners.models import Partner
from segments.insight.preview import with_details
from segments.models import Segment, Tracking
from segments.permissions import can_export, can_view
from segments.screens.partner_lists import PartnerPage
from segments.screens.segment_page import head
from segments.screens.tracking.changes import known_day
from segments.tracking.history import as_of, stays_as_of

DELETED = "deleted"
"""Asks for those alone who have been deleted since."""


@staff_page("<int:pk>/as-of/<str:day>/", name="segments_segment_as_of", permission=can_view)
def partners_as_of(request: StaffRequest, pk: int, day: str) -> HttpResponse:
    """Who was in it, by Partner ID, a page at a time; the partners as they are today.

    Of those who have been deleted since only the stay is known; the address can ask for them alone.
    """
    segment = get_object_or_404(Segment.objects.select_related("changed_by", "owner"), pk=pk)
    tracking, moment = get_object_or_404(Tracking, segment=segment), moment_of(request)
    chosen = known_day(tracking, day, moment)
    told, length = as_of(tracking, chosen, moment), limits().segment_list_page_rows
    after, first = (
        int(key) if is_key(key := request.GET.get(name, "")) else 0 for name in ("after", "first")
    )
    stays = stays_as_of(tracking, chosen, moment)
    only_gone, number_gone = request.GET.get("only") == DELETED, stays.number_deleted()
    behind = (stays.of_deleted() if only_gone else stays).filter(partner_id__gt=after).order_by("partner_id")
    found = list(behind.with_runs()[: length + 1])
    shown, first = found[:length], max(first, 1) if after else 1
    keys = [stay.partner_id for stay in shown]
    there = set(stays.of_present().filter(partner_id__any_of=keys).values_list("partner_id", flat=True))
    partners = list(with_details(Partner.objects.filter(pk__any_of=sorted(there)).order_by("pk")))
    context = {
        **head(request, segment, tab="partners"),
        "told": told,
        "page": PartnerPage(partners, number_gone if only_gone else told.size or 0, first),
        "last": first + len(shown) - 1,
        "next": {"after": keys[-1], "first": first + length} if len(found) > length else None,
        "deleted": [stay for stay in shown if stay.partner_id not in there],
        "number_deleted": number_gone,
        "only_deleted": only_gone,
        "export": reverse("admin:segments_segment_as_of_export", args=[pk, chosen.isoformat()]),
    }
    return render(request, "segments/tracking/as_of.html", context)


@staff_page("<int:pk>/as-of/<str:day>/export/", name="segments_segment_as_of_export", permission=can_export)
@limited_unless_confirmed(*BUTTONS)
def export_as_of(request: StaffRequest, pk: int, day: str) -> HttpResponseBase:
    """A file of them; without those who have been deleted since, whom the page counts."""
    segment = get_object_or_404(Segment, pk=pk)
    tracking, moment = get_object_or_404(Tracking, segment=segment), moment_of(request)
    chosen = known_day(tracking, day, moment)
    back = reverse("admin:segments_segment_as_of", args=[pk, chosen.isoformat()])
    left_out = {
        "number": stays_as_of(tracking, chosen, moment).number_deleted(),
        "address": f"{back}?only={DELETED}",
    }
    return export_page(request, _source(tracking, chosen, moment), back=back, deleted=left_out)


def _source(tracking: Tracking, day: date, moment: Moment) -> ExportSource:
    keys = stays_as_of(tracking, day, moment).of_present().values("partner_id")
    words = {"name": tracking.segment.name, "day": date_format(day)}
    return ExportSource(
        Partner.objects.filter(pk__in=keys).order_by("pk"),
        f"{tracking.segment.name} {day.isoformat()}",
        _("Segment “%(name)s” as of %(day)s") % words,
    )
