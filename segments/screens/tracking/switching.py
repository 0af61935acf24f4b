"""Tracking a segment or not: the page on which it is switched on, changed and paused; off; run now."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from segments.models import Frequency, Run, RunKind, RunState, Segment, Tracking
from segments.models.tracking import DEFAULT_GUARD_PERCENT
from segments.permissions import can_track
from segments.screens.segment_page import head
from segments.tracking.services import (
    AlreadyRunningError,
    HistoryInUseError,
    change,
    switch_off,
    switch_on,
    track_now,
)

PAUSE, RESUME = "pause", "resume"
WAS_TRACKED = "tracked"
"""Posted by a page that showed a tracked segment."""


class TrackingForm(forms.Form):
    """How a segment is tracked."""

    frequency = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=Frequency.choices, widget=forms.RadioSelect
    )
    guard_percent = forms.IntegerField(
        label=gettext_lazy("Hold a run that moves more than (percent)"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=gettext_lazy(
            "Percent of the segment, through data, time or deletion: nothing is written until somebody"
            " confirms. Empty: no run is held."
        ),
    )


def _form(data: Any, tracking: Tracking | None) -> TrackingForm:
    frequency = tracking.frequency if tracking else Frequency.DAILY
    guard = tracking.guard_percent if tracking else DEFAULT_GUARD_PERCENT
    return TrackingForm(data, initial={"frequency": frequency, "guard_percent": guard})


@staff_page("<int:pk>/tracking/", name="segments_segment_tracking", permission=can_track)
def tracking_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Switches tracking on, changes how, pauses it, resumes it."""
    segment = get_object_or_404(Segment, pk=pk)
    tracking = Tracking.objects.filter(segment=segment).first()
    form = _form(request.POST if request.method == "POST" else None, tracking)
    if form.is_valid():
        try:
            _keep(request, segment, tracking, form.cleaned_data)
        except Tracking.DoesNotExist:
            say_is_not_tracked(request)
        return redirect("admin:segments_segment_changes", pk)
    context = head(request, segment, tab="tracking")
    title = _("Tracking of “%s”") if tracking else _("Track “%s”")
    context |= {"title": title % segment.name, "form": form}
    return render(request, "segments/tracking/switch.html", context)


def _keep(request: StaffRequest, segment: Segment, tracking: Tracking | None, values: dict[str, Any]) -> None:
    """Tracking.DoesNotExist where the page showed a tracked segment that is not tracked any more."""
    if tracking is None and WAS_TRACKED in request.POST:
        raise Tracking.DoesNotExist
    asked = {"frequency": Frequency(values["frequency"]), "guard_percent": values["guard_percent"]}
    if tracking is None:
        switch_on(segment=segment, user=request.user, **asked)
        text = _("Tracked from now on. The first run is the baseline; changes appear after the next.")
    else:
        paused = PAUSE in request.POST or (tracking.paused and RESUME not in request.POST)
        change(tracking=tracking, paused=paused, user=request.user, **asked)
        text = _("Tracking is paused.") if paused else _("Tracking is changed.")
        if RESUME in request.POST:
            text = _("Tracking goes on.")
    messages.success(request, text)


@staff_page("<int:pk>/tracking/off/", name="segments_segment_tracking_off", permission=can_track)
def stop_tracking(request: StaffRequest, pk: int) -> HttpResponse:
    """Asks first: the history is deleted."""
    segment = get_object_or_404(Segment, pk=pk)
    if request.method == "POST":
        try:
            switch_off(segment=segment, user=request.user)
            messages.success(request, _("Not tracked any more. The history is deleted."))
        except HistoryInUseError as error:
            messages.error(request, str(error))
        return redirect("admin:segments_segment_partners", pk)
    context = head(request, segment, tab="tracking")
    if context["tracked"] is None:
        return redirect("admin:segments_segment_tracking", pk)
    context["title"] = _("Stop tracking “%s”?") % segment.name
    return render(request, "segments/tracking/off.html", context)


@staff_page("<int:pk>/tracking/now/", name="segments_segment_track_now", permission=can_track)
@require_POST
def run_now(request: StaffRequest, pk: int) -> HttpResponse:
    """Makes a run at once."""
    segment = get_object_or_404(Segment, pk=pk)
    get_object_or_404(Tracking, segment=segment)
    try:
        say_outcome(request, track_now(segment=segment, user=request.user))
    except AlreadyRunningError:
        say_is_running(request)
    except (Tracking.DoesNotExist, Run.DoesNotExist):
        say_is_not_tracked(request)
    return redirect("admin:segments_segment_changes", pk)


def say_is_not_tracked(request: StaffRequest) -> None:
    """Says that tracking was switched off meanwhile."""
    messages.warning(request, _("It is not tracked any more: tracking was switched off meanwhile."))


def say_is_running(request: StaffRequest) -> None:
    """Says that a worker is at it."""
    messages.info(request, _("It is being run just now. Look again in a moment."))


def say_outcome(request: StaffRequest, run: Run) -> None:
    """Says what came of a run."""
    if run.state == RunState.HELD:
        messages.warning(request, _("The run is held: it would move very many. Look who they are."))
    elif run.state in (*Run.WAITING, RunState.DISCARDED) and not run.error:
        if Run.objects.filter(segment=run.segment_id, state__in=Run.WAITING).exists():
            say_is_running(request)
        else:
            messages.warning(request, _("Another run came in between, and tracking was paused."))
    elif run.state != RunState.DONE:
        messages.error(request, _("The run failed: %s") % run.error)
    elif run.kind == RunKind.BASELINE or run.pk == _first_run(run):
        text = ngettext(
            "The first run is made: %s partner is in it. Changes appear after the next.",
            "The first run is made: %s partners are in it. Changes appear after the next.",
            run.size or 0,
        )
        messages.success(request, text % f"{run.size:,}")
    else:
        text = _("The run is made: %(entered)s entered, %(left)s left.")
        messages.success(request, text % {"entered": f"{run.entered:,}", "left": f"{run.left:,}"})


def _first_run(run: Run) -> int | None:
    good = Run.objects.filter(segment=run.segment_id, state=RunState.DONE)
    return good.order_by("at").values_list("pk", flat=True).first()
