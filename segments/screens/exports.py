"""Files of a segment's partners, saved or not; filtered as their list is, if the address says so."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.page_limit import limited_unless_confirmed
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.time_limit import TooSlowError, time_limit
from partners.exports.services import ExportSource
from partners.exports.views import BUTTONS, export_page
from segments import drafts
from segments.definition_cache import cached_definition
from segments.errors import DefinitionError
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import BROKEN, Segment
from segments.organizing import note_use
from segments.permissions import can_export
from segments.query.base import SegmentQuery
from segments.query.members import ids_by_columns
from segments.screens.filters import MemberFilterSet
from segments.screens.partner_lists import members_of, rows_of


@staff_page("<int:pk>/export/", name="segments_segment_export", permission=can_export)
@limited_unless_confirmed(*BUTTONS)
def export_segment(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The partners of a saved segment."""
    segment = get_object_or_404(Segment, pk=pk)
    note_use(segment)
    back = reverse("admin:segments_segment_partners", args=[pk])
    what = _("Segment “%s”") % segment.name
    return _page(request, segment.definition, name=segment.name, what=what, back=back)


@staff_page("drafts/<str:key>/export/", name="segments_draft_export", permission=can_export)
@limited_unless_confirmed(*BUTTONS)
def export_draft(request: StaffRequest, key: str) -> HttpResponseBase:
    """The partners of a definition that this session keeps."""
    draft = drafts.find(request.session, key)
    if draft is None:
        raise Http404(_("This list was made in another session. Open the builder and press “Export…” again."))
    name = draft.name or _("New segment")
    back = reverse("admin:segments_draft_partners", args=[key])
    what = _("Segment “%s”, not saved") % name
    return _page(request, draft.definition, name=name, what=what, back=back)


def _page(request: StaffRequest, stored: Any, *, name: str, what: str, back: str) -> HttpResponseBase:
    source = source_of(stored, moment_of(request), name=name, what=what, bar=MemberFilterSet(request.GET))
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return export_page(request, source, back=f"{back}{query}")


def source_of(
    stored: Any, moment: Moment, *, name: str, what: str, bar: MemberFilterSet | None = None
) -> ExportSource:
    """The partners of a stored definition, as the filter bar has them; nobody if one of the two is broken."""
    bar = bar or MemberFilterSet({})
    try:
        definition = cached_definition(stored).definition
        words = sentence(definition, Labels.of(definition))
    except DefinitionError as error:
        definition, words = BROKEN, _("Needs attention: %s") % error
    members = members_of(definition, bar, moment)
    return ExportSource(
        rows_of(definition, bar, moment),
        name,
        what,
        asked=" · ".join([words, *_filters_in_words(bar)]),
        counted=lambda: _count(members),
        find=lambda: ids_by_columns(members),
    )


def _count(members: SegmentQuery) -> int | None:
    try:
        with time_limit(seconds=limits().segment_list_timeout_s):
            return members.count
    except TooSlowError:
        return None


def _filters_in_words(bar: MemberFilterSet) -> Iterator[str]:
    for name, field in bar.form.fields.items():
        value = bar.form.cleaned_data.get(name)
        if value and name != "sort":
            yield f"{field.label}: {value if isinstance(value, str) else _labels(field, value)}"


def _labels(field: Any, chosen: Iterable[Any]) -> str:
    labels = {str(key): str(label) for key, label in field.choices}
    return ", ".join(labels[str(getattr(one, "pk", one))] for one in chosen)
