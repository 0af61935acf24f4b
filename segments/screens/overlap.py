"""Two or three segments side by side: a picture of how they overlap, and the partners of each part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.names import MAX_NAME_LENGTH
from partners.core.page_limit import CONFIRMING, limited_unless_confirmed
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.time_limit import TooSlowError, time_limit
from partners.core.widgets import is_key
from partners.exports.services import ExportSource
from partners.exports.views import BUTTONS, export_page
from partners.models import Partner
from segments import permissions
from segments.analysis.set_algebra import InexpressibleError
from segments.definition import Definition
from segments.insight.health import Health, health_of
from segments.insight.overlap import (
    MAX_SEGMENTS,
    MIN_SEGMENTS,
    Comparison,
    Inside,
    compare,
    definition_of_part,
    insides,
    members_of_part,
)
from segments.models import BROKEN, Segment
from segments.query.base import PartnerQuery
from segments.query.members import segment_query
from segments.screens import partner_actions
from segments.screens import partner_lists as lists
from segments.screens.filters import MemberFilterSet
from segments.screens.venn import Shape, Venn, venn

LETTERS = "ABC"


def address(keys: Sequence[int]) -> str:
    """Where the segments with these primary keys are compared."""
    return reverse("admin:segments_compare", args=[_listing(keys)])


@dataclass(frozen=True)
class Compared:
    """A segment that is compared, the letter it goes by, and its size; None where that took too long."""

    letter: str
    segment: Segment
    standing: Health
    size: int | None


@dataclass(frozen=True)
class OverlapPart:
    """A part of what is compared: in letters and in words, how many are in it, and how it is drawn.

    `save` leads to the builder with a definition of it; where there is none, `obstacle` says why. `export`
    leads to the page for a file of it.
    """

    letters: str
    words: str
    number: int
    address: str
    export: str
    shape: Shape
    save: str = ""
    obstacle: str = ""


@dataclass(frozen=True)
class NewSegment:
    """What the builder starts from to save a part."""

    name: str
    definition: Definition


@staff_page("compare/<str:keys>/", name="segments_compare", permission=permissions.can_view)
def comparison(request: StaffRequest, keys: str) -> HttpResponse:
    """The segments side by side, their overlap as a picture and as a table."""
    segments, moment = _segments(keys), moment_of(request)
    timeout_s, memory_mb = limits().overlap_timeout_s, limits().overlap_memory_mb
    try:
        with time_limit(seconds=timeout_s, memory_mb=memory_mb):
            found: Comparison | None = compare([segment.read_or_nobody() for segment in segments], moment)
    except TooSlowError:
        found = None
    standing, picture = health_of(segments, moment), venn(len(segments))
    may_save = permissions.can_create(request.user)
    context = {
        **admin.site.each_context(request),
        "opts": Segment._meta,
        "title": _("Compare segments"),
        "compared": [
            Compared(LETTERS[place], segment, standing[segment.pk], found.size(place) if found else None)
            for place, segment in enumerate(segments)
        ],
        "comparison": found,
        "parts": [
            _part(segments, found, inside, picture, moment, may_save=may_save) for inside in found.parts
        ]
        if found
        else [],
        "picture": picture,
        "as_of": moment.today.isoformat(),
        "letters": list(zip(LETTERS, picture.names, strict=False)),
        "may_save": may_save,
        "may_export": permissions.can_export(request.user),
        "actions": dict(partner_actions.offered(request)),
    }
    return render(request, "segments/compare.html", context)


@dataclass(frozen=True)
class PartMembers:
    """The partners of a part as a list has them: filtered, at a moment."""

    segments: Sequence[Segment]
    inside: Inside
    bar: MemberFilterSet
    moment: Moment

    @cached_property
    def members(self) -> PartnerQuery:
        """Asked once; nobody where the filters can't be understood."""
        and_also = self.bar.conditions()
        if and_also is None:
            return segment_query(BROKEN, self.moment)
        definitions = [segment.read_or_nobody() for segment in self.segments]
        return members_of_part(definitions, self.inside, self.moment, and_also=and_also)

    def rows(self) -> QuerySet[Partner]:
        """Exactly those who were found, by their ids: what is done with them asks nothing anew."""
        found = Partner.objects.filter(pk__any_of=list(self.members.ids()))
        return found.order_by(*self.bar.order().columns())

    @property
    def name(self) -> str:
        """Only in “A”; in “A” and “B”."""
        return _in_words([f"“{segment.name}”" for segment in self.segments], self.inside)

    def address(self, page: str) -> str:
        """Of a page about the part, by its name."""
        keys = [segment.pk for segment in self.segments]
        return reverse(
            f"admin:{page}", args=[_listing(keys), _listing([keys[place] for place in self.inside])]
        )


def _crowd(request: StaffRequest, keys: str, inside: str) -> PartMembers:
    segments = _segments(keys)
    return PartMembers(segments, _inside(segments, inside), MemberFilterSet(request.GET), moment_of(request))


@staff_page("compare/<str:keys>/<str:inside>/", name="segments_compare_part", permission=permissions.can_view)
@limited_unless_confirmed(*CONFIRMING)
def partners(request: StaffRequest, keys: str, inside: str) -> HttpResponseBase:
    """All partners of a part: in the segments that `inside` names, and in no other that is compared.

    What is done with them is done with these, whether or not a segment could ask for them.
    """
    crowd = _crowd(request, keys, inside)
    if request.method == "POST":
        export = crowd.address("segments_compare_part_export")
        listed = partner_actions.ListedPartners(crowd.rows, crowd.name, crowd.name, export)
        return partner_actions.run(request, listed)
    return lists.listed(
        request,
        crowd.bar,
        crowd.members,
        title=crowd.name,
        words=_("As of now."),
        back=crowd.moment.carried_by(address([segment.pk for segment in crowd.segments])),
        back_to=_("Back to the comparison"),
        export=crowd.address("segments_compare_part_export"),
        actions=partner_actions.offered(request),
    )


@staff_page(
    "compare/<str:keys>/<str:inside>/export/",
    name="segments_compare_part_export",
    permission=permissions.can_export,
)
@limited_unless_confirmed(*BUTTONS)
def export_part(request: StaffRequest, keys: str, inside: str) -> HttpResponseBase:
    """A file of the partners of a part."""
    crowd = _crowd(request, keys, inside)
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    source = ExportSource(crowd.rows(), crowd.name, what=crowd.name)
    return export_page(request, source, back=f"{crowd.address('segments_compare_part')}{query}")


def part_to_save(asked: Mapping[str, str]) -> NewSegment | None:
    """What `compare` and `inside` name, if it can be said as a definition."""
    segments = _found(asked.get("compare", ""))
    if not segments:
        return None
    try:
        place = _inside(segments, asked.get("inside", ""))
        definition = definition_of_part([segment.read_or_nobody() for segment in segments], place)
    except (Http404, InexpressibleError):
        return None
    return NewSegment(_in_words([segment.name for segment in segments], place)[:MAX_NAME_LENGTH], definition)


def _part(
    segments: Sequence[Segment],
    found: Comparison,
    inside: Inside,
    picture: Venn,
    moment: Moment,
    *,
    may_save: bool,
) -> OverlapPart:
    keys = _listing([segment.pk for segment in segments])
    here = _listing([segments[place].pk for place in inside])
    save = obstacle = ""
    if may_save:
        try:
            definition_of_part(found.definitions, inside)
            query = urlencode({"compare": keys, "inside": here})
            save = f"{reverse('admin:segments_segment_add')}?{query}"
        except InexpressibleError as error:
            obstacle = str(error)
    return OverlapPart(
        letters="".join(LETTERS[place] for place in inside),
        words=_in_words(LETTERS[: len(segments)], inside),
        number=found.parts[inside],
        address=moment.carried_by(reverse("admin:segments_compare_part", args=[keys, here])),
        export=moment.carried_by(reverse("admin:segments_compare_part_export", args=[keys, here])),
        shape=picture.shapes[inside],
        save=save,
        obstacle=obstacle,
    )


def _in_words(names: Sequence[str], inside: Inside) -> str:
    """“Only in A”, “In A and B, not in C”, “In A, B and C”."""
    some = [names[place] for place in inside]
    others = [name for place, name in enumerate(names) if place not in inside]
    if len(some) == 1:
        return _("Only in %s") % some[0]
    words = _("In %(some)s and %(last)s") % {"some": ", ".join(some[:-1]), "last": some[-1]}
    return _("%(words)s, not in %(others)s") % {"words": words, "others": others[0]} if others else words


def _segments(keys: str) -> list[Segment]:
    """What is compared; 404 where it isn't two or three segments."""
    if segments := _found(keys):
        return segments
    raise Http404(_("There are no two or three segments to compare. Tick them on the Segments screen."))


def _found(keys: str) -> list[Segment]:
    """The segments with these primary keys, in their order; none if one is missing, or they are too many."""
    wanted = list(dict.fromkeys(keys.split(",")))
    if not MIN_SEGMENTS <= len(wanted) <= MAX_SEGMENTS or not all(map(is_key, wanted)):
        return []
    found = Segment.objects.in_bulk([int(key) for key in wanted])
    return [found[int(key)] for key in wanted] if len(found) == len(wanted) else []


def _inside(segments: Sequence[Segment], inside: str) -> Inside:
    """The part with this name in an address; 404 where there is none."""
    named = {_listing([segments[place].pk for place in part]): part for part in insides(len(segments))}
    if inside in named:
        return named[inside]
    raise Http404(_("There is no such part of these segments."))


def _listing(keys: Sequence[int]) -> str:
    return ",".join(map(str, keys))
