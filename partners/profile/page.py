"""A partner's page: who it is, on what terms, what happened. The form stands behind Edit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.core.base_admin import BaseAdmin
from partners.core.extensions import Panel
from partners.core.limits import limits
from partners.core.page_limit import within_page_limit
from partners.core.pages import StaffPage, staff_page
from partners.core.requests import StaffRequest, staff_request
from partners.groups.undo import next_address
from partners.models import Note, Partner
from partners.notes.forms import NoteForm
from partners.notes.services import change_note, delete_note, write_note
from partners.permissions import (
    can_change_note,
    can_change_partners,
    can_edit_stages,
    can_regroup_partners,
    can_view_groups,
)
from partners.profile.groups import GroupsForm, change_groups, profile_address
from partners.profile.presenters import mark_of, web_address
from partners.profile.timeline import SHOWN, SOURCES, timeline


@contextmanager
def _not_gone() -> Iterator[None]:
    """Http404 if a row is deleted between the look at it and the write."""
    try:
        yield
    except ObjectDoesNotExist as gone:
        raise Http404(_("It has been deleted meanwhile. Nothing was changed.")) from gone


class ProfileAdmin(BaseAdmin[Partner]):
    """The page of a partner, and what is done from there."""

    asides: Sequence[Panel] = ()
    pages: Sequence[str | StaffPage] = ("edit", "groups_page", "notes_page", "note_page")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The partner's page; the form, where it is sent or was opened in a window of its own."""
        wants_form = request.method not in ("GET", "HEAD") or IS_POPUP_VAR in request.GET
        partner = None if wants_form else self.get_object(request, unquote(object_id))
        if partner is None or not self.has_view_or_change_permission(request, partner):
            return super().change_view(request, object_id, form_url, extra_context)
        return self.profile(staff_request(request), partner)

    def profile(
        self,
        request: StaffRequest,
        partner: Partner,
        note_form: NoteForm | None = None,
        groups_form: GroupsForm | None = None,
    ) -> HttpResponse:
        """The page, with forms that could not be understood if there are such."""
        wants_all = "all" in request.GET
        number = limits().history_max_changes if wants_all else SHOWN
        may_change = self.has_change_permission(request, partner)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": partner.name,
            "partner": partner,
            "mark": mark_of(partner.name),
            "website": web_address(partner.website),
            "groups": partner.groups.all(),
            "may_open_groups": can_view_groups(request.user),
            "today": timezone.localdate(),
            "timeline": timeline(
                partner,
                request.user,
                self._extended(request, SOURCES, lambda extension: extension.timeline),
                only=request.GET.get("only", ""),
                number=number,
            ),
            "wants_all": wants_all,
            "panels": super().rendered_panels(request, partner),
            "asides": [
                aside(request, partner)
                for aside in self._extended(request, self.asides, lambda extension: extension.asides)
            ],
            "note_form": (note_form or NoteForm()) if may_change else None,
            "groups_form": (groups_form or GroupsForm()) if can_regroup_partners(request.user) else None,
            "may_change_stage": can_edit_stages(request.user),
            "may_delete": self.has_delete_permission(request, partner),
        }
        request.current_app = self.admin_site.name
        return render(request, "partners/profile/page.html", context)

    def rendered_panels(self, request: HttpRequest, row: Partner) -> list[str]:  # noqa: ARG002 - BaseAdmin's signature
        """None below the form: they stand on the partner's page."""
        return []

    @staff_page("<int:pk>/edit/", name="partners_partner_edit", permission=can_change_partners)
    def edit(self, request: StaffRequest, pk: int) -> HttpResponse:
        """The form."""
        return self.changeform_view(request, str(pk), extra_context={"object_url": profile_address(pk)})

    def response_post_save_change(self, request: HttpRequest, obj: Partner) -> HttpResponseRedirect:  # noqa: ARG002 - Django's signature
        """Back to the partner's page."""
        return HttpResponseRedirect(profile_address(obj.pk))

    @staff_page("<int:pk>/groups/", name="partners_partner_groups", permission=can_regroup_partners)
    def groups_page(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Takes the partner out of a group, or puts it into some."""
        partner = get_object_or_404(Partner, pk=pk)
        if request.method == "POST" and (refused := change_groups(request, partner)):
            return self._again(request, partner, groups_form=refused)
        return HttpResponseRedirect(next_address(request, profile_address(pk)))

    @staff_page("<int:pk>/notes/", name="partners_partner_notes", permission=can_change_partners)
    def notes_page(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Adds a note."""
        partner = get_object_or_404(Partner, pk=pk)
        if request.method == "POST":
            form = NoteForm(request.POST)
            if not form.is_valid():
                return self._again(request, partner, note_form=form)
            with _not_gone():
                write_note(partner=partner, values=form.values())
            self.message_user(request, _("Noted."), messages.SUCCESS)
        return HttpResponseRedirect(f"{profile_address(pk)}#timeline")

    def _again(self, request: StaffRequest, partner: Partner, **refused: Any) -> HttpResponse:
        """The page with what was refused, within the limit of a page."""
        response: HttpResponse = within_page_limit(self.profile, request, partner, **refused)
        return response

    @staff_page("<int:pk>/notes/<int:note>/", name="partners_partner_note", permission=can_change_partners)
    def note_page(self, request: StaffRequest, pk: int, note: int) -> HttpResponse:
        """Changes a note, or deletes it."""
        # Not `partner=pk`: Django keeps numbers that are too large from the database in primary keys only.
        found = get_object_or_404(Note.objects.select_related("partner"), pk=note, partner__pk=pk)
        back = f"{profile_address(pk)}#timeline"
        if not can_change_note(request.user, found, timezone.now()):
            refusal = _("A note can be changed for a day, by who wrote it. This one stays as it is.")
            self.message_user(request, refusal, messages.WARNING)
            return HttpResponseRedirect(back)
        form = NoteForm(request.POST if request.method == "POST" else None, note=found)
        if "delete" in request.POST:
            with _not_gone():
                delete_note(note=found)
            self.message_user(request, _("The note is deleted."), messages.SUCCESS)
        elif form.is_valid():
            with _not_gone():
                change_note(note=found, values=form.values())
            self.message_user(request, _("The note is changed."), messages.SUCCESS)
        else:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Change the note"),
                "object": found.partner,
                "object_url": profile_address(pk),
                "note": found,
                "form": form,
            }
            return render(request, "partners/profile/note.html", context)
        return HttpResponseRedirect(back)
