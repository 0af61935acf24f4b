"""The builder, its preview, and the list of a segment's partners.

One form, one address: every button posts the whole form, and the server answers with the page, or with the
part of it that htmx asked for. Nothing that a person typed depends on the answer.
"""

from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from partners.models import Partner
from segments import drafts, permissions, relogin
from segments.attention import standings
from segments.builder import Builder, data_of, press
from segments.compiler import NOBODY, compile_definition
from segments.definition import Definition
from segments.errors import DefinitionError
from segments.filters import PartnerFilter
from segments.labels import Labels
from segments.models import Segment
from segments.preview import preview, with_details
from segments.sentences import sentence
from segments.services import SegmentChangedError, save_segment, store_count

ROWS_PART = "builder-rows"
PREVIEW_PART = "builder-preview"
PAGE_LENGTH = 100


@dataclass
class Page:
    """One answer of the builder: for which segment (None for a new one), with which rows and notices."""

    request: HttpRequest
    site: AdminSite
    segment: Segment | None
    builder: Builder
    notices: list[Any] = field(default_factory=list)

    @property
    def may_save(self) -> bool:
        """Whether this person may save what the page shows."""
        user = cast("User", self.request.user)
        return permissions.can_change(user) if self.segment else permissions.can_create(user)

    def answer(self) -> HttpResponse:
        """The page, or the part of it that htmx asked for."""
        definition = self.builder.definition
        found = preview(definition, self.builder.labels) if definition else None
        if found and self.segment and self.segment.definition == cast("Definition", definition).to_json():
            store_count(self.segment, found.count)
        target = self.request.htmx.target  # type: ignore[attr-defined]  # django-htmx puts it there
        self.builder.name_picks()
        part = {ROWS_PART: "rows_and_preview", PREVIEW_PART: "preview"}.get(target, "page")
        return render(self.request, f"segments/builder/{part}.html", self._context(found))

    def _context(self, found: Any) -> dict[str, Any]:
        segment = self.segment
        return {
            **self.site.each_context(self.request),
            "opts": Segment._meta,
            "title": segment.name if segment else _("Create Segment"),
            "segment": segment,
            "builder": self.builder,
            "notices": self.notices,
            "preview": found,
            "may_save": self.may_save,
            "may_create": permissions.can_create(cast("User", self.request.user)),
            "may_delete": segment and permissions.can_delete(cast("User", self.request.user)),
            "address": reverse("admin:segments_segment_change", args=[segment.pk])
            if segment
            else reverse("admin:segments_segment_add"),
        }


@never_cache
def builder(request: HttpRequest, *, site: AdminSite, pk: int | None = None) -> HttpResponse:
    """Open a segment (`pk` None: a new one), preview what is in the form, or save it."""
    if not site.has_permission(request):
        if request.method != "POST":
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if not relogin.succeeds(request):
            return relogin.answer(request, site)
        return _redisplay(
            request, site, pk, _("You are logged in again. Nothing was lost, and nothing is saved yet.")
        )
    _check_access(request, pk)
    if request.method != "POST":
        return _opened(request, site, pk).answer()
    page = _posted(request, site, pk, request.POST)
    if "save" in request.POST:
        return _save(page)
    if "see_all" in request.POST and page.builder.definition:
        return _see_all(page, page.builder.definition)
    if "preview" in request.POST or "see_all" in request.POST:
        page.builder.ask_for_missing()
    return page.answer()


def after_csrf_failure(request: HttpRequest, *, site: AdminSite, pk: int | None = None) -> HttpResponse:
    """Show what was posted again, and do nothing: the page was older than the login it was sent with."""
    if not site.has_permission(request):
        return relogin.answer(request, site)
    return _redisplay(
        request,
        site,
        pk,
        _("You have logged in since this page was opened. Nothing was lost: press the button again."),
    )


def _redisplay(request: HttpRequest, site: AdminSite, pk: int | None, notice: str) -> HttpResponse:
    _check_access(request, pk)
    page = _posted(request, site, pk, relogin.without_credentials(request.POST))
    page.notices.insert(0, notice)
    return page.answer()


def _check_access(request: HttpRequest, pk: int | None) -> None:
    user = cast("User", request.user)
    if not (permissions.can_create(user) if pk is None else permissions.can_look(user)):
        raise PermissionDenied


def _opened(request: HttpRequest, site: AdminSite, pk: int | None) -> Page:
    key = request.GET.get("draft", "")
    draft = drafts.find(request.session, key)
    segment = get_object_or_404(Segment, pk=pk) if pk is not None else None
    if draft and draft.segment == pk:
        data = data_of(draft.definition, name=draft.name, revision=draft.revision, draft=key)
        return Page(request, site, segment, Builder(data))
    if segment is None:
        return Page(request, site, None, Builder(_new_data(request)))
    data = data_of(segment.definition, name=segment.name, revision=segment.revision)
    page = Page(request, site, segment, Builder(data))
    attention = standings([segment])[segment.pk].attention
    page.notices += [_("Needs attention: %s") % message for message in attention]
    return page


def _new_data(request: HttpRequest) -> QueryDict:
    """What a new segment starts from: a copy of another one, or one empty row."""
    clone = request.GET.get("clone", "")
    original = Segment.objects.filter(pk=clone).first() if clone.isascii() and clone.isdigit() else None
    if original is None:
        return data_of(None)
    return data_of(original.definition, name=_("Copy of %s") % original.name)


def _posted(request: HttpRequest, site: AdminSite, pk: int | None, data: QueryDict) -> Page:
    segment = Segment.objects.filter(pk=pk).first() if pk is not None else None
    page = Page(request, site, segment, Builder(press(data)))
    page.builder.name_form.full_clean()
    if pk is not None and segment is None:
        page.notices.append(_("Somebody deleted this segment meanwhile. Saving makes it anew."))
    return page


def _save(page: Page) -> HttpResponse:
    if not page.may_save:
        raise PermissionDenied
    page.builder.ask_for_missing()
    form = page.builder.name_form
    if not form.cleaned_data.get("name") and not form.has_error("name"):
        form.add_error("name", _("Give the segment a name."))
    if page.builder.definition is None or form.errors:
        page.notices.insert(0, _("Not saved yet: something is missing or has to be put right."))
        return page.answer()
    try:
        saved = save_segment(
            segment=page.segment,
            name=form.cleaned_data["name"],
            definition=page.builder.definition,
            user=cast("User", page.request.user),
            revision=form.cleaned_data.get("revision") or 0,
        )
    except ValidationError as error:
        form.add_error(None, error)
        return page.answer()
    except SegmentChangedError as error:
        return _both_versions(page, error.current)
    address = reverse("admin:segments_segment_change", args=[saved.pk])
    count = saved.partner_count or 0
    done = ngettext(
        'Saved <a href="{}">{}</a>: {} partner.', 'Saved <a href="{}">{}</a>: {} partners.', count
    )
    messages.success(page.request, format_html(done, address, saved.name, f"{count:,}"))
    return HttpResponseRedirect(reverse("admin:segments_segment_changelist"))


def _both_versions(page: Page, current: Segment) -> HttpResponse:
    """Say who saved meanwhile, in both sentences; the next save is then meant to replace it."""
    definition = cast("Definition", page.builder.definition)
    data = page.builder.data.copy()
    data["revision"] = str(current.revision)
    again = Page(page.request, page.site, current, Builder(data))
    again.builder.name_form.full_clean()
    again.notices.append(
        format_html(
            _(
                "{} saved this segment while you were editing it. Theirs, “{}”: {} Yours: {} "
                "Nothing of yours is lost; saving again replaces theirs."
            ),
            current.changed_by or _("Somebody"),
            current.name,
            standings([current])[current.pk].sentence or _("(needs attention)"),
            sentence(definition, Labels.of(definition)),
        )
    )
    return again.answer()


def _see_all(page: Page, definition: Definition) -> HttpResponse:
    """To the list of all partners: of the saved segment, or of a draft that this session keeps."""
    if page.segment and page.segment.definition == definition.to_json():
        return HttpResponseRedirect(reverse("admin:segments_segment_partners", args=[page.segment.pk]))
    form = page.builder.name_form.cleaned_data
    key = drafts.keep(
        page.request.session,
        form.get("draft", ""),
        drafts.Draft(
            name=form.get("name", ""),
            definition=definition.to_json(),
            segment=page.segment.pk if page.segment else None,
            revision=form.get("revision"),
        ),
    )
    return HttpResponseRedirect(reverse("admin:segments_draft_partners", args=[key]))


def segment_partners(request: HttpRequest, *, site: AdminSite, pk: int) -> HttpResponse:
    """All partners of a saved segment."""
    _check_access(request, pk)
    segment = get_object_or_404(Segment, pk=pk)
    back = reverse("admin:segments_segment_change", args=[pk])
    return _partner_list(request, site, segment.definition, name=segment.name, back=back)


def draft_partners(request: HttpRequest, *, site: AdminSite, key: str) -> HttpResponse:
    """All partners of a definition that this session keeps."""
    if not permissions.can_look(cast("User", request.user)):
        raise PermissionDenied
    draft = drafts.find(request.session, key)
    if draft is None:
        raise Http404(_("This list was made in another session. Open the builder and press “See all” again."))
    address = (
        reverse("admin:segments_segment_change", args=[draft.segment])
        if draft.segment
        else reverse("admin:segments_segment_add")
    )
    name = draft.name or _("New segment")
    return _partner_list(request, site, draft.definition, name=name, back=f"{address}?draft={key}")


def _partner_list(
    request: HttpRequest, site: AdminSite, stored: Any, *, name: str, back: str
) -> HttpResponse:
    """The partners, filtered, sorted, paged."""
    try:
        definition = Definition.from_json(stored)
        condition, words = compile_definition(definition), sentence(definition, Labels.of(definition))
    except DefinitionError as error:
        condition, words = NOBODY, _("Needs attention: %s") % error
    members = Partner.objects.filter(condition)
    bar = PartnerFilter(request.GET, queryset=members)
    found = bar.qs if bar.is_valid() else members.none()
    filtered = any(value for key, value in request.GET.items() if key in bar.filters and key != "sort")
    context = {
        **site.each_context(request),
        "opts": Segment._meta,
        "title": name,
        "sentence": words,
        "filter": bar,
        "filtered": filtered,
        "page": Paginator(with_details(found), PAGE_LENGTH).get_page(request.GET.get("page")),
        "back": back,
    }
    return render(request, "segments/partners.html", context)
