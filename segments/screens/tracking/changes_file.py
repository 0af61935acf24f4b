"""A file of who entered and left a tracked segment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import CharField, F, Value
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.streaming import streamed
from partners.exports.services import download_rows
from partners.exports.table import long_question
from segments.models import Cause, Segment, Tracking
from segments.models.tracking import StayQuerySet
from segments.permissions import can_export
from segments.screens.segment_page import head
from segments.screens.tracking.changes import WAYS
from segments.tracking.feed import Asked, Way
from segments.tracking.history import end_of, known_since
from segments.tracking.reasons import explained

COLUMNS = ("Day", "Time", "Change", "Partner ID", "Partner Name", "Cause", "Reason")
USUAL_DAYS = 90


class SpanForm(forms.Form):
    """From a day to another, both of them taken along."""

    first = forms.DateField(label=gettext_lazy("From"))
    last = forms.DateField(label=gettext_lazy("To"))

    def __init__(self, data: Mapping[str, Any] | None, *, since: date, today: date) -> None:
        usual = max(since, today - timedelta(days=USUAL_DAYS - 1))
        super().__init__(data, initial={"first": usual, "last": today})
        bounds = {"type": "date", "min": since.isoformat(), "max": today.isoformat()}
        for field in self.fields.values():
            field.widget = forms.DateInput(bounds, format="%Y-%m-%d")
        self.since, self.today = since, today

    def clean_first(self) -> date:
        """No day before anything is known."""
        first: date = max(self.cleaned_data["first"], self.since)
        return first

    def clean_last(self) -> date:
        """No day to come, nor one before the first."""
        last: date = min(self.cleaned_data["last"], self.today)
        if last < self.cleaned_data.get("first", last):
            raise forms.ValidationError(_("This is before the first day."))
        return last


@staff_page("<int:pk>/changes/export/", name="segments_segment_changes_export", permission=can_export)
def export_changes(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Asks for the days; then sends the file."""
    segment = get_object_or_404(Segment, pk=pk)
    tracking, moment = get_object_or_404(Tracking, segment=segment), moment_of(request)
    since = known_since(tracking, moment)
    if since is None:
        return redirect("admin:segments_segment_changes", pk)
    form = SpanForm(request.POST if request.method == "POST" else None, since=since, today=moment.today)
    if form.is_valid():
        found = ChangesFile(tracking, form.cleaned_data["first"], form.cleaned_data["last"], moment)
        return download_rows(
            found.rows(),
            columns=found.columns,
            name=_("%s changes") % segment.name,
            what=found.what,
            asked=found.asked,
        )
    response: HttpResponse = render(
        request,
        "segments/tracking/export.html",
        {**head(request, segment, tab="changes"), "form": form},
    )
    return response


@dataclass(frozen=True)
class ChangesFile:
    """The changes of some days as rows of a file, and what is recorded of it."""

    tracking: Tracking
    first: date
    last: date
    moment: Moment

    @property
    def what(self) -> str:
        """Whose changes they are."""
        return _("Changes of segment “%s”") % self.tracking.segment.name

    @property
    def asked(self) -> str:
        """Which days."""
        words = {"first": date_format(self.first), "last": date_format(self.last)}
        return _("From %(first)s to %(last)s") % words

    @property
    def columns(self) -> list[str]:
        """The headings."""
        return [_(column) for column in COLUMNS]

    def rows(self) -> Iterator[list[Any]]:
        """The changes, oldest first."""
        begin, end = self.moment.start_of(self.first), end_of(self.last, self.moment)
        return _rows(Asked(self.tracking.segment_id, begin, end), self.moment)


def _rows(asked: Asked, moment: Moment) -> Iterator[list[Any]]:
    """Oldest first, all of one moment: it is one statement."""
    entered, left = (_as_rows(asked.stays(way), way) for way in Way)
    with long_question():
        both = entered.union(left, all=True).order_by("at", "partner_id")
        for at, partner, way, cause, reason, name in streamed(both, at_once=limits().export_fetch_rows):
            when = at.astimezone(moment.zone)
            yield [
                when.date(),
                when.time().replace(microsecond=0),
                str(WAYS[Way(way)]),
                partner,
                name or _("(deleted)"),
                str(Cause(cause).label),
                explained(reason, Cause(cause)),
            ]


def _as_rows(stays: StayQuerySet, way: Way) -> Any:
    told = stays.with_names().annotate(
        at=F(f"{way}_run__at"),
        way=Value(way.value, CharField()),
        cause=F(f"{way}_cause"),
        reason=F(f"{way}_run__reason"),
    )
    return told.order_by().values_list("at", "partner_id", "way", "cause", "reason", "partner_name")
