"""The tab Changes: who entered and left, day by day, newest first; the whole list of a day; a file of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from partners.core.base_admin import name_has
from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.names import MAX_NAME_LENGTH, identifier, without_invisible
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.widgets import is_key
from partners.models import Partner
from segments.models import Cause, Run, Segment, Tracking
from segments.permissions import can_view
from segments.screens.segment_page import head
from segments.screens.tracking.cards import (
    Feed,
    FeedFilter,
    days_with_runs,
    feed_of_days,
    feed_of_partners,
    lines_of,
    runs_of_moves,
    words_for,
)
from segments.tracking.feed import Asked, Move, Place, Way, moves, numbers
from segments.tracking.history import end_of, known_since

DAYS_A_PAGE = 10
MAX_PARTNERS_FOUND = 100
WAYS: dict[Way, StrOrPromise] = {Way.ENTERED: gettext_lazy("Entered"), Way.LEFT: gettext_lazy("Left")}
CAUSES = {cause.name.lower(): cause for cause in Cause if cause != Cause.START}
"""What moves have for a cause, by its name in addresses."""


@dataclass(frozen=True)
class Filters:
    """What the address asks the feed to be narrowed to; what it does not understand narrows nothing."""

    way: str
    cause: str
    text: str
    found: list[int] | None
    """The partners that the text may mean."""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Filters":
        """Those of an address."""
        way, cause = asked.get("way", ""), asked.get("cause", "")
        text = without_invisible(asked.get("partner", "").replace("\0", ""))[:MAX_NAME_LENGTH]
        return cls(
            way if way in WAYS else "", cause if cause in CAUSES else "", text, _meant(text) if text else None
        )

    @property
    def narrowing(self) -> FeedFilter:
        """The same for the feed."""
        ways = [Way(self.way)] if self.way else list(Way)
        return FeedFilter(ways, CAUSES.get(self.cause), (self.found or [])[:MAX_PARTNERS_FOUND])

    @property
    def finds_too_many(self) -> bool:
        """Whether more partners have the text in their names than are looked for."""
        return len(self.found or []) > MAX_PARTNERS_FOUND


def _meant(text: str) -> list[int]:
    """The Partner ID that this is, though the partner be deleted; otherwise whose names hold the words."""
    if is_key(key := identifier(text)):
        return [int(key)]
    named = Partner.objects.filter(name_has(text)).order_by("name_folded", "pk")
    return list(named.values_list("pk", flat=True)[: MAX_PARTNERS_FOUND + 1])


@staff_page("<int:pk>/changes/", name="segments_segment_changes", permission=can_view)
def changes(request: StaffRequest, pk: int) -> HttpResponse:
    """The feed, ten days a page; of some partners, all there is."""
    segment = get_object_or_404(Segment.objects.select_related("changed_by", "owner"), pk=pk)
    context = head(request, segment, tab="changes")
    standing, filters = context["tracked"], Filters.of(request.GET)
    feed, older = Feed(), None
    if standing and standing.tracking.since:
        feed, older = _feed(standing.tracking, filters, request.GET.get("before", ""), moment_of(request))
    context |= {
        "feed": feed,
        "older": older,
        "filters": filters,
        "ways": [(way.value, label) for way, label in WAYS.items()],
        "causes": [(key, cause, feed.by_cause.get(cause, 0)) for key, cause in CAUSES.items()],
    }
    return render(request, "segments/tracking/changes.html", context)


def _feed(tracking: Tracking, filters: Filters, before: str, moment: Moment) -> tuple[Feed, date | None]:
    """The feed, and the day before which the next page goes on."""
    if filters.found is not None:
        return feed_of_partners(tracking, filters.narrowing, moment), None
    asked, day = FeedFilter(filters.narrowing.ways, filters.narrowing.cause), _day(before)
    known = known_since(tracking, moment) or moment.today
    days = days_with_runs(tracking, known, day, DAYS_A_PAGE + 1, moment)
    older = days[DAYS_A_PAGE - 1] if len(days) > DAYS_A_PAGE else None
    return feed_of_days(tracking, days[:DAYS_A_PAGE], asked, moment, before=day), older


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@staff_page("<int:pk>/changes/<str:day>/<str:way>/", name="segments_segment_moves", permission=can_view)
def moves_of_day(request: StaffRequest, pk: int, day: str, way: str) -> HttpResponse:
    """All who entered, or left, on one day, a page at a time."""
    segment = get_object_or_404(Segment, pk=pk)
    tracking, moment = get_object_or_404(Tracking, segment=segment), moment_of(request)
    chosen = known_day(tracking, day, moment)
    if way not in WAYS:
        raise Http404(_("Partners enter or leave; there is nothing else."))
    asked = Asked(
        pk,
        moment.start_of(chosen),
        end_of(chosen, moment),
        cause=CAUSES.get(request.GET.get("cause", "")),
    )
    length = limits().segment_list_page_rows
    behind, first = _place(request.GET, pk)
    found = moves(asked, Way(way), length + 1, behind=behind)
    shown = found[:length]
    context = {
        **head(request, segment, tab="changes"),
        "subject": f"{WAYS[Way(way)]}: {words_for(chosen, moment)}",
        "day": date_format(chosen),
        "lines": lines_of(tracking, shown, runs_of_moves(tracking, shown), moment),
        "number": sum(numbers(asked, [Way(way)]).by_run.values()),
        "first": first,
        "last": first + len(shown) - 1,
        "next": _page_behind(shown[-1], first + len(shown)) if len(found) > length else None,
        "cause": asked.cause,
    }
    return render(request, "segments/tracking/moves.html", context)


def known_day(tracking: Tracking, text: str, moment: Moment) -> date:
    """The day of an address, if it is one since tracking began; Http404 if it is not."""
    day, since = _day(text), known_since(tracking, moment)
    if not (day and since and since <= day <= moment.today):
        raise Http404(_("Nothing is known of this day."))
    return day


def _page_behind(move: Move, first: int) -> dict[str, Any]:
    """The parameters of the page that begins behind this move."""
    return {"run": move.run, "partner": move.partner, "first": first}


def _place(asked: Mapping[str, str], segment: int) -> tuple[Place | None, int]:
    """Where a page begins, and which number its first move has; the first page where that is no place."""
    keys = [asked.get(name, "") for name in ("run", "partner", "first")]
    if not all(map(is_key, keys)):
        return None, 1
    run, partner, first = map(int, keys)
    at = Run.objects.filter(pk=run, segment__pk=segment).values_list("at", flat=True).first()
    return (Place(at, partner), max(first, 1)) if at else (None, 1)
