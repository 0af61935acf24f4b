"""What the admin pages of rows with a stage share: the action "Change stage…", single edits, the history."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.core.actor import acting_as
from partners.core.requests import StaffRequest
from partners.permissions import can_edit_stages
from partners.stage_edits.forms import StagedForm
from partners.stage_edits.presenters import stage_events
from partners.stage_edits.services import choose
from partners.stages.history import HasStage

BACK = "back"
"""The parameter with the address of the list that rows were chosen in."""


def hold(row: HasStage, form: "forms.ModelForm[Any]") -> None:
    """Lock the row of a form, with what the form doesn't say as it is by now; Http404 if the row is gone."""
    others = [field.name for field in row._meta.concrete_fields if field.name not in form.fields]
    try:
        row.refresh_from_db(
            fields=others, from_queryset=type(row)._default_manager.select_for_update(no_key=True)
        )
    except ObjectDoesNotExist as gone:
        raise Http404(_("It has been deleted meanwhile. Nothing was saved.")) from gone


class StagedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """Rows are chosen in the list, ticked ones or all that match; what happens next has a page of its own."""

    def has_stages_permission(self, request: HttpRequest) -> bool:
        """Asked for by Django, which refuses the action to others and hides it from them."""
        return can_edit_stages(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """As Django's; without the permission the action is refused, not only left out of the menu."""
        if "change_stage" in request.POST.getlist("action") and not self.has_stages_permission(request):
            raise PermissionDenied
        return super().changelist_view(request, extra_context)

    @admin.action(description=_("Change stage…"), permissions=["stages"])
    def change_stage(self, request: StaffRequest, queryset: QuerySet[HasStage]) -> HttpResponse | None:
        """Holds the chosen rows fast, and leads to the page that says what would happen to them."""
        rows = queryset
        if request.POST.get("select_across") != "1":
            # Ticked is ticked, whatever has become of it since.
            rows = self.get_queryset(request).filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
        edit = choose(rows=rows, user=request.user)
        if not edit.number_chosen:
            edit.delete()
            self.message_user(request, _("None of these rows exists any more."), messages.WARNING)
            return None
        page = reverse("admin:partners_stageedit_plan", args=[edit.pk])
        return HttpResponseRedirect(f"{page}?{urlencode({BACK: request.get_full_path()})}")

    def stage_fields(self, request: HttpRequest, obj: HasStage | None) -> list[str]:
        """What goes with the stage in the form: nothing for a new row, nor for those who may only look."""
        return list(StagedForm.extras) if obj and self.has_change_permission(request, obj) else []

    def save_model(self, request: HttpRequest, obj: Any, form: StagedForm, change: bool) -> None:  # noqa: FBT001 - Django's signature
        """As Django's, of what the form says and nothing else; the reason goes into the history."""
        if change:
            hold(obj, form)
        with acting_as(why=form.cleaned_data.get("why", "")):
            super().save_model(request, obj, form, change)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django's, with the stages that the row came into."""
        row = self.get_object(request, object_id)
        events = stage_events(row, request.user) if row else []
        return super().history_view(request, object_id, {"stage_events": events, **(extra_context or {})})
