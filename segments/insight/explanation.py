"""Why a partner is in a segment, or is not: group by group, condition by condition, each with its facts.

Whether a condition, a bracket, a group or the segment holds for the partner is asked of the database with the
compiler's own predicates, so an explanation can't say anything else than the segment's list.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from partners.core.moment import Moment
from partners.models import Partner
from segments.analysis.finding import as_drawn, in_words
from segments.compiler import conditions_by_row
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.definition_cache import CachedDefinition
from segments.insight.evidence import Evidence, PartnerRows
from segments.language.labels import Labels
from segments.language.sentences import condition_words
from segments.nesting import reachable, trouble
from segments.query.exists import rows_asked, which_hold
from segments.query.row_clauses import RowClause

IsMet = Callable[[Definition], bool]
"""Whether the partner that is explained meets this."""


@dataclass(frozen=True)
class Reason:
    """A condition: in words, whether the partner meets it, and the facts that say so."""

    condition: Condition
    words: str
    met: bool
    facts: list[str]


@dataclass(frozen=True)
class Bracket:
    """Conditions that one and the same row has to meet; or, for itself, any other condition."""

    reasons: list[Reason]
    met: bool
    note: str = ""
    """What is said about the row that comes nearest, where none meets all."""

    @property
    def together(self) -> bool:
        """Whether it is drawn as a bracket."""
        return len(self.reasons) > 1


@dataclass(frozen=True)
class GroupReasons:
    """A group or exception, numbered from 1: whether the partner meets it, and why."""

    number: int
    met: bool
    brackets: list[Bracket]


@dataclass(frozen=True)
class Explanation:
    """Whether a partner is in a segment, and why."""

    partner: Partner
    is_in: bool
    groups: list[GroupReasons]
    exceptions: list[GroupReasons]

    @property
    def through(self) -> str:
        """The groups that it is in, by number: “group 1 and group 3”."""
        return in_words([_("group %s") % group.number for group in self.groups if group.met])

    @property
    def excepted_by(self) -> str:
        """The exceptions that take it out of these, by number: “exception 1”; empty if none does."""
        return in_words([_("exception %s") % group.number for group in self.exceptions if group.met])


def explain(definition: Definition, partner: Partner, labels: Labels, moment: Moment) -> Explanation:
    """The partner as it stands to the definition at a moment; a broken one has nobody."""
    met = which_hold(partner.pk, [definition, *_questions(definition)], moment)
    rows = PartnerRows(partner.pk, rows_asked(definition.conditions(), moment))
    facts = Evidence(rows, labels, moment)
    groups, exceptions = (
        [_reasons(number, group, facts, met.__getitem__) for number, group in enumerate(some, 1)]
        for some in (definition.any, definition.excepted)
    )
    return Explanation(partner, met[definition], groups, exceptions)


def groups_met(
    partner: Partner, asked: Sequence[CachedDefinition], moment: Moment
) -> list[list[GroupReasons]]:
    """For each definition, the groups through which the partner is in it, and why; nothing if it is not.

    Few queries for many definitions.
    """
    # Whatever they name is read here, level by level, and then at hand.
    reachable((one.definition for one in asked), moment)
    rows = PartnerRows(
        partner.pk, {condition: sql for one in asked for condition, sql in one.rows(moment).items()}
    )
    met = [_groups_met(one, rows, moment) for one in asked]
    conditions = [condition for groups in met for _number, group in groups for condition in group.all]
    facts = Evidence(rows, Labels(conditions), moment)
    return [[_reasons(number, group, facts, _everything) for number, group in groups] for groups in met]


def _groups_met(one: CachedDefinition, rows: PartnerRows, moment: Moment) -> list[tuple[int, Group]]:
    """The groups through which the partner is in, numbered from 1."""
    definition = one.definition
    if trouble(definition, moment):
        return []
    held = [all(_holds(clause, rows) for clause in clauses) for clauses in one.clauses]
    many = len(definition.any)
    if any(held[many:]):
        return []
    return [(number, group) for number, group in enumerate(definition.any, 1) if held[number - 1]]


def _holds(clause: RowClause, rows: PartnerRows) -> bool:
    # As `segments.query.bitmaps.BitTest.holds`, of rows at hand: (some row, or none at all) xor negative.
    own = rows.of(clause.relation)
    some = any(row.meets.issuperset(clause.conditions) for row in own)
    return (some or (clause.absent and not own)) is not clause.negative


def _everything(_part: Definition) -> bool:
    """For partners who meet the group, and so all parts of it."""
    return True


def _questions(definition: Definition) -> Iterable[Definition]:
    """Everything that is said to hold or not: groups, brackets, and each condition for itself."""
    for group in definition.groups:
        yield Definition((group,))
        for conditions in conditions_by_row(group):
            yield _of(conditions)
            yield from (_of([condition]) for condition in conditions)


def _of(conditions: Sequence[Condition]) -> Definition:
    return Definition((Group(tuple(conditions)),))


def _reasons(number: int, group: Group, facts: Evidence, is_met: IsMet) -> GroupReasons:
    order = [group.all[place] for place in as_drawn(group)]
    brackets = sorted(conditions_by_row(group), key=lambda conditions: order.index(conditions[0]))
    return GroupReasons(
        number, is_met(Definition((group,))), [_bracket(conditions, facts, is_met) for conditions in brackets]
    )


def _bracket(conditions: list[Condition], facts: Evidence, is_met: IsMet) -> Bracket:
    met = is_met(_of(conditions))
    reasons = [
        Reason(
            condition,
            condition_words(condition, facts.labels),
            is_met(_of([condition])),
            facts.of(condition, conditions if met else ()),
        )
        for condition in conditions
    ]
    return Bracket(reasons, met, "" if met or len(conditions) == 1 else _nearest(reasons, facts))


def _nearest(reasons: Sequence[Reason], facts: Evidence) -> str:
    """Why no row meets all of the conditions, and which comes nearest."""
    on = CATALOG[reasons[0].condition.field].relation
    asked = {reason.condition for reason in reasons}
    nearest = max(facts.rows(on), key=lambda row: len(row.meets & asked), default=None)
    if nearest is None or not nearest.meets & asked:
        return ""
    words = {
        "noun": on.noun,
        "name": nearest.name,
        "lacking": "; ".join(reason.words for reason in reasons if reason.condition not in nearest.meets),
    }
    text = (
        _("Each of these is met, but not by one and the same %(noun)s.")
        if all(reason.met for reason in reasons)
        else _("No %(noun)s meets all of these.")
    )
    near = _("%(noun)s %(name)s comes nearest; it does not meet: %(lacking)s.") % words
    return f"{text % words} {near[:1].upper()}{near[1:]}"
