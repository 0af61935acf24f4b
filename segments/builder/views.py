"""The builder behind its one address.

Every button posts the whole form, and the server answers with the page, or with the part of it that htmx
asked for. Nothing that a person typed depends on the answer.
"""

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.core.moment import Moment
from partners.core.page_limit import limited_unless_confirmed
from partners.core.pages import staff_page
from partners.core.requests import Allowed, StaffRequest, staff_request
from partners.core.widgets import is_key
from segments import drafts
from segments.analysis.findings import errors
from segments.attributes import storable
from segments.builder import relogin
from segments.builder.actions import fix, press
from segments.builder.formset import Builder
from segments.builder.page import BuilderPage
from segments.builder.responses import asked_at, asker, respond, with_named_segments_checked
from segments.builder.starters import starter
from segments.builder.state import NAME, BuilderState, from_definition, from_post
from segments.definition import Definition
from segments.errors import DefinitionError
from segments.models import Segment
from segments.models.tracking import frequency_of
from segments.organizing import note_use, read_tags
from segments.permissions import can_create, can_track, can_view
from segments.screens import overlap as compare_pages
from segments.screens import saved_filters
from segments.services import SegmentChangedError, SegmentDeletedError, save_segment

LEADING_ON = {
    "see_all": "partners",
    "export": "export",
    "entering": "entering",
    "leaving": "leaving",
    "near": "near_misses",
}
"""The buttons that lead to a page about all partners, and the name of its address."""
DELETED = gettext_lazy("Somebody deleted this segment meanwhile. Saving makes it anew.")
ASKING_FOR_ROWS = ("save", "preview", *LEADING_ON)
"""The buttons that need complete rows."""


def _builder(request: StaffRequest, pk: int | None) -> HttpResponse:
    """Open a segment (`pk` None: a new one), preview what is in the form, or save it.

    One way: what was posted → a state of the form → the state after the button → the `Builder` that reads it
    → the answers of the data → the response. None of these is written to once it is made.
    """
    if request.method != "POST":
        return respond(request, _opened(request, pk))
    page = _posted(request, pk, request.POST)
    if "save" in request.POST:
        return _save(request, page)
    if leaving := [name for name in LEADING_ON if name in request.POST]:
        page = with_named_segments_checked(page, asked_at(request))
        if page.builder.definition:
            return _lead_on(request, page, page.builder.definition, button=leaving[0])
    return respond(request, page)


def _log_in(request: HttpRequest, *, permission: Allowed, pk: int | None = None) -> HttpResponse:
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


@staff_page("<int:pk>/change/", name="segments_segment_change", permission=can_view, logged_out=_log_in)
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
    return respond(request, _headed(page, notice))


def _headed(page: BuilderPage, notice: str) -> BuilderPage:
    return replace(page, notices=(notice, *page.notices))


def _opened(request: StaffRequest, pk: int | None) -> BuilderPage:
    key = request.GET.get("draft", "")
    draft = drafts.find(request.session, key)
    segment = get_object_or_404(Segment, pk=pk) if pk is not None else None
    if draft and draft.segment == pk:
        state = from_definition(
            draft.definition,
            name=draft.name,
            revision=draft.revision,
            draft=key,
            tags=draft.tags,
            tracked=draft.tracked,
        )
        return BuilderPage(segment, Builder(state))
    lost = [_("What was typed here before was kept in a login that has ended.")] if key else []
    if segment:
        note_use(segment)
        return BuilderPage(segment, _stored(segment), tuple(lost))
    state = replace(_copied(request), focus=NAME)
    if "clone" in request.GET and not state.name:
        lost.append(_("The segment that was to be cloned is not there any more."))
    if "compare" in request.GET and not state.name:
        lost.append(_("The part of the compared segments can't be said as a segment any more."))
    return BuilderPage(None, Builder(state), tuple(lost))


def _stored(segment: Segment) -> Builder:
    state = from_definition(segment.definition, name=segment.name, revision=segment.revision)
    try:
        segment.read()
    except DefinitionError:
        refusal = _("What is stored can't be counted. Look the rows over and press Preview.")
        return Builder(state, refusal=refusal)
    return Builder(state)


def _copied(request: StaffRequest) -> BuilderState:
    """What a new segment starts from.

    A list's filters, a part of compared ones, a starter, a copy, or one empty row.
    """
    if filtered := saved_filters.opened(request):
        definition = filtered.definition
        return from_definition(definition.to_json() if definition else None, name=filtered.name)
    if part := compare_pages.part_to_save(request.GET):
        return from_definition(part.definition.to_json(), name=part.name)
    if ready := starter(request.GET.get("starter", "")):
        return from_definition(ready.definition.to_json(), name=str(ready.name))
    clone = request.GET.get("clone", "")
    original = Segment.objects.filter(pk=clone).first() if is_key(clone) else None
    if original is None:
        return from_definition(None)
    return from_definition(original.definition, name=_("Copy of %s") % original.name)


def _posted(request: StaffRequest, pk: int | None, data: QueryDict) -> BuilderPage:
    segment = Segment.objects.filter(pk=pk).first() if pk is not None else None
    builder = Builder(
        press(from_post(data), data),
        asks_for_rows=any(name in data for name in ASKING_FOR_ROWS),
        asks_for_name="save" in data,
    )
    page = BuilderPage(segment, builder)
    if pk is not None and segment is None:
        page = _deleted(page)
    asked = [str(value) for name, value in data.items() if name.startswith("fix:")]
    return _fixed(request, page, asked[0]) if asked else page


def _fixed(request: StaffRequest, page: BuilderPage, key: str) -> BuilderPage:
    """Do what the finding with this key offers; say so if the rows have changed since it was shown."""
    found = {finding.key: finding.fix for finding in page.builder.findings}
    if key not in found:
        found |= {finding.key: finding.fix for finding in asker(request, page).findings_of_today()}
    if change := found.get(key):
        return replace(page, builder=page.builder.with_state(fix(page.builder, change)))
    notice = _("The rows have changed since. Nothing was mended: look at them once more.")
    return replace(page, notices=(*page.notices, notice))


def _deleted(page: BuilderPage) -> BuilderPage:
    return replace(page, segment=None, notices=(*page.notices, str(DELETED)))


def _save(request: StaffRequest, page: BuilderPage) -> HttpResponse:
    if not page.may_save(request.user):
        raise PermissionDenied
    builder = page.builder
    if builder.name is None:
        return respond(request, page.refusing(_("Not saved yet: the name has to be put right."), focus=NAME))
    if builder.definition is None:
        missing = _("Not saved yet: something is missing or has to be put right.")
        faults = [row.fault for row in builder.open_rows]
        return respond(request, page.refusing(missing, focus=next(iter(faults), "")))
    if unmet := errors(builder.definition):
        row = builder.row_at(unmet[0])
        text = _("Not saved yet: no partner can ever meet a part of it.")
        return respond(request, page.refusing(text, focus=row.state.prefix if row else ""))
    try:
        saved = save_segment(
            segment=page.segment,
            name=builder.name,
            definition=builder.definition,
            user=request.user,
            moment=asked_at(request),
            revision=builder.state.replaces,
            tags=_tags(builder.state),
            tracked=frequency_of(builder.state.tracked) if can_track(request.user) else None,
        )
    except ValidationError as error:
        return respond(request, _refused(page, error.message_dict))
    except SegmentChangedError as error:
        return respond(request, replace(page, segment=error.current, refused=True))
    except SegmentDeletedError:
        return respond(request, replace(page, segment=None).refusing(_("Not saved yet: %s") % DELETED))
    _say_saved(request, saved)
    return HttpResponseRedirect(reverse("admin:segments_segment_partners", args=[saved.pk]))


def _tags(state: BuilderState) -> list[str]:
    """What it is to be tagged with; ValidationError for what can be no tag."""
    try:
        return read_tags(state.tags)
    except ValidationError as error:
        raise ValidationError({"tags": error.messages}) from None


def _refused(page: BuilderPage, messages: dict[str, list[str]]) -> BuilderPage:
    """What is wrong with the name is said beside it, all else above."""
    about_name = messages.pop("name", [])
    page = replace(page, builder=replace(page.builder, name_errors=about_name))
    others = [message for several in messages.values() for message in several]
    if others:
        return page.refusing(_("Not saved yet: %s") % " ".join(others))
    return page.refusing(_("Not saved yet: the name has to be put right."), focus=NAME)


def _say_saved(request: StaffRequest, segment: Segment) -> None:
    count = segment.partner_count
    if count is None:
        messages.success(request, _("Saved. Counting its partners took too long."))
        return
    text = ngettext("Saved: %s partner.", "Saved: %s partners.", count)
    messages.success(request, text % f"{count:,}")


def _lead_on(
    request: StaffRequest, page: BuilderPage, definition: Definition, *, button: str
) -> HttpResponse:
    """To a page about all partners: of the saved segment, or of a draft that this session keeps.

    It speaks of the same day as the preview that led there.
    """
    to, state, moment = LEADING_ON[button], page.builder.state, Moment.carried(request.POST)
    if page.segment and page.is_saved and to in ("partners", "export"):
        address = reverse(f"admin:segments_segment_{to}", args=[page.segment.pk])
        return HttpResponseRedirect(moment.carried_by(address))
    draft = drafts.Draft(
        name=state.name if storable(state.name) else "",
        definition=definition.to_json(),
        segment=page.segment.pk if page.segment else None,
        revision=state.revision,
        tags=state.tags,
        tracked=state.tracked,
    )
    key = drafts.keep(request.session, state.draft, draft)
    place = _condition_numbers(request.POST[button]) if button == "near" else ()
    return HttpResponseRedirect(moment.carried_by(reverse(f"admin:segments_draft_{to}", args=[key, *place])))


def _condition_numbers(posted: str) -> tuple[int, int]:
    """The group and the condition that a button names, counted from 1; the first of all if it names none."""
    group, _colon, condition = posted.partition(":")
    return (int(group), int(condition)) if is_key(group) and is_key(condition) else (1, 1)
