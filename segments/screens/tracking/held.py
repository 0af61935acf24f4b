"""A run that is held: who would move if it were made now, and what to do with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.time_limit import TooSlowError, time_limit
from partners.core.widgets import is_key
from partners.models import Partner
from segments.arrays import Array
from segments.models import Cause, Run, RunState, Segment
from segments.permissions import can_settle_held_runs, can_view
from segments.screens.segment_page import head
from segments.screens.tracking.switching import say_is_running, say_outcome
from segments.tracking.asking import CannotAskError, Moves, ask
from segments.tracking.feed import Way
from segments.tracking.services import AlreadyRunningError, NotHeldError, confirm, discard

NAMED_A_PAGE = 50


@dataclass(frozen=True)
class WouldMove:
    """Who would go one way: a page of them by cause and Partner ID, and the addresses of those beside it."""

    way: Way
    page: Page[int]
    named: Sequence[tuple[int, str, Cause]]
    before: str = ""
    after: str = ""


@staff_page("<int:pk>/held/", name="segments_segment_held", permission=can_view)
def held_run(request: StaffRequest, pk: int) -> HttpResponse:
    """Who would move, with the data of now."""
    segment = get_object_or_404(Segment, pk=pk)
    run = Run.objects.filter(segment=segment, state=RunState.HELD).first()
    if run is None:
        messages.info(request, _("No run is held."))
        return redirect("admin:segments_segment_changes", pk)
    context = head(request, segment, tab="changes")
    try:
        moves = _who_would_move(pk, moment_of(request))
        sides = (
            _named(Way.ENTERED, moves.entered, request.GET),
            _named(Way.LEFT, moves.left, request.GET),
        )
        context["moving"] = [side for side in sides if side.named]
        context["seen"] = moves.guarded
    except (CannotAskError, TooSlowError) as error:
        context["trouble"] = str(error) or _("Asking who would move took too long.")
    return render(request, "segments/tracking/held.html", context | {"run": run})


def _who_would_move(segment: int, moment: Moment) -> Moves:
    with time_limit(seconds=limits().run_timeout_s, memory_mb=limits().funnel_memory_mb):
        return ask(segment, moment).moves


def _named(way: Way, by_cause: Mapping[Cause, Array], asked: QueryDict) -> WouldMove:
    """The page that the address asks for; each way has pages of its own."""
    page = Paginator(range(sum(map(len, by_cause.values()))), NAMED_A_PAGE).get_page(asked.get(way))
    shown = list(_some(by_cause, list(page)))
    keys = sorted(key for key, _cause in shown)
    names = dict(Partner.objects.filter(pk__any_of=keys).order_by().values_list("pk", "name"))
    return WouldMove(
        way,
        page,
        [(key, names.get(key, ""), cause) for key, cause in shown],
        before=_other_page(asked, way, page.previous_page_number()) if page.has_previous() else "",
        after=_other_page(asked, way, page.next_page_number()) if page.has_next() else "",
    )


def _some(by_cause: Mapping[Cause, Array], places: Sequence[int]) -> Iterator[tuple[int, Cause]]:
    """Those at these places, which follow each other, in the order of causes and Partner IDs."""
    first, number = (places[0], len(places)) if places else (0, 0)
    for cause, ids in by_cause.items():
        some = ids[first : first + number].tolist()
        yield from ((key, cause) for key in some)
        first, number = max(first - len(ids), 0), number - len(some)


def _other_page(asked: QueryDict, way: Way, number: int) -> str:
    query = asked.copy()
    query[way] = str(number)
    return f"?{query.urlencode()}#would-have-{way}"


@staff_page("<int:pk>/held/settle/", name="segments_segment_settle", permission=can_settle_held_runs)
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Confirms or discards it, as the button says."""
    segment = get_object_or_404(Segment, pk=pk)
    if request.method == "POST":
        try:
            _settle(request, segment)
        except (Run.DoesNotExist, NotHeldError):
            messages.warning(request, _("The run is not held any more. Nothing was done."))
        except AlreadyRunningError:
            say_is_running(request)
    return redirect("admin:segments_segment_changes", pk)


def _settle(request: StaffRequest, segment: Segment) -> None:
    """The run that the page showed; Run.DoesNotExist or NotHeldError where it is not held any more."""
    key = request.POST.get("run", "")
    run = Run.objects.get(pk=key if is_key(key) else 0, segment=segment)
    seen = request.POST.get("seen", "")
    if "discard" in request.POST:
        discard(run=run, user=request.user)
        messages.success(request, _("The run is discarded. The next one asks anew."))
    elif "confirm" in request.POST:
        say_outcome(request, confirm(run=run, user=request.user, seen=int(seen) if is_key(seen) else None))
