"""The Stage edits screen, and the pages on which a bulk edit is planned, applied and undone."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from partners.core.badges import stage_badge
from partners.core.base_admin import RecordAdmin
from partners.core.page_limit import limited_unless_confirmed
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.row_menu import RowEntry, row_link
from partners.core.widgets import is_key
from partners.models import Partner
from partners.models.stage_edits import StageEdit, StageEditQuerySet
from partners.permissions import can_edit_stages
from partners.stage_edits.admin_mixin import BACK
from partners.stage_edits.filters import STAGE_EDIT, StageEditFilterSet
from partners.stage_edits.forms import PlanForm, WhyForm
from partners.stage_edits.presenters import (
    MAX_LISTED,
    UNUSUAL_SAMPLE_ROWS,
    back_shifts,
    counted,
    describe_ticks,
    sample,
    shifts,
    stayed,
    summary,
    with_links,
)
from partners.stage_edits.services import apply_edit, plan, undo_edit
from partners.stages.history import HasStage

NOT_AS_SHOWN = gettext_lazy("Nothing was changed yet: this is what the other stage would do.")
IN_THE_WAY = gettext_lazy("Somebody else was changing the same rows. Nothing was changed: try again.")


class StageEditAdmin(RecordAdmin[StageEdit]):
    """The record of bulk edits. Panels say, before one is applied, what it would do elsewhere."""

    list_display = ["what", "moved", "along", "why", "user_name", "applied_at", "undone"]
    filterset = StageEditFilterSet
    list_select_related = ["undone_by", "undoes"]
    search_fields = ["why", "user_name"]
    search_help_text = gettext_lazy("Search reason or user")
    begins_by = gettext_lazy("Tick partners or contracts in their lists, and press “Change stage…”.")
    pages = ["record_view", "plan_view", "undo_view"]
    has_row_menu = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[StageEdit]:
        """Those that were applied."""
        return cast("StageEditQuerySet", super().get_queryset(request)).applied()

    def row_entries(self, request: HttpRequest, row: StageEdit) -> Iterable[RowEntry]:
        """What was done, and the way back."""
        yield row_link(_("See what was done"), "change", row)
        if row.changed and not getattr(row, "undone_by", None):
            yield row_link(_("Undo…"), "undo", row)

    def matching(self, term: str, request: HttpRequest) -> Q:
        return Q(why__icontains=term) | Q(user_name__icontains=term)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_edit_stages(request.user)

    def has_view_permission(self, request: HttpRequest, obj: StageEdit | None = None) -> bool:
        return can_edit_stages(request.user)

    @staff_page("<path:object_id>/change/", name="partners_stageedit_change", permission=can_edit_stages)
    def record_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """See what was done."""
        edit = _edit(int(object_id) if is_key(object_id) else 0)
        if not edit.applied_at:
            return HttpResponseRedirect(reverse("admin:partners_stageedit_plan", args=[edit.pk]))
        rows = list(edit.changes().select_related("subject")[:MAX_LISTED])
        context = {
            "shifts": shifts(edit, edit.model),
            "shifts_along": shifts(edit, Partner) if edit.changed_along else [],
            "rows": [(change.subject, edit.model.stages(change.from_stage)) for change in rows],
            "stayed": stayed(edit.left(edit.model)) if edit.left_alone else [],
            "undone_by": StageEdit.objects.applied().filter(undoes=edit).first(),
            "list_of_rows": _list_of(edit.model, edit),
            "list_of_partners": _list_of(Partner, edit),
            "summary": summary(edit),
        }
        return self._page(request, "edit", edit, str(edit), context)

    @staff_page("<int:pk>/plan/", name="partners_stageedit_plan", permission=can_edit_stages)
    @method_decorator(limited_unless_confirmed("confirm"))
    def plan_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Choose the stage, see what would happen, carry it out. A reload shows it again; it happens once."""
        edit = _edit(pk)
        if edit.applied_at:
            return self._done(request, edit)
        confirming = "confirm" in request.POST
        form = PlanForm(_posted(request), edit=edit, confirming=confirming)
        if request.method == "POST" and form.is_valid():
            if confirming and form.is_as_shown:
                return self._apply(request, edit, form)
            plan(edit=edit, to=form.cleaned_data["to_stage"], why=form.cleaned_data["why"])
            return self._look_again(request, NOT_AS_SHOWN) if confirming else self._look_again(request)
        return self._plan_page(request, edit, form)

    def _plan_page(self, request: StaffRequest, edit: StageEdit, form: PlanForm) -> HttpResponse:
        with_effects = "effects" in request.GET and bool(edit.to_stage)
        context = {
            "form": form,
            "back": _back(request) or _list_of(edit.model),
            "number": counted(edit.model, edit.number_chosen),
            "effects": self.rendered_panels(request, edit) if with_effects else [],
            "with_effects": with_effects,
        }
        if request.headers.get("HX-Target") == "stage-effects":
            return TemplateResponse(request, "partners/stages/effects.html", context)
        if edit.to_stage:
            context |= {
                "sample": sample(edit),
                "examples": sample(edit, usual=False, number=UNUSUAL_SAMPLE_ROWS),
                "moving": counted(edit.model, edit.usual + edit.unusual),
                "usually": counted(edit.model, edit.usual),
            }
            describe_ticks(form, edit)
        else:
            context["now"] = [
                (stage, len(edit.chosen[stage])) for stage in edit.model.stages if edit.chosen.get(stage)
            ]
        title = _("Change the stage of %s") % counted(edit.model, edit.number_chosen)
        return self._page(request, "plan", edit, title, context)

    def _apply(self, request: StaffRequest, edit: StageEdit, form: PlanForm) -> HttpResponse:
        edit.why = form.cleaned_data["why"]
        try:
            done = apply_edit(
                edit=edit,
                allows_unusual=form.cleaned_data["allows_unusual"],
                moves_along=form.cleaned_data["moves_along"],
                user=request.user,
            )
        except OperationalError:
            return self._look_again(request, IN_THE_WAY)
        return self._done(request, done) if done.applied_at else self._look_again(request, NOT_AS_SHOWN)

    def _look_again(self, request: StaffRequest, why: StrOrPromise = "") -> HttpResponse:
        """The same page as it is now."""
        if why:
            self.message_user(request, why, messages.WARNING)
        return HttpResponseRedirect(request.get_full_path())

    def _done(self, request: StaffRequest, edit: StageEdit) -> HttpResponse:
        """Say what was done, with the way back, on the list that the rows were chosen in."""
        undo = reverse("admin:partners_stageedit_undo", args=[edit.pk])
        record = reverse("admin:partners_stageedit_change", args=[edit.pk])
        links = [(undo, _("Undo")), (record, _("See what was done"))]
        level = messages.WARNING if edit.left_alone else messages.SUCCESS
        self.message_user(request, with_links(summary(edit), links if edit.changed else links[1:]), level)
        return HttpResponseRedirect(_back(request) or _list_of(edit.model))

    @staff_page("<int:pk>/undo/", name="partners_stageedit_undo", permission=can_edit_stages)
    def undo_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """See what would go back and what would stay; do it, once."""
        edit = _edit(pk)
        if not edit.applied_at:
            raise Http404
        record = reverse("admin:partners_stageedit_change", args=[pk])
        if done := StageEdit.objects.applied().filter(undoes=edit).first():
            self.message_user(request, _("It has been undone already."), messages.INFO)
            return HttpResponseRedirect(reverse("admin:partners_stageedit_change", args=[done.pk]))
        form = WhyForm(_posted(request))
        if request.method == "POST" and form.is_valid():
            try:
                undo = undo_edit(edit=edit, why=form.cleaned_data["why"], user=request.user)
            except OperationalError:
                return self._look_again(request, IN_THE_WAY)
            link = (reverse("admin:partners_stageedit_undo", args=[undo.pk]), _("Undo this"))
            self.message_user(
                request, with_links(summary(undo), [link] if undo.changed else []), messages.SUCCESS
            )
            return HttpResponseRedirect(reverse("admin:partners_stageedit_change", args=[undo.pk]))
        back = back_shifts(edit, edit.model)
        going, overtaken = sum(shift.number for shift in back), edit.overtaken(edit.model).count()
        context = {
            "form": form,
            "back": record,
            "shifts": back,
            "shifts_along": back_shifts(edit, Partner) if edit.changed_along else [],
            "moving": counted(edit.model, going),
            "overtaken": overtaken,
            "deleted": edit.changed - going - overtaken,
            "stayed": stayed(edit.changed_since(edit.model)),
            "list_of_rows": _list_of(edit.model, edit),
            "overtaken_along": edit.overtaken(Partner).count() if edit.changed_along else 0,
            "list_of_partners": _list_of(Partner, edit),
        }
        return self._page(request, "undo", edit, _("Undo stage edit %s") % edit.pk, context)

    def _page(
        self, request: StaffRequest, name: str, edit: StageEdit, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        whole = {**self.admin_site.each_context(request), "title": title, "edit": edit, "listed": MAX_LISTED}
        return TemplateResponse(request, f"partners/stages/{name}.html", whole | context)

    @admin.display(description=gettext_lazy("What"))
    def what(self, edit: StageEdit) -> SafeString:
        """What was moved, and where; under it the edit's number."""
        if edit.undoes_id:
            number = _("%(rows)s, stage edit %(number)s")
            return format_html(
                '{} <span class="row-detail">{}</span>',
                edit,
                number % {"rows": edit.kind_label, "number": edit.pk},
            )
        return format_html(
            '{} {} <span class="row-detail">{}</span>',
            edit.kind_label,
            stage_badge(edit.model.stages(edit.to_stage)),
            edit,
        )

    @admin.display(description=gettext_lazy("Moved"), ordering="changed")
    def moved(self, edit: StageEdit) -> str:
        """How many rows were moved, and how many left alone."""
        left = _("%s left alone") % f"{edit.left_alone:,}" if edit.left_alone else ""
        return format_html(
            '<span class="number">{}</span> <span class="row-detail">{}</span>', f"{edit.changed:,}", left
        )

    @admin.display(description=gettext_lazy("Partners along"), ordering="changed_along")
    def along(self, edit: StageEdit) -> str:
        """How many partners moved along."""
        return f"{edit.changed_along:,}" if edit.changed_along else "—"

    @admin.display(description=gettext_lazy("Undone"))
    def undone(self, edit: StageEdit) -> str:
        """Whether it was undone, with the way to what did it."""
        undo: StageEdit | None = getattr(edit, "undone_by", None)
        if undo:
            address = reverse("admin:partners_stageedit_change", args=[undo.pk])
            return format_html('<a href="{}">{}</a>', address, _("Undone"))
        return "—"


def _edit(pk: int) -> StageEdit:
    edit = StageEdit.objects.filter(pk=pk).first()
    if edit is None:
        raise Http404(_("There is no such stage edit."))
    return edit


def _posted(request: StaffRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _list_of(model: type[HasStage], edit: StageEdit | None = None) -> str:
    """The address of the list, of the edit's rows if there is one."""
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{STAGE_EDIT}={edit.pk}" if edit else address


def _back(request: StaffRequest) -> str:
    """The address of the list, if it is one of ours."""
    address = request.GET.get(BACK, "")
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if ours and address.startswith("/") else ""
