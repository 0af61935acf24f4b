"""What the builder answers: the page, or the part of it that htmx asked for, and what is said above it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _

from partners.core.names import without_invisible
from partners.core.requests import StaffRequest
from partners.core.time_limit import SupersededError
from segments import permissions
from segments.analysis.findings import Finding
from segments.builder.formset import Builder
from segments.insight.changes import MembershipChange, membership_change
from segments.insight.data_findings import data_findings
from segments.insight.funnel import funnel
from segments.insight.health import Health, health_of
from segments.insight.near_misses import near_misses
from segments.insight.partner_search import answer
from segments.insight.preview import Preview, preview
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import Segment
from segments.services import store_count

ROWS_PART = "builder-rows"
PREVIEW_PART = "builder-preview"
SENSE_PART = "builder-sense"
FUNNEL_PART = "builder-funnel"
"""These two are asked for once the preview has been drawn, so that they never hold the number up."""
WHY_PART = "builder-why"
NEAR_PART = "builder-near"
"""What a person asks for: why a partner is in or out, and near misses."""
AFTERWARDS = ("values", "change", "funnel")
"""What is asked once a preview has been drawn. A newer preview stops it."""


@dataclass
class Page:
    """One answer of the builder: for which segment (None for a new one), with which rows and notices."""

    request: StaffRequest
    site: AdminSite
    segment: Segment | None
    builder: Builder
    notices: list[Any] = field(default_factory=list)
    refused: bool = False
    """Whether a save was refused because somebody else saved meanwhile."""
    overtaken: bool = False
    """Whether the page has asked for a newer preview while this one was made."""

    @property
    def user(self) -> User:
        return self.request.user

    @property
    def may_save(self) -> bool:
        """Whether this person may save what the page shows."""
        return permissions.can_change(self.user) if self.segment else permissions.can_create(self.user)

    @property
    def is_saved(self) -> bool:
        """Whether the rows mean what the segment that is being edited means, under the same name."""
        return (
            self._means_the_same
            and without_invisible(self.builder.name) == cast("Segment", self.segment).name
        )

    @property
    def _means_the_same(self) -> bool:
        definition = self.builder.definition
        return bool(self.segment and definition and self.segment.means(definition))

    def answer(self) -> HttpResponse:
        part = self.request.htmx.target or ""
        if part in self._looks:
            return self._look(part)
        if part != PREVIEW_PART and self.segment:
            self._say_what_stands(self.segment)
        found = self._preview()
        if self.overtaken and part == PREVIEW_PART:
            return HttpResponse(status=204)
        if found and found.count is not None and self.segment and self._means_the_same:
            store_count(self.segment, found.count)
        self.builder.name_picks()
        template = {ROWS_PART: "rows_and_preview", PREVIEW_PART: "preview"}.get(part, "page")
        context = self._context(found)
        if template == "page":
            context |= self._asked_for()
        return render(self.request, f"segments/builder/{template}.html", context)

    def fix(self, key: str) -> None:
        """Do what the finding with this key offers; say so if the rows have changed since it was shown."""
        found = {finding.key: finding.fix for finding in self.builder.findings}
        if key not in found:
            found |= {finding.key: finding.fix for finding in self._findings_of_today()}
        if fix := found.get(key):
            self.builder = Builder(self.builder.fixed(fix))
            return
        self.notices.append(_("The rows have changed since. Nothing was mended: look at them once more."))

    def _funnel(self) -> dict[str, Any]:
        """What each row and each group does, put to them."""
        definition = self.builder.definition
        found = funnel(definition, page=self._part_name("funnel")) if definition else None
        if found:
            self.builder.show(found)
        return {"builder": self.builder, "funnel": found}

    @property
    def _looks(self) -> dict[str, tuple[str, Callable[[], dict[str, Any]]]]:
        """The parts that htmx asks for by themselves: their templates and what these show."""
        return {
            SENSE_PART: ("sense", self._sense),
            FUNNEL_PART: ("funnel", self._funnel),
            WHY_PART: ("why", self._why),
            NEAR_PART: ("near_misses", self._near_misses),
        }

    def _look(self, part: str) -> HttpResponse:
        template, shown = self._looks[part]
        try:
            return render(self.request, f"segments/builder/{template}.html", shown())
        except SupersededError:
            return HttpResponse(status=204)

    def _asked_for(self) -> dict[str, Any]:
        """All that was asked for, where the page is drawn as a whole."""
        shown = self._why()
        if "preview" in self.request.POST:
            shown |= self._sense() | self._funnel()
        if "near_misses" in self.request.POST:
            shown |= self._near_misses()
        return shown

    def _why(self) -> dict[str, Any]:
        """Why the partner who was looked up is in what the rows mean, or not."""
        found = answer(
            self.builder.data, self.builder.definition, self.builder.labels, page=self._part_name("why")
        )
        return {"builder": self.builder, "why": found}

    def _near_misses(self) -> dict[str, Any]:
        """Whom a single condition keeps out."""
        definition = self.builder.definition
        shown = {"builder": self.builder, "looked_near": True}
        if definition:
            shown["near"] = near_misses(definition, self.builder.labels, page=self._part_name("near"))
        return shown

    def _sense(self) -> dict[str, Any]:
        """What only the data can say: findings of today, and who would enter and leave."""
        return {
            "looked": True,
            "segment": self.segment,
            "builder": self.builder,
            "of_today": self._findings_of_today(),
            "change": self._change(),
        }

    def _findings_of_today(self) -> list[Finding]:
        definition = self.builder.definition
        if definition is None:
            return []
        return data_findings(
            definition, self.builder.labels, segment=self.segment, page=self._part_name("values")
        )

    def _change(self) -> MembershipChange | None:
        """What saving would change; None where nothing is stored, or the same."""
        definition = self.builder.definition
        if not definition or not self.segment or self._means_the_same:
            return None
        return membership_change(self.segment.read_or_nobody(), definition, page=self._part_name("change"))

    def _part_name(self, question: str) -> str:
        """Names the part to what overtakes its question; no name where the whole page is drawn."""
        part = self.request.htmx.target
        return f"{self._name_of_page} {question}" if part in self._looks else ""

    @property
    def _name_of_page(self) -> str:
        return f"{self.request.session.session_key} {self.builder.draft}"

    def _preview(self) -> Preview | None:
        """Of what the rows mean; none while they are not complete, or when the page asked anew meanwhile."""
        definition = self.builder.definition
        if definition is None:
            return None
        try:
            page = self._name_of_page
            second = [f"{page} {question}" for question in AFTERWARDS]
            return preview(definition, self.builder.labels, page=page, also_stops=second)
        except SupersededError:
            self.overtaken = True
            return None

    def _say_what_stands(self, segment: Segment) -> None:
        standing = health_of([segment])[segment.pk]
        if self.refused or self.builder.revision not in (None, segment.revision):
            self.builder.see(segment.revision)
            self.notices.append(self._both_versions(segment, standing))
        self.notices += [_("Needs attention: %s") % message for message in standing.attention]

    def _both_versions(self, current: Segment, standing: Health) -> str:
        definition = self.builder.definition
        mine = sentence(definition, Labels.of(definition)) if definition else _("(not complete)")
        return format_html(
            _(
                "{} saved this segment while you were editing it. Theirs, “{}”: {} Yours, “{}”: {} "
                "Nothing of yours is lost; saving now replaces theirs."
            ),
            current.changed_by or _("Somebody"),
            current.name,
            standing.sentence or _("(needs attention)"),
            self.builder.name.strip(),
            mine,
        )

    def _context(self, found: Preview | None) -> dict[str, Any]:
        return {
            **self.site.each_context(self.request),
            "opts": Segment._meta,
            "title": self.segment.name if self.segment else _("Create Segment"),
            "segment": self.segment,
            "builder": self.builder,
            "notices": self.notices,
            "preview": found,
            "overtaken": self.overtaken,
            "unsaved": self.request.method == "POST" or "draft" in self.request.GET,
            "may_save": self.may_save,
            "may_create": permissions.can_create(self.user),
            "may_delete": self.segment and permissions.can_delete(self.user),
        }
