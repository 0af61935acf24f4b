"""The list of all partners of a segment, saved or not: filtered, sorted, paged."""

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import Partner
from segments import drafts, permissions
from segments.compiler import NOBODY, compile_definition
from segments.definition import Definition
from segments.errors import DefinitionError
from segments.filters import PartnerFilter
from segments.labels import Labels
from segments.models import Segment
from segments.preview import with_details
from segments.sentences import sentence

PAGE_LENGTH = 100


def segment_partners(request: HttpRequest, *, site: AdminSite, pk: int) -> HttpResponse:
    """All partners of a saved segment."""
    _check_access(request)
    segment = get_object_or_404(Segment, pk=pk)
    back = reverse("admin:segments_segment_change", args=[pk])
    return _partner_list(request, site, segment.definition, name=segment.name, back=back)


def draft_partners(request: HttpRequest, *, site: AdminSite, key: str) -> HttpResponse:
    """All partners of a definition that this session keeps."""
    _check_access(request)
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


def _check_access(request: HttpRequest) -> None:
    if not permissions.can_look(cast("User", request.user)):
        raise PermissionDenied
