"""Pages about single partners and single conditions: why somebody is in a segment or not, and near misses."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.core.moment import moment_of
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.widgets import is_key
from segments.definition_cache import cached_definition
from segments.errors import DefinitionError
from segments.insight.near_misses import missed_by
from segments.insight.partner_search import answer
from segments.language.labels import Labels
from segments.language.sentences import condition_words, sentence
from segments.models import Segment
from segments.permissions import can_view
from segments.query.members import segment_query
from segments.screens.filters import MemberFilterSet
from segments.screens.partner_lists import builder_of, kept_draft, listed
from segments.stored import BROKEN


@staff_page("<int:pk>/why/", name="segments_segment_why", permission=can_view)
def why_in_segment(request: StaffRequest, pk: int) -> HttpResponse:
    """Why a partner is in a saved segment, or not."""
    segment = get_object_or_404(Segment, pk=pk)
    back = reverse("admin:segments_segment_partners", args=[pk])
    return _why(request, segment.definition, name=segment.name, back=back)


@staff_page("drafts/<str:key>/why/", name="segments_draft_why", permission=can_view)
def why_in_draft(request: StaffRequest, key: str) -> HttpResponse:
    """Why a partner is in a definition that this session keeps, or not."""
    draft = kept_draft(request, key)
    back = reverse("admin:segments_draft_partners", args=[key])
    return _why(request, draft.definition, name=draft.name or _("New segment"), back=back)


@staff_page("of-partner/<int:pk>/why-not/", name="segments_partner_why_not", permission=can_view)
def why_not(request: StaffRequest, pk: int) -> HttpResponse:
    """Why a partner is not in the segment that was chosen on its page."""
    if not is_key(key := request.GET.get("segment", "")):
        messages.warning(request, _("Choose a segment."))
        return redirect("admin:partners_partner_change", pk)
    return redirect(f"{reverse('admin:segments_segment_why', args=[int(key)])}?explain={pk}")


def _why(request: StaffRequest, stored: Any, *, name: str, back: str) -> HttpResponse:
    try:
        definition = cached_definition(stored).definition
        labels = Labels.of(definition)
        words = sentence(definition, labels)
    except DefinitionError as error:
        definition, labels, words = BROKEN, Labels(()), _("Needs attention: %s") % error
    moment = moment_of(request)
    context = {
        **admin.site.each_context(request),
        "opts": Segment._meta,
        "title": _("Why is a partner in “%s”, or not?") % name,
        "sentence": words,
        "why": answer(request.GET, definition, labels, moment),
        "look_for": request.GET.get("look_for", ""),
        "as_of": moment.today.isoformat(),
        "back": moment.carried_by(back),
    }
    return render(request, "segments/why/page.html", context)


@staff_page(
    "drafts/<str:key>/near/<int:group>/<int:condition>/",
    name="segments_draft_near_misses",
    permission=can_view,
)
def near_misses(request: StaffRequest, key: str, group: int, condition: int) -> HttpResponse:
    """All whom one condition of a definition that this session keeps keeps out."""
    draft, moment = kept_draft(request, key), moment_of(request)
    definition = Segment(definition=draft.definition).read_or_nobody()
    bar = MemberFilterSet(request.GET)
    and_also = bar.conditions()
    try:
        members = missed_by(definition, group, condition, moment, and_also=and_also)
    except LookupError:
        raise Http404(_("The segment has no such condition.")) from None
    asked = definition.any[group - 1].all[condition - 1]
    words = _("They would be in the segment if group %(group)s did not ask this: %(condition)s.")
    return listed(
        request,
        bar,
        segment_query(BROKEN, moment) if and_also is None else members,
        title=_("Near misses of “%s”") % (draft.name or _("New segment")),
        words=words % {"group": group, "condition": condition_words(asked, Labels([asked]))},
        back=builder_of(draft, key),
    )
