"""The versions of a segment: a list with what each changed, two of them side by side, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.core.limits import limits
from partners.core.moment import Moment, moment_of
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from segments.analysis.findings import errors
from segments.errors import DefinitionError
from segments.insight.changes import MembershipChange, membership_change
from segments.insight.health import deleted_references, health_of
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import Segment, SegmentVersion
from segments.nesting import trouble
from segments.permissions import can_change, can_view
from segments.screens.segment_page import head
from segments.screens.size_chart import Size, SizeChart, size_chart
from segments.screens.version_words import Line, summary
from segments.services import SegmentChangedError, SegmentDeletedError, name_back, restore_version

MAX_REVISION = 2**31 - 1


@dataclass(frozen=True)
class VersionRow:
    """A version in the list, and what it changed; None for the first that is kept."""

    version: SegmentVersion
    lines: list[Line] | None
    is_now: bool


class ComparisonForm(forms.Form):
    """Two versions of a segment, by their numbers."""

    old = forms.IntegerField(label=gettext_lazy("Version"), min_value=1, max_value=MAX_REVISION)
    new = forms.IntegerField(label=gettext_lazy("With version"), min_value=1, max_value=MAX_REVISION)

    def __init__(self, segment: Segment, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.segment = segment

    def clean_old(self) -> SegmentVersion:
        return self._version("old")

    def clean_new(self) -> SegmentVersion:
        return self._version("new")

    def _version(self, field: str) -> SegmentVersion:
        revision = self.cleaned_data[field]
        found = self.segment.versions.filter(revision=revision).first()
        if found is None:
            raise ValidationError(_("There is no version %s of this segment.") % f"{revision:,}")
        return found


@staff_page("<int:pk>/versions/", name="segments_segment_versions", permission=can_view)
def versions(request: StaffRequest, pk: int) -> HttpResponse:
    """All versions, newest first, each with what it changed; how the size went."""
    segment = get_object_or_404(Segment.objects.select_related("changed_by", "owner"), pk=pk)
    return _list(request, segment)


def _list(request: StaffRequest, segment: Segment, choice: ComparisonForm | None = None) -> HttpResponse:
    kept = segment.versions.all()
    length = limits().version_list_page_rows
    page = Paginator(kept, length).get_page(request.GET.get("page"))
    start = max(page.start_index() - 1, 0)
    shown = list(kept[start : start + length + 1])
    rows = _rows(segment, shown, page.end_index() - start, first_page=page.number == 1)
    both = [version.revision for version in shown[:2]]
    initial = {"new": both[0], "old": both[1]} if len(both) == 2 else {}
    context = {
        **head(request, segment, tab="versions"),
        "may_restore": can_change(request.user),
        "page": page,
        "rows": rows,
        "newest": kept.values_list("revision", flat=True).first() or 0,
        "choice": choice or ComparisonForm(segment, initial=initial),
        "chart": _chart(segment, rows),
    }
    return render(request, "segments/versions/list.html", context)


def _rows(
    segment: Segment, found: Sequence[SegmentVersion], number: int, *, first_page: bool
) -> list[VersionRow]:
    """The first so many; one more, if there is one, is what the last of them changed."""
    befores = [*found[1:], None]
    pairs = list(zip(found, befores, strict=False))[:number]
    return [
        VersionRow(
            version,
            summary(before, version) if before else None,
            is_now=first_page and place == 0 and version.says(segment),
        )
        for place, (version, before) in enumerate(pairs)
    ]


def _chart(segment: Segment, rows: Sequence[VersionRow]) -> SizeChart | None:
    """Of the versions on the page; the newest, up to the last count."""
    sizes = [Size(row.version.at, row.version.partner_count) for row in reversed(rows)]
    now = rows[0].version if rows and rows[0].is_now else None
    if now and segment.counted_at and segment.counted_at > now.at:
        sizes.append(Size(segment.counted_at, segment.partner_count))
    return size_chart(sizes)


@staff_page("<int:pk>/versions/compare/", name="segments_segment_compare", permission=can_view)
def comparison(request: StaffRequest, pk: int) -> HttpResponse:
    """Two versions: how they differ, and who enters and leaves because of it, as of today's data."""
    segment = get_object_or_404(Segment, pk=pk)
    choice = ComparisonForm(segment, request.GET)
    if not choice.is_valid():
        return _list(request, segment, choice)
    old, new, moment = choice.cleaned_data["old"], choice.cleaned_data["new"], moment_of(request)
    numbers = [pk, old.revision, new.revision]
    words = {"old": old.revision, "new": new.revision}
    context = {
        **_context(request, segment, _("Version %(old)s and version %(new)s") % words),
        "pair": [old, new],
        "lines": summary(old, new),
        "change": today(old, new, moment),
        "entered": moment.carried_by(reverse("admin:segments_segment_entered", args=numbers)),
        "left": moment.carried_by(reverse("admin:segments_segment_left", args=numbers)),
        "choice": choice,
    }
    return render(request, "segments/versions/comparison.html", context)


@staff_page(
    "<int:pk>/versions/<int:revision>/restore/", name="segments_segment_restore", permission=can_change
)
def restoration(request: StaffRequest, pk: int, revision: int) -> HttpResponse:
    """What restoring a version would change now; if told to, the segment as it was then."""
    segment = get_object_or_404(Segment, pk=pk)
    version = get_object_or_404(segment.versions.select_related("segment"), revision=revision)
    moment = moment_of(request)
    way_back = WayBack(segment, version, moment)
    if request.method == "POST" and not way_back.obstacles:
        if (done := _restore(request, version)) is not None:
            return done
        return HttpResponseRedirect(request.path)
    now = way_back.now
    context = {
        **_context(request, segment, _("Restore version %s") % version.revision),
        "pair": [now, version],
        "lines": summary(now, way_back.then),
        "change": today(now, version, moment),
        "way_back": way_back,
    }
    if now.pk:
        numbers = [pk, now.revision, version.revision]
        context["entered"] = moment.carried_by(reverse("admin:segments_segment_entered", args=numbers))
        context["left"] = moment.carried_by(reverse("admin:segments_segment_left", args=numbers))
    return render(request, "segments/versions/comparison.html", context)


class WayBack:
    """What restoring a version would do now, what to know about it, and what stands in its way."""

    def __init__(self, segment: Segment, version: SegmentVersion, moment: Moment) -> None:
        self.segment, self.version, self.moment = segment, version, moment
        self.now = SegmentVersion.now(segment)
        self.then = SegmentVersion(
            name=name_back(version),
            definition=version.definition,
            names=version.names,
            sentence=version.sentence,
        )
        self.obstacles, self.notes = self._obstacles(), self._notes()

    def _obstacles(self) -> list[str]:
        try:
            definition = self.version.read()
        except DefinitionError as error:
            return [_("This version can't be restored, for it can't be understood: %s") % error]
        if self.segment.means(definition) and self.then.name == self.segment.name:
            return [_("The segment is like this now.")]
        if problem := trouble(definition, self.moment, own=self.segment.pk, name=self.then.name):
            return [_("This version can't be restored: %s") % problem]
        return [
            _("This version can't be restored, for no partner can ever meet a part of it: %s") % finding.text
            for finding in errors(definition)
        ]

    def _notes(self) -> list[str]:
        notes = []
        if self.then.name != self.version.name:
            words = {"then": self.version.name, "now": self.segment.name}
            text = _("Another segment is called “%(then)s” now, so this one stays “%(now)s”.")
            notes.append(text % words)
        try:
            definition = self.version.read()
        except DefinitionError:
            return notes
        labels = Labels.of(definition)
        if gone := deleted_references(definition, labels):
            notes += [*gone, _("What has been deleted matches no partner.")]
        if (words_now := sentence(definition, labels)) != self.version.sentence:
            notes.append(_("In the names of today: %s") % words_now)
        return notes


def _restore(request: StaffRequest, version: SegmentVersion) -> HttpResponse | None:
    """Restore it and lead to the versions; None, with a message, if that is not possible now."""
    seen = request.POST.get("seen", "")
    revision = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 11 else 0
    try:
        saved = restore_version(
            version=version, user=request.user, moment=moment_of(request), revision=revision
        )
    except SegmentChangedError as error:
        by = error.current.changed_by or _("Somebody")
        messages.warning(
            request, _("%s saved this segment meanwhile. Nothing was restored: look again.") % by
        )
        return None
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return None
    except SegmentDeletedError:
        messages.error(request, _("Somebody deleted this segment meanwhile."))
        return HttpResponseRedirect(reverse("admin:segments_segment_changelist"))
    _say_restored(request, saved, version)
    return HttpResponseRedirect(reverse("admin:segments_segment_versions", args=[saved.pk]))


def _say_restored(request: StaffRequest, segment: Segment, version: SegmentVersion) -> None:
    count = segment.partner_count
    if count is None:
        text = _("Version %(old)s is back, as version %(new)s. Counting its partners took too long.")
    else:
        text = ngettext(
            "Version %(old)s is back, as version %(new)s: %(count)s partner.",
            "Version %(old)s is back, as version %(new)s: %(count)s partners.",
            count,
        )
    words = {"old": version.revision, "new": segment.revision, "count": f"{count or 0:,}"}
    messages.success(request, text % words)
    for message in health_of([segment], moment_of(request))[segment.pk].attention:
        messages.warning(request, _("Needs attention: %s") % message)


def today(old: SegmentVersion, new: SegmentVersion, moment: Moment) -> MembershipChange:
    """Who enters and leaves between the two, with the data of today."""
    before, after = old.read_or_nobody(), new.read_or_nobody()
    return MembershipChange() if before == after else membership_change(before, after, moment)


def _context(request: StaffRequest, segment: Segment, title: str) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "opts": Segment._meta,
        "title": title,
        "segment": segment,
        "may_restore": can_change(request.user),
    }
