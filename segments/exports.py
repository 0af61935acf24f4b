"""Files of a segment's partners, saved or not; filtered as their list is, if the address says so."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.exports.files import Source
from partners.exports.pages import export_page
from partners.models import Partner
from segments import drafts, permissions
from segments.compiler import compile_definition
from segments.definition import Definition
from segments.errors import DefinitionError
from segments.filters import PartnerFilter
from segments.labels import Labels
from segments.models import Segment
from segments.sentences import sentence


def export_segment(request: HttpRequest, *, site: AdminSite, pk: int) -> HttpResponseBase:
    """The partners of a saved segment."""
    _check_access(request)
    segment = get_object_or_404(Segment, pk=pk)
    source = source_of(segment.definition, name=segment.name, what=_("Segment “%s”") % segment.name)
    return _page(request, site, source, list_of=reverse("admin:segments_segment_partners", args=[pk]))


def export_draft(request: HttpRequest, *, site: AdminSite, key: str) -> HttpResponseBase:
    """The partners of a definition that this session keeps."""
    _check_access(request)
    draft = drafts.find(request.session, key)
    if draft is None:
        raise Http404(_("This list was made in another session. Open the builder and press “Export…” again."))
    name = draft.name or _("New segment")
    source = source_of(draft.definition, name=name, what=_("Segment “%s”, not saved") % name)
    return _page(request, site, source, list_of=reverse("admin:segments_draft_partners", args=[key]))


def source_of(stored: Any, *, name: str, what: str) -> Source:
    """The partners of a stored definition; nobody if it is broken."""
    try:
        definition = Definition.from_json(stored)
    except DefinitionError as error:
        return Source(Partner.objects.none(), name, what, _("Needs attention: %s") % error)
    return Source(members(definition), name, what, sentence(definition, Labels.of(definition)))


def members(definition: Definition) -> QuerySet[Partner]:
    """The partners of a definition."""
    return Partner.objects.filter(compile_definition(definition))


def _page(request: HttpRequest, site: AdminSite, source: Source, *, list_of: str) -> HttpResponseBase:
    bar = PartnerFilter(request.GET, queryset=source.partners)
    found = bar.qs if bar.is_valid() else source.partners.none()
    asked = " · ".join([source.asked, *_filters_in_words(bar)])
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return export_page(
        request, Source(found, source.name, source.what, asked), site=site, back=f"{list_of}{query}"
    )


def _filters_in_words(bar: PartnerFilter) -> Iterator[str]:
    for name, field in bar.form.fields.items():
        value = bar.form.cleaned_data.get(name)
        if value and name != "sort":
            yield f"{field.label}: {value if isinstance(value, str) else _labels(field, value)}"


def _labels(field: Any, chosen: Iterable[Any]) -> str:
    labels = {str(key): str(label) for key, label in field.choices}
    return ", ".join(labels[str(getattr(one, "pk", one))] for one in chosen)


def _check_access(request: HttpRequest) -> None:
    if not permissions.can_export(cast("User", request.user)):
        raise PermissionDenied
