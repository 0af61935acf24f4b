"""The screen Work: what waits for the workers, what they are at and did last, and whether one lives."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.core.base_admin import RecordAdmin
from partners.core.limits import limits
from segments.models import Run, RunState, Worker
from segments.permissions import can_see_work
from segments.tracking.standing import failures_of

SIGN_OF_LIFE_WITHIN = timedelta(minutes=2)
LATE = timedelta(minutes=10)
"""How long something may be due without a worker that lives: cron starts one every few minutes."""
MAX_SHOWN = 50
MAX_WORKERS_SHOWN = 10
MAX_DONE_SHOWN = 20


class RunAdmin(RecordAdmin[Run]):
    """Runs by what they need; there is nothing to change here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_see_work(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:  # noqa: ARG002 - Django's signature
        return can_see_work(request.user)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Runs have no page of their own: their segment's tells of them."""
        run = self.get_object(request, object_id)
        if run is None or not self.has_view_permission(request, run):
            return super().change_view(request, object_id, form_url, extra_context)
        return redirect("admin:segments_segment_changes", run.segment_id)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002 - Django's signature
        """The queue, and the workers."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Work"),
            **_work(timezone.now()),
        }
        return TemplateResponse(request, "segments/tracking/work.html", context)


def _work(now: datetime) -> dict[str, Any]:
    runs = Run.objects.select_related("segment")
    due = runs.filter(state=RunState.DUE, due_at__lte=now).order_by("due_at")
    later = runs.filter(state=RunState.DUE, due_at__gt=now).order_by("due_at")
    good = runs.select_related("segment__tracking").filter(state=RunState.DONE)
    done = good.order_by("-at")[:MAX_DONE_SHOWN]
    unmended = {run.pk for run in failures_of_all().values()}
    parts: list[tuple[str, QuerySet[Run]]] = [
        (_("Due"), due),
        (_("Running"), runs.filter(state=RunState.RUNNING).order_by("due_at")),
        (_("Held"), runs.filter(state=RunState.HELD).order_by("at")),
        (_("Failed"), runs.filter(pk__in=unmended).order_by("-at")),
        (_("Later"), later),
    ]
    workers = list(Worker.objects.all()[:MAX_WORKERS_SHOWN])
    silent = max(SIGN_OF_LIFE_WITHIN, timedelta(seconds=limits().lease_s))
    lives = bool(workers) and now - workers[0].seen_at <= silent
    return {
        "parts": [(label, some.count(), list(some[:MAX_SHOWN])) for label, some in parts if some.exists()],
        "done": done,
        "oldest": due.values_list("due_at", flat=True).first(),
        "workers": workers,
        "lives": lives,
        "stands_still": not lives and due.filter(due_at__lte=now - LATE).exists(),
    }


def failures_of_all() -> dict[int, Run]:
    """Of all segments that are tracked, as of `failures_of`."""
    failed = Run.objects.filter(state=RunState.FAILED).order_by()
    return failures_of(failed.values_list("segment_id", flat=True).distinct())
