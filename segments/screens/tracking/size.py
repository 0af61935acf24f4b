"""The tab Size: how many partners a tracked segment had day by day, and how it stood at the end of one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from partners.core.moment import Moment, moment_of
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from segments.models import Cause, Run, RunState, Segment, SegmentDay, Tracking
from segments.permissions import can_view
from segments.screens.segment_page import head
from segments.screens.tracking.cards import SavedVersion, address_of_comparison, versions_saved
from segments.screens.tracking.curves import Scale, unbroken
from segments.tracking.history import Gap, as_of, end_of, known_since
from segments.tracking.reasons import explained

SPANS: dict[str, tuple[StrOrPromise, int]] = {
    "30": (gettext_lazy("30 days"), 30),
    "90": (gettext_lazy("90 days"), 90),
    "365": (gettext_lazy("1 year"), 365),
    "all": (gettext_lazy("All"), 36_500),
}
USUAL_SPAN = "90"
DAYS_IN_TABLE = 31
STEPS = 3
"""Into so many steps, about, the sizes of a curve are parted."""


class DayForm(forms.Form):
    """A day of which something may be known."""

    day = forms.DateField(label=gettext_lazy("As of"))

    def __init__(self, data: Mapping[str, Any] | None, *, first: date, last: date) -> None:
        super().__init__(data, initial={"day": last})
        limits_of_day = {"min": first.isoformat(), "max": last.isoformat()}
        self.fields["day"].widget = forms.DateInput({"type": "date", **limits_of_day}, format="%Y-%m-%d")
        self.first, self.last = first, last

    def clean_day(self) -> date:
        """Known days only."""
        day: date = self.cleaned_data["day"]
        if not self.first <= day <= self.last:
            raise forms.ValidationError(_("Nothing is known of this day."))
        return day


@dataclass(frozen=True)
class Band:
    """Days without a run, as part of a curve."""

    gap: Gap
    x: str
    width: str
    middle: str


@dataclass(frozen=True)
class Flag:
    """The versions that were saved on a day, the newest first, as part of a curve."""

    saved: Sequence[SavedVersion]
    x: str

    @property
    def comparison(self) -> str:
        """Where the last one of the day is compared with the one before the first."""
        first, last = self.saved[-1], self.saved[0]
        return address_of_comparison(last.version.segment_id, first.before, last.version.revision)


@dataclass(frozen=True)
class SizeCurve:
    """A curve as SVG draws it: numbers beside it, lines between the gaps, bands, flags, a chosen day."""

    ticks: Sequence[tuple[int, str]]
    lines: Sequence[str]
    areas: Sequence[str]
    bands: Sequence[Band]
    flags: Sequence[Flag]
    days: Sequence[date]
    last: tuple[str, str]
    chosen: tuple[str, str] | None


@staff_page("<int:pk>/size/", name="segments_segment_size", permission=can_view)
def size(request: StaffRequest, pk: int) -> HttpResponse:
    """The curve, the days as a table, and the answer for a day that is asked for."""
    segment = get_object_or_404(Segment.objects.select_related("changed_by", "owner"), pk=pk)
    context = head(request, segment, tab="size")
    if context["tracked"] and context["tracked"].tracking.since:
        context |= _known(request, context["tracked"].tracking, moment_of(request))
    return render(request, "segments/tracking/size.html", context)


def _known(request: StaffRequest, tracking: Tracking, moment: Moment) -> dict[str, Any]:
    span = request.GET.get("span", "")
    span = span if span in SPANS else USUAL_SPAN
    first = known_since(tracking, moment) or moment.today
    form = DayForm(request.GET if "day" in request.GET else None, first=first, last=moment.today)
    told = as_of(tracking, form.cleaned_data["day"], moment) if form.is_valid() else None
    since = moment.today - timedelta(days=SPANS[span][1] - 1)
    days = list(SegmentDay.objects.filter(segment=tracking.segment_id, day__gte=since).order_by("day"))
    newest = days[::-1]
    versions = _versions(tracking, days[0].day, moment) if days else {}
    page = Paginator(newest, DAYS_IN_TABLE).get_page(request.GET.get("page"))
    reasons = _reasons(tracking, [one.day for one in page], moment)
    return {
        "spans": [(key, label) for key, (label, _days) in SPANS.items()],
        "span": span,
        "form": form,
        "told": told,
        "since": first,
        "today": moment.today,
        "curve": curve(days, versions, moment.today, (told.day, told.size) if told else None)
        if days
        else None,
        "page": page,
        "rows": [(one, versions.get(one.day, []), reasons[one.day]) for one in page],
    }


def _versions(tracking: Tracking, first: date, moment: Moment) -> dict[date, list[SavedVersion]]:
    begin, end = moment.start_of(first), end_of(moment.today, moment)
    return versions_saved(tracking.segment, begin, end, moment)


def _reasons(tracking: Tracking, days: Sequence[date], moment: Moment) -> defaultdict[date, list[str]]:
    """The imports and bulk changes that started the runs of these days, by day."""
    found: defaultdict[date, list[str]] = defaultdict(list)
    if days:
        span = {"at__gte": moment.start_of(days[-1]), "at__lt": end_of(days[0], moment)}
        runs = Run.objects.filter(segment=tracking.segment_id, state=RunState.DONE, **span)
        for at, reasons in runs.exclude(reason="").order_by("at").values_list("at", "reason"):
            told = found[at.astimezone(moment.zone).date()] if at else []
            if (reason := explained(reasons, Cause.DATA)) and reason not in told:
                told.append(reason)
    return found


def curve(
    days: Sequence[SegmentDay],
    versions: Mapping[date, Sequence[SavedVersion]],
    today: date,
    chosen: tuple[date, int | None] | None,
) -> SizeCurve:
    """Of days with a run, oldest first, at least one; up to today.

    A clock that was set back may have left a day that is still to come.
    """
    today = max(today, days[-1].day)
    ticks = round_numbers(min(one.size for one in days), max(one.size for one in days))
    scale = Scale(days[0].day, today, ticks[-1], ticks[0])
    parts, last = list(unbroken(days)), days[-1]
    middle = scale.first + (today - scale.first) / 2
    point = None
    if chosen and chosen[1] is not None and chosen[0] >= scale.first:
        point = _percent(scale.x(chosen[0])), _percent(scale.y(chosen[1]))
    return SizeCurve(
        ticks=[(number, _percent(scale.y(number))) for number in ticks],
        lines=[scale.line(part) for part in parts],
        areas=[scale.area(part) for part in parts],
        bands=_bands(parts, scale, today),
        flags=[Flag(saved, _percent(scale.x(day))) for day, saved in sorted(versions.items())],
        days=[scale.first, middle, today] if (today - scale.first).days > 1 else [scale.first],
        last=(_percent(scale.x(last.day)), _percent(scale.y(last.size))),
        chosen=point,
    )


def _bands(parts: Sequence[Sequence[SegmentDay]], scale: Scale, today: date) -> list[Band]:
    """Between two parts, and after the last one up to yesterday: today's run may be still to come."""
    ends = [part[-1].day for part in parts]
    begins = [part[0].day for part in parts[1:]]
    if ends[-1] < today - timedelta(days=1):
        begins.append(today)
    found = []
    for end, begin in zip(ends, begins, strict=False):
        gap = Gap(end + timedelta(days=1), begin - timedelta(days=1))
        left, right = scale.x(end), scale.x(begin)
        found.append(Band(gap, _percent(left), _percent(right - left), _percent((left + right) / 2)))
    return found


def round_numbers(least: int, most: int) -> list[int]:
    """Numbers at equal steps, the largest first, from one not above `least` to one not below `most`."""
    wanted = max((most - least) / STEPS, 1)
    power = 10 ** (len(str(int(wanted))) - 1)
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= wanted)
    floor, ceiling = least // step * step, -(-most // step) * step
    return list(range(max(ceiling, floor + step), floor - 1, -step))


def _percent(number: float) -> str:
    return f"{number:.2f}%"
