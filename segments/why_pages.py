"""The page that says why a partner is in a segment or not: in a saved one, or in a draft of this session."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from segments.definition import Definition
from segments.errors import DefinitionError
from segments.labels import Labels
from segments.lists import check_access, kept_draft
from segments.lookup import answer
from segments.models import BROKEN, Segment
from segments.sentences import sentence


def why_in_segment(request: HttpRequest, *, site: AdminSite, pk: int) -> HttpResponse:
    """Why a partner is in a saved segment, or not."""
    check_access(request)
    segment = get_object_or_404(Segment, pk=pk)
    back = reverse("admin:segments_segment_partners", args=[pk])
    return _why(request, site, segment.definition, name=segment.name, back=back)


def why_in_draft(request: HttpRequest, *, site: AdminSite, key: str) -> HttpResponse:
    """Why a partner is in a definition that this session keeps, or not."""
    check_access(request)
    draft = kept_draft(request, key)
    back = reverse("admin:segments_draft_partners", args=[key])
    return _why(request, site, draft.definition, name=draft.name or _("New segment"), back=back)


def _why(request: HttpRequest, site: AdminSite, stored: Any, *, name: str, back: str) -> HttpResponse:
    try:
        definition = Definition.from_json(stored)
        labels = Labels.of(definition)
        words = sentence(definition, labels)
    except DefinitionError as error:
        definition, labels, words = BROKEN, Labels(()), _("Needs attention: %s") % error
    context = {
        **site.each_context(request),
        "opts": Segment._meta,
        "title": _("Why is a partner in “%s”, or not?") % name,
        "sentence": words,
        "why": answer(request.GET, definition, labels),
        "look_for": request.GET.get("look_for", ""),
        "back": back,
    }
    return render(request, "segments/why/page.html", context)
