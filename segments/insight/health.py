"""What is wrong with a definition, or with what it refers to, in its user's words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.core.moment import Moment
from segments.analysis.finding import Finding
from segments.conditions import CATALOG
from segments.definition import Definition
from segments.definition_cache import CachedDefinition
from segments.errors import DefinitionError
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import Segment
from segments.nesting import reachable, trouble
from segments.tracking.standing import failures_of

MAX_NAMED_IDS = 10


@dataclass(frozen=True)
class Health:
    """A saved segment as a list shows it. What a list does not show is not worked out.

    `understood` is None if the definition is broken. `problem` says why nobody matches: what is broken about
    it, or about the segments that it names. `failure` is the error of the last run, if the segment is
    tracked and that failed for good.
    """

    understood: CachedDefinition | None
    labels: Labels
    problem: str = ""
    failure: str = ""

    @cached_property
    def sentence(self) -> str:
        """What it asks, in a sentence; empty if it is broken."""
        return sentence(self.understood.definition, self.labels) if self.understood else ""

    @cached_property
    def attention(self) -> list[str]:
        """What needs attention about it."""
        deleted = deleted_references(self.understood.definition, self.labels) if self.understood else []
        failed = _("Its last run failed: %s") % self.failure if self.failure else ""
        return [*deleted, *filter(None, [self.problem, failed])]

    @property
    def broken(self) -> bool:
        """Whether it can't be asked, so that nobody matches."""
        return bool(self.problem)

    @property
    def findings(self) -> Sequence[Finding]:
        """What looks wrong with it, said as the builder says it."""
        return self.understood.findings if self.understood else ()

    @property
    def complaint(self) -> str:
        """The first thing that somebody has to mend about it; empty if there is none."""
        errors = (finding.text for finding in self.findings if finding.error)
        return next(chain(self.attention, errors), "")

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to mend it."""
        return bool(self.complaint)


def health_of(segments: Iterable[Segment], moment: Moment) -> dict[int, Health]:
    """How these segments stand, by primary key.

    A query for all that they pick, one a level of nesting, and one for runs that failed.
    """
    understood: dict[int, CachedDefinition | None] = {}
    problems: dict[int, str] = {}
    chosen = list(segments)
    for segment in chosen:
        try:
            understood[segment.pk] = segment.understood()
        except DefinitionError as error:
            understood[segment.pk], problems[segment.pk] = None, str(error)
    definitions = [one.definition for one in understood.values() if one]
    labels = Labels.of_picks(*definitions)
    reachable(definitions, moment)
    for segment in chosen:
        if one := understood[segment.pk]:
            problems[segment.pk] = trouble(one.definition, moment, own=segment.pk, name=segment.name)
    failures = failures_of(understood)
    return {
        pk: Health(one, labels, problems[pk], failures[pk].error if pk in failures else "")
        for pk, one in understood.items()
    }


def deleted_references(definition: Definition, labels: Labels) -> list[str]:
    """A sentence for each condition that names rows which are gone; of segments see `nesting.trouble`."""
    messages = []
    for condition in definition.conditions():
        attribute = CATALOG[condition.field]
        names_segments = attribute.names_segments or attribute.asks_history
        gone = labels.gone(condition) if attribute.needs_its_rows and not names_segments else []
        if gone:
            words = {"field": attribute.label, "ids": _list(gone)}
            if attribute.picks_from:
                messages.append(_("%(field)s names what has been deleted: %(ids)s.") % words)
            else:
                messages.append(_("%(field)s names users who are not there: %(ids)s.") % words)
    return messages


def unknown_ids(definition: Definition, labels: Labels) -> list[str]:
    """A sentence for each condition with typed IDs that no partner or contract has."""
    messages = []
    for condition in definition.conditions():
        attribute = CATALOG[condition.field]
        missing = [] if attribute.picks_from else labels.gone(condition)
        if missing:
            text = ngettext(
                "%(count)s %(field)s is not known: %(ids)s.",
                "%(count)s values of %(field)s are not known: %(ids)s.",
                len(missing),
            )
            messages.append(
                text % {"count": f"{len(missing):,}", "field": attribute.label, "ids": _list(missing)}
            )
    return messages


def _list(ids: list[Any]) -> str:
    named = ", ".join(str(item) for item in ids[:MAX_NAMED_IDS])
    if len(ids) <= MAX_NAMED_IDS:
        return named
    return _("%(ids)s and %(more)s more") % {"ids": named, "more": f"{len(ids) - MAX_NAMED_IDS:,}"}
