"""The builder behind its one address.

Every button posts the whole form, and the server answers with the page, or with the part of it that htmx
asked for. Nothing that a person typed depends on the answer.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.core.page_limit import limited_unless_confirmed
from partners.core.pages import staff_page
from partners.core.requests import Person, StaffRequest, staff_request
from partners.core.widgets import is_key
from segments import drafts
from segments.analysis.findings import errors
from segments.attributes import storable
from segments.builder import relogin
from segments.builder.formset import Builder, data_of, press
from segments.builder.responses import Page
from segments.definition import Definition
from segments.errors import DefinitionError
from segments.models import Segment
from segments.permissions import can_create, can_look
from segments.screens import overlap as compare_pages
from segments.services import SegmentChangedError, SegmentDeletedError, save_segment

LEADING_ON = {
    "see_all": "partners",
    "export": "export",
    "entering": "entering",
    "leaving": "leaving",
    "near": "near_misses",
}
"""The buttons that lead to a page about all partners, and the name of its address."""


def _builder(request: StaffRequest, pk: int | None) -> HttpResponse:
    """Open a segment (`pk` None: a new one), preview what is in the form, or save it."""
    if request.method != "POST":
        return _opened(request, pk).answer()
    page = _posted(request, pk, request.POST)
    if "save" in request.POST:
        return _save(page)
    leaving = [name for name in LEADING_ON if name in request.POST]
    if leaving and page.builder.definition:
        return _lead_on(page, page.builder.definition, button=leaving[0])
    if "preview" in request.POST or "near_misses" in request.POST or leaving:
        page.builder.ask_for_missing()
    return page.answer()


def _log_in(
    request: HttpRequest, *, permission: Callable[[Person], bool], pk: int | None = None
) -> HttpResponse:
    """Show the log-in form in place, with everything that was posted."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    login = relogin.attempt(request, may_open=permission)
    if not login.succeeded:
        return login.answer(admin.site)
    notice = _("You are logged in again. Nothing was lost, and nothing is saved yet.")
    return _redisplay(staff_request(request), pk, notice)


@staff_page("add/", name="segments_segment_add", permission=can_create, logged_out=_log_in)
@limited_unless_confirmed("save")
def new_segment(request: StaffRequest) -> HttpResponse:
    """Make a segment."""
    return _builder(request, None)


@staff_page("<int:pk>/change/", name="segments_segment_change", permission=can_look, logged_out=_log_in)
@limited_unless_confirmed("save")
def stored_segment(request: StaffRequest, pk: int) -> HttpResponse:
    """See a stored segment, and change it."""
    return _builder(request, pk)


def after_csrf_failure(request: HttpRequest, *, pk: int | None) -> HttpResponseBase:
    """Show what was posted again, and do nothing: the page was older than the login it was sent with."""
    page = new_segment if pk is None else stored_segment
    return replace(page, view=_show_again, logged_out=_ask_to_log_in)(request, pk=pk)


def _show_again(request: StaffRequest, pk: int | None) -> HttpResponse:
    notice = _("You have logged in since this page was opened. Nothing was lost: press the button again.")
    return _redisplay(request, pk, notice)


def _ask_to_log_in(request: HttpRequest, **_asked: Any) -> HttpResponse:
    return relogin.Login(request).answer(admin.site)


def _redisplay(request: StaffRequest, pk: int | None, notice: str) -> HttpResponse:
    page = _posted(request, pk, relogin.without_buttons(request.POST))
    page.notices.insert(0, notice)
    return page.answer()


def _opened(request: StaffRequest, pk: int | None) -> Page:
    key = request.GET.get("draft", "")
    draft = drafts.find(request.session, key)
    segment = get_object_or_404(Segment, pk=pk) if pk is not None else None
    if draft and draft.segment == pk:
        data = data_of(draft.definition, name=draft.name, revision=draft.revision, draft=key)
        return Page(request, admin.site, segment, Builder(data))
    if segment is None:
        page = Page(request, admin.site, None, Builder(_copied(request)))
    else:
        data = data_of(segment.definition, name=segment.name, revision=segment.revision)
        page = Page(request, admin.site, segment, Builder(data))
        try:
            segment.read()
        except DefinitionError:
            page.builder.refuse(_("What is stored can't be counted. Look the rows over and press Preview."))
    if key:
        page.notices.append(_("What was typed here before was kept in a login that has ended."))
    if "clone" in request.GET and not page.builder.name:
        page.notices.append(_("The segment that was to be cloned is not there any more."))
    if "compare" in request.GET and not page.builder.name:
        page.notices.append(_("The part of the compared segments can't be said as a segment any more."))
    return page


def _copied(request: StaffRequest) -> QueryDict:
    """What a new segment starts from: a part of compared ones, a copy of another one, or one empty row."""
    if part := compare_pages.part_to_save(request.GET):
        return data_of(part.definition.to_json(), name=part.name)
    clone = request.GET.get("clone", "")
    original = Segment.objects.filter(pk=clone).first() if is_key(clone) else None
    if original is None:
        return data_of(None)
    return data_of(original.definition, name=_("Copy of %s") % original.name)


def _posted(request: StaffRequest, pk: int | None, data: QueryDict) -> Page:
    segment = Segment.objects.filter(pk=pk).first() if pk is not None else None
    page = Page(request, admin.site, segment, Builder(press(data)))
    if pk is not None and segment is None:
        _say_deleted(page)
    if asked := [str(value) for name, value in data.items() if name.startswith("fix:")]:
        page.fix(asked[0])
    return page


def _say_deleted(page: Page) -> None:
    page.segment = None
    page.notices.append(_("Somebody deleted this segment meanwhile. Saving makes it anew."))


def _save(page: Page) -> HttpResponse:
    if not page.may_save:
        raise PermissionDenied
    page.builder.ask_for_missing()
    name = page.builder.checked_name()
    if page.builder.definition is None or name is None:
        page.notices.insert(0, _("Not saved yet: something is missing or has to be put right."))
        return page.answer()
    if errors(page.builder.definition):
        page.notices.insert(0, _("Not saved yet: nobody can ever meet a part of it, the preview says which."))
        return page.answer()
    try:
        saved = save_segment(
            segment=page.segment,
            name=name,
            definition=page.builder.definition,
            user=page.user,
            revision=page.builder.replaces,
        )
    except ValidationError as error:
        page.builder.name_form.add_error("name", error.messages)
        return page.answer()
    except SegmentChangedError as error:
        page.segment, page.refused = error.current, True
        return page.answer()
    except SegmentDeletedError:
        _say_deleted(page)
        return page.answer()
    _say_saved(page.request, saved)
    return HttpResponseRedirect(reverse("admin:segments_segment_changelist"))


def _say_saved(request: StaffRequest, segment: Segment) -> None:
    count = segment.partner_count
    if count is None:
        text = _('Saved <a href="{}"><bdi>{}</bdi></a>. Counting its partners took too long.')
    else:
        text = ngettext(
            'Saved <a href="{}"><bdi>{}</bdi></a>: {} partner.',
            'Saved <a href="{}"><bdi>{}</bdi></a>: {} partners.',
            count,
        )
    address = reverse("admin:segments_segment_change", args=[segment.pk])
    messages.success(request, format_html(text, address, segment.name, f"{count or 0:,}"))


def _lead_on(page: Page, definition: Definition, *, button: str) -> HttpResponse:
    """To a page about all partners: of the saved segment, or of a draft that this session keeps."""
    to = LEADING_ON[button]
    if page.segment and page.is_saved and to in ("partners", "export"):
        return HttpResponseRedirect(reverse(f"admin:segments_segment_{to}", args=[page.segment.pk]))
    draft = drafts.Draft(
        name=page.builder.name if storable(page.builder.name) else "",
        definition=definition.to_json(),
        segment=page.segment.pk if page.segment else None,
        revision=page.builder.revision,
    )
    key = drafts.keep(page.request.session, page.builder.draft, draft)
    place = _place(page.request.POST[button]) if button == "near" else ()
    return HttpResponseRedirect(reverse(f"admin:segments_draft_{to}", args=[key, *place]))


def _place(posted: str) -> tuple[int, int]:
    """The group and the condition that a button names, counted from 1; the first of all if it names none."""
    group, _colon, condition = posted.partition(":")
    return (int(group), int(condition)) if is_key(group) and is_key(condition) else (1, 1)
