"""What is asked of the data for a page of the builder, or for the part of it that htmx asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from django.http import QueryDict

from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from partners.core.time_limit import SupersededError
from segments.analysis.finding import Finding
from segments.builder.page import BuilderPage
from segments.builder.pickers import picker_of, questions_of
from segments.builder.starters import sizes
from segments.builder.state import asked_tab
from segments.insight.changes import MembershipChange, OuterChanges, membership_change, outer_changes
from segments.insight.choices import ChoiceNumbers, choice_numbers
from segments.insight.data_findings import data_findings
from segments.insight.funnel import Funnel, funnel
from segments.insight.near_misses import NearMiss, near_misses
from segments.insight.partner_search import SearchAnswer, answer
from segments.insight.preview import Preview, preview
from segments.query.members import columns_are_on


class Ask(Enum):
    """A question; each has a limit in time, and a newer one of the same page stops an older one."""

    PREVIEW = auto()
    FINDINGS = auto()
    CHANGE = auto()
    FUNNEL = auto()
    WHY = auto()
    NEAR_MISSES = auto()
    CHOICES = auto()
    STARTERS = auto()


AFTER_A_PREVIEW = (Ask.FINDINGS, Ask.CHANGE, Ask.FUNNEL)
"""What the page asks for once a preview has been drawn. A newer preview stops it."""
MAX_LISTS_OF_A_PAGE = 10
"""So many lists of choices have numbers where the page is drawn as a whole: each takes as long as a count."""


@dataclass(frozen=True)
class Evaluation:
    """The answers. None where something was not asked, or can't be said of what is in the form."""

    asked: frozenset[Ask]
    preview: Preview | None = None
    superseded: bool = False
    """Whether the page has asked for a newer preview while this one was made."""
    of_today: list[Finding] | None = None
    """Findings that only the data can give."""
    change: MembershipChange | None = None
    """Who would enter and who would leave by saving."""
    outer: OuterChanges | None = None
    """How many would enter and leave the segments that name it."""
    funnel: Funnel | None = None
    why: SearchAnswer | None = None
    near_misses: list[list[NearMiss]] | None = None
    choices: Mapping[str, ChoiceNumbers] = field(default_factory=dict)
    """What each choice of a list would make of the segment, by the prefix of the list's row or limit."""
    starters: Mapping[str, int] = field(default_factory=dict)
    """How many partners each starter has, by its key."""


def asked_by_page(posted: QueryDict) -> frozenset[Ask]:
    """What is asked where the page is drawn as a whole: all that was asked for with its buttons."""
    asked = {Ask.PREVIEW, Ask.WHY, Ask.CHOICES}
    if "preview" in posted:
        asked |= {*AFTER_A_PREVIEW}
    if asked_tab(posted) == "near":
        asked |= {Ask.NEAR_MISSES}
    if "starters" in posted:
        asked |= {Ask.STARTERS}
    return frozenset(asked)


@dataclass(frozen=True)
class Asker:
    """Puts the questions; `session` and the key of the draft name the page to what stops older questions.

    A part that htmx asked for alone (`is_part`) is stopped by a newer one of the same page, with
    SupersededError. Where the page is drawn as a whole, only its preview can be.
    """

    page: BuilderPage
    moment: Moment
    session: str
    is_part: bool
    picker: str = ""
    """The prefix of the row, or of its limit, about whose list a part asks."""

    def evaluate(self, asked: frozenset[Ask]) -> Evaluation:
        """Ask, in the order in which the answers are drawn."""
        shown, superseded = self._preview() if Ask.PREVIEW in asked else (None, False)
        return Evaluation(
            asked=asked,
            preview=shown,
            superseded=superseded,
            of_today=self.findings_of_today() if Ask.FINDINGS in asked else None,
            change=self._change() if Ask.CHANGE in asked else None,
            outer=self._outer() if Ask.CHANGE in asked else None,
            funnel=self._funnel() if Ask.FUNNEL in asked else None,
            why=self._why() if Ask.WHY in asked else None,
            near_misses=self._near_misses() if Ask.NEAR_MISSES in asked else None,
            choices=self._choices() if Ask.CHOICES in asked else {},
            starters=sizes(self.moment, page=self._name(Ask.STARTERS)) if Ask.STARTERS in asked else {},
        )

    def findings_of_today(self) -> list[Finding]:
        """Findings that only the data can give."""
        builder = self.page.builder
        if builder.definition is None:
            return []
        name = self._name(Ask.FINDINGS)
        return data_findings(
            builder.definition, builder.labels, self.moment, segment=self.page.segment, page=name
        )

    @property
    def _page_name(self) -> str:
        return f"{self.session} {self.page.builder.state.draft}"

    def _name(self, asked: Ask) -> str:
        return f"{self._page_name} {asked.name}" if self.is_part else ""

    def _preview(self) -> tuple[Preview | None, bool]:
        """Of the rows that are complete; those that are not wait."""
        builder = self.page.builder
        if builder.so_far is None:
            return None, False
        second = [f"{self._page_name} {asked.name}" for asked in AFTER_A_PREVIEW]
        try:
            found = preview(
                builder.so_far, builder.labels, self.moment, page=self._page_name, also_stops=second
            )
        except SupersededError:
            return None, True
        return found, False

    def _change(self) -> MembershipChange | None:
        definition, segment = self.page.builder.definition, self.page.segment
        if not definition or not segment or self.page.means_the_same:
            return None
        return membership_change(
            segment.read_or_nobody(), definition, self.moment, page=self._name(Ask.CHANGE)
        )

    def _outer(self) -> OuterChanges | None:
        definition, segment = self.page.builder.definition, self.page.segment
        if not definition or not segment or self.page.means_the_same:
            return None
        return outer_changes(segment, definition, self.moment, page=self._name(Ask.CHANGE))

    def _funnel(self) -> Funnel | None:
        definition = self.page.builder.so_far
        return funnel(definition, self.moment, page=self._name(Ask.FUNNEL)) if definition else None

    def _why(self) -> SearchAnswer | None:
        builder = self.page.builder
        asked: Mapping[str, str] = builder.state.look_up
        return answer(asked, builder.definition, builder.labels, self.moment, page=self._name(Ask.WHY))

    def _near_misses(self) -> list[list[NearMiss]] | None:
        builder = self.page.builder
        if builder.definition is None:
            return None
        return near_misses(builder.definition, builder.labels, self.moment, page=self._name(Ask.NEAR_MISSES))

    def _choices(self) -> dict[str, ChoiceNumbers]:
        """Of the list that a part asks about; of a page, of the first ones that have all choices in them."""
        builder = self.page.builder
        if not columns_are_on():
            return {}
        asked = [
            (row, asking)
            for row, asking in questions_of(builder)
            if (asking.state.prefix == self.picker if self.is_part else asking.attribute.options())
        ]
        pickers = {
            asking.state.prefix: picker_of(builder, row, asking)
            for row, asking in asked[:MAX_LISTS_OF_A_PAGE]
        }
        with snapshot():
            found = {
                prefix: choice_numbers(picker, self.moment, page=self._name(Ask.CHOICES))
                for prefix, picker in pickers.items()
                if picker
            }
        return {prefix: numbers for prefix, numbers in found.items() if numbers}
