"""Lists of partners, filtered, sorted, paged: of a draft, and of those who enter or leave a segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.time_limit import TooSlowError, time_limit
from partners.core.widgets import is_key
from partners.models import Partner
from segments import drafts
from segments.compiler import compile_definition
from segments.definition import Definition
from segments.definition_cache import cached_definition
from segments.errors import DefinitionError
from segments.insight.preview import with_details
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import BROKEN, Segment
from segments.permissions import can_create, can_export, can_view
from segments.query.base import PartnerQuery, SegmentQuery
from segments.query.keyset import Cursor, Ordering
from segments.query.members import difference_query, segment_query
from segments.screens.filters import MemberFilterSet


@staff_page("drafts/<str:key>/partners/", name="segments_draft_partners", permission=can_view)
def draft_partners(request: StaffRequest, key: str) -> HttpResponse:
    """All partners of a definition that this session keeps."""
    draft = kept_draft(request, key)
    name = draft.name or _("New segment")
    try:
        definition = cached_definition(draft.definition).definition
        words = sentence(definition, Labels.of(definition))
    except DefinitionError as error:
        definition, words = BROKEN, _("Needs attention: %s") % error
    bar = MemberFilterSet(request.GET)
    members = members_of(definition, bar, moment_of(request))
    builder = builder_of(draft, key) if draft.segment or can_create(request.user) else ""
    return listed(
        request,
        bar,
        members,
        title=name,
        words=words,
        back=builder or reverse("admin:segments_segment_changelist"),
        back_to="" if builder else _("Back to the segments"),
        export=reverse("admin:segments_draft_export", args=[key]),
        is_draft=True,
        builder=builder,
    )


@staff_page("drafts/<str:key>/entering/", name="segments_draft_entering", permission=can_view)
def entering(request: StaffRequest, key: str) -> HttpResponse:
    """All who would enter the segment, were it saved as this session keeps it."""
    return _changing(request, key, enter=True)


@staff_page("drafts/<str:key>/leaving/", name="segments_draft_leaving", permission=can_view)
def leaving(request: StaffRequest, key: str) -> HttpResponse:
    """All who would leave the segment, were it saved as this session keeps it."""
    return _changing(request, key, enter=False)


def _changing(request: StaffRequest, key: str, *, enter: bool) -> HttpResponse:
    draft = drafts.find(request.session, key)
    segment = Segment.objects.filter(pk=draft.segment).first() if draft and draft.segment else None
    if draft is None or segment is None:
        raise Http404(_("This list was made in another session. Open the builder and press “See all” again."))
    stored, new = segment.read_or_nobody(), Segment(definition=draft.definition).read_or_nobody()
    bar = MemberFilterSet(request.GET)
    and_also = bar.conditions()
    some, others = (new, stored) if enter else (stored, new)
    members = difference_query(
        BROKEN if and_also is None else some, moment=moment_of(request), less=[others], and_also=and_also
    )
    text = _("Who enters “%s”") if enter else _("Who leaves “%s”")
    words = (
        _("They are not in the segment now, and will be once it is saved as it stands in the builder.")
        if enter
        else _("They are in the segment now, and won't be once it is saved as it stands in the builder.")
    )
    back = f"{reverse('admin:segments_segment_change', args=[segment.pk])}?draft={key}"
    return listed(request, bar, members, title=text % segment.name, words=words, back=back)


def kept_draft(request: StaffRequest, key: str) -> drafts.Draft:
    """The draft that this session keeps; Http404 if it keeps none."""
    draft = drafts.find(request.session, key)
    if draft is None:
        raise Http404(_("This list was made in another session. Open the builder and press “See all” again."))
    return draft


def builder_of(draft: drafts.Draft, key: str) -> str:
    """The address of the builder with the draft in it."""
    address = (
        reverse("admin:segments_segment_change", args=[draft.segment])
        if draft.segment
        else reverse("admin:segments_segment_add")
    )
    return f"{address}?draft={key}"


@staff_page(
    "<int:pk>/versions/<int:old>/<int:new>/entering/", name="segments_segment_entered", permission=can_view
)
def entered(request: StaffRequest, pk: int, old: int, new: int) -> HttpResponse:
    """All who are in the new version of a segment and not in the old one, as of today's data."""
    return _between(request, pk, (old, new), enter=True)


@staff_page(
    "<int:pk>/versions/<int:old>/<int:new>/leaving/", name="segments_segment_left", permission=can_view
)
def left(request: StaffRequest, pk: int, old: int, new: int) -> HttpResponse:
    """All who are in the old version of a segment and not in the new one, as of today's data."""
    return _between(request, pk, (old, new), enter=False)


def _between(request: StaffRequest, pk: int, revisions: tuple[int, int], *, enter: bool) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=pk)
    old, new = (get_object_or_404(segment.versions, revision=revision) for revision in revisions)
    bar = MemberFilterSet(request.GET)
    and_also = bar.conditions()
    some, others = (new, old) if enter else (old, new)
    definition = BROKEN if and_also is None else some.read_or_nobody()
    members = difference_query(
        definition, moment=moment_of(request), less=[others.read_or_nobody()], and_also=and_also
    )
    text = _("Who enters “%s”") if enter else _("Who leaves “%s”")
    words = _("In version %(some)s and not in version %(others)s, as of today's data.")
    back = f"{reverse('admin:segments_segment_compare', args=[pk])}?old={old.revision}&new={new.revision}"
    return listed(
        request,
        bar,
        members,
        title=text % segment.name,
        words=words % {"some": some.revision, "others": others.revision},
        back=back,
        back_to=_("Back to the versions"),
    )


def members_of(definition: Definition, bar: MemberFilterSet, moment: Moment) -> SegmentQuery:
    """The partners of a definition whom the filter bar lets through; none where it can't be understood."""
    and_also = bar.conditions()
    return segment_query(BROKEN if and_also is None else definition, moment, and_also=and_also)


def rows_of(definition: Definition, bar: MemberFilterSet, moment: Moment) -> QuerySet[Partner]:
    """The same partners as a queryset, in the order of the bar."""
    and_also = bar.conditions()
    condition = compile_definition(BROKEN if and_also is None else definition, moment, and_also=and_also)
    return Partner.objects.filter(condition).order_by(*bar.order().columns())


def listed(
    request: StaffRequest,
    bar: MemberFilterSet,
    members: PartnerQuery,
    *,
    title: str,
    words: str,
    back: str,
    back_to: str = "",
    export: str = "",
    is_draft: bool = False,
    builder: str = "",
    actions: Sequence[tuple[str, StrOrPromise]] = (),
) -> HttpResponse:
    """Some partners, filtered, sorted, paged; `is_draft` if they are those of an unsaved definition.

    `builder` is the address of the builder with that definition in it, for those who may open it there;
    `export` is that of the page for a file of them; `actions` is what can be done with ticked ones, as
    of `segments.screens.partner_actions.offered`.
    """
    context = {
        **admin.site.each_context(request),
        **list_context(request, bar, members),
        "opts": Segment._meta,
        "title": title,
        "sentence": words,
        "export": export if can_export(request.user) else "",
        "is_draft": is_draft,
        "builder": builder,
        "actions": actions,
        "back": back,
        "back_to": back_to or _("Back to the builder"),
    }
    return render(request, "segments/partners.html", context)


def list_context(request: StaffRequest, bar: MemberFilterSet, members: PartnerQuery | None) -> dict[str, Any]:
    """What the template of a list shows; `members` None if finding them took too long.

    All that the list leads on to speaks of the same day.
    """
    moment = moment_of(request)
    page = _page_in_time(members, bar.order(), request.GET) if members else None
    return {
        "filter": bar,
        "filtered": bar.narrows,
        "page": page or PartnerPage(),
        "too_slow": page is None,
        "as_of": moment.today.isoformat(),
        "earlier_day": moment.today if moment.has_passed else None,
    }


def _page_in_time(members: PartnerQuery, order: Ordering, asked: Mapping[str, str]) -> "PartnerPage | None":
    try:
        with time_limit(seconds=limits().segment_list_timeout_s):
            return page_of(members, order, asked)
    except TooSlowError:
        return None


@dataclass(frozen=True)
class PartnerPage:
    """Some of the members in their order: `first` is the number of the first of them among all `count`."""

    partners: list[Partner] = field(default_factory=list)
    count: int = 0
    first: int = 1

    @property
    def last(self) -> int:
        """The number of the last of them."""
        return self.first + len(self.partners) - 1

    @property
    def previous(self) -> dict[str, int] | None:
        """The parameters of the page before this one."""
        if self.first <= 1:
            return None
        return {"before": self.partners[0].pk, "first": max(self.first - limits().segment_list_page_rows, 1)}

    @property
    def next(self) -> dict[str, int] | None:
        """The parameters of the page after this one."""
        return {"after": self.partners[-1].pk, "first": self.last + 1} if self.last < self.count else None


def page_of(members: PartnerQuery, order: Ordering, asked: Mapping[str, str]) -> PartnerPage:
    """The page beside the partner that `before` or `after` names; the first if there is no such partner."""
    at, length = _cursor(asked), limits().segment_list_page_rows
    if at:
        partners = members.page(length, order=order, at=at, details=with_details)
        first = _key(asked.get("first", "")) or 1
        if partners and not (at.before and len(partners) < length):
            return PartnerPage(partners, members.count, min(first, members.count - len(partners) + 1))
    return PartnerPage(members.page(length, order=order, details=with_details), members.count)


def _cursor(asked: Mapping[str, str]) -> Cursor | None:
    name = "before" if "before" in asked else "after"
    key = _key(asked.get(name, ""))
    partner = Partner.objects.filter(pk=key).first() if key else None
    return Cursor(partner, before=name == "before") if partner else None


def _key(text: str) -> int:
    return int(text) if is_key(text) else 0
