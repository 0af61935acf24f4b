"""Which fact about a partner a move came with, as far as it is kept: a stage, a day, a version.

Stages have a history; a day of the partner's passes a bound of the definition when the day changes. What else
changed, such as a group or a country, is kept nowhere, and nothing is guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import DateTimeField, F, Model, OuterRef, Subquery, Value
from django.utils.translation import gettext as _

from partners.core.moment import Moment
from partners.stages.history import HasStage
from segments.attributes import Attribute, Relation
from segments.conditions import CATALOG
from segments.days import Days, StayDays
from segments.definition import Condition
from segments.language.labels import bidi_isolate
from segments.models import Cause, Run, SegmentVersion
from segments.tracking.feed import Move

MAX_FACTS = 2
"""Of one move."""


@dataclass(frozen=True)
class Changed:
    """A row of a partner's came into a stage at a moment."""

    at: datetime
    relation: Relation
    text: str


Asked = Mapping[int, Sequence[Condition]]
"""By run, the conditions that found out what moved through data and time."""


def facts_of(moves: Sequence[Move], runs: Mapping[int, Run], moment: Moment) -> dict[Move, str]:
    """What is known of each, in words; a query or two for each kind of row that the segment asks about.

    `runs` are those the moves came through, each with the revision, moment and day of the one before it.
    """
    told = [move for move in moves if move.run in runs]
    asked = _asked(runs.values())
    stages = _stages([move for move in told if move.cause == Cause.DATA], runs, asked)
    rows = _rows([move for move in told if move.cause == Cause.TIME], asked)
    found = {}
    for move in told:
        run = runs[move.run]
        texts: list[str] = []
        if move.cause == Cause.DEFINITION:
            texts = [_version(run)]
        elif move.cause == Cause.DATA:
            relations = {CATALOG[one.field].relation for one in asked[run.pk] if _follows_stage(one)}
            changes = (one for one in stages[move.partner] if one.relation in relations)
            texts = [one.text for one in changes if _is_between(one.at, run)]
        elif move.cause == Cause.TIME:
            texts = list(_passed(rows, move.partner, asked[run.pk], run, moment))
        found[move] = "; ".join(texts[:MAX_FACTS])
    return found


def _asked(runs: Iterable[Any]) -> Asked:
    """Of the version before, if another was saved: that is asked first, for what moved through data and time.

    Nothing of a version that is not kept.
    """
    before = {run.pk: (run.segment_id, run.revision_before) for run in runs}
    versions = SegmentVersion.objects.filter(
        segment__in={segment for segment, _revision in before.values()},
        revision__in={revision for _segment, revision in before.values() if revision},
    )
    conditions = {
        (one.segment_id, one.revision): list(dict.fromkeys(one.read_or_nobody().conditions()))
        for one in versions
    }
    return {run: conditions.get(version, []) for run, version in before.items()}


def _version(run: Any) -> str:
    """Which version took the place of which; or that none did."""
    if run.revision_before == run.revision:
        return _("A segment that it names was saved")
    return _("Version %(old)s → %(new)s") % {"old": run.revision_before, "new": run.revision}


def _is_between(at: datetime, run: Any) -> bool:
    """Whether it was after the run before this one, and not after this one."""
    return bool(run.at_before and run.at_before < at <= run.at)


def _stages(moves: Sequence[Move], runs: Mapping[int, Any], asked: Asked) -> defaultdict[int, list[Changed]]:
    """The changes of stages that the segment asks about, by partner, the last one first."""
    found: defaultdict[int, list[Changed]] = defaultdict(list)
    those = [runs[key] for key in {move.run for move in moves} if runs[key].at_before]
    if not those:
        return found
    span = {"at__gt": min(run.at_before for run in those), "at__lte": max(run.at for run in those)}
    keys = sorted({move.partner for move in moves})
    conditions = dict.fromkeys(one for run in those for one in asked[run.pk] if _follows_stage(one))
    for relation in dict.fromkeys(CATALOG[one.field].relation for one in conditions):
        path = f"subject__{relation.partner}" if relation.partner else "subject"
        changes = relation.model.changes().objects.filter(**{f"{path}__any_of": keys}, **span)  # type: ignore[attr-defined]  # of HasStage
        for change in changes.select_related("subject").annotate(fact_of=F(path)).order_by("-at", "-pk"):
            found[change.fact_of].append(Changed(change.at, relation, _stage_words(change, relation)))
    return found


def _follows_stage(condition: Condition) -> bool:
    attribute = CATALOG[condition.field]
    model = attribute.relation.model
    return issubclass(model, HasStage) and attribute.path in model.kept_by_history()


def _stage_words(change: Any, relation: Relation) -> str:
    """“Outreach → Negotiating by editor”; of a row with a name of its own, that before it."""
    labels = relation.model.stages  # type: ignore[attr-defined]  # the same
    came, to = change.from_stage and labels(change.from_stage).label, labels(change.to_stage).label
    text = f"{came} → {to}" if came else _("new: %s") % to
    if relation.noun:
        text = f"{relation.noun} {bidi_isolate(str(change.subject))}: {text}"
    return (
        _("%(change)s by %(name)s") % {"change": text, "name": change.user_name} if change.user_name else text
    )


@dataclass(frozen=True)
class Row:
    """A row of a partner's, since when it is there, as far as that is kept, and its days by their paths."""

    name: str
    since: datetime | None
    days: Mapping[str, date | None]


def _rows(moves: Sequence[Move], asked: Asked) -> defaultdict[tuple[int, Relation], list[Row]]:
    """The rows with days that conditions compare with today, by partner; a query for each kind of row."""
    found: defaultdict[tuple[int, Relation], list[Row]] = defaultdict(list)
    paths: defaultdict[Relation, set[str]] = defaultdict(set)
    for condition in (one for run in {move.run for move in moves} for one in asked[run] if _can_pass(one)):
        attribute = CATALOG[condition.field]
        paths[attribute.relation].add(attribute.path)
    keys = sorted({move.partner for move in moves})
    for relation, some in paths.items():
        of = relation.partner or "pk"
        days = {f"fact_{path}": F(path) for path in some}
        rows = relation.model._default_manager.filter(**{f"{of}__any_of": keys})
        for row in rows.annotate(fact_of=F(of), fact_since=_since(relation.model), **days).order_by("pk"):
            name = bidi_isolate(str(row)) if relation.noun else ""
            values = {path: getattr(row, f"fact_{path}") for path in some}
            found[row.fact_of, relation].append(Row(name, row.fact_since, values))
    return found


def _can_pass(condition: Condition) -> bool:
    """Whether a day of a row passes its bounds when today changes; anniversaries come back every year."""
    days = condition.value
    if not isinstance(days, Days) or isinstance(days, StayDays):
        return False
    return days.is_relative and not days.token.is_anniversary


def _since(model: type[Model]) -> Subquery | Value:
    """When a row was new, as its history of stages says: of one that was made later with an earlier day for
    its stage, that day. When it was really made is kept nowhere.
    """
    if not issubclass(model, HasStage):
        return Value(None, DateTimeField())
    return Subquery(model.changes().objects.filter(subject=OuterRef("pk"), from_stage="").values("at")[:1])


def _passed(
    rows: Mapping[tuple[int, Relation], Sequence[Row]],
    partner: int,
    asked: Sequence[Condition],
    run: Any,
    moment: Moment,
) -> Iterator[str]:
    """“contract S-1, Contract End 1 Dec 2026: no longer in the next 7 days”; nothing of rows made later."""
    for condition in filter(_can_pass, asked):
        attribute, days = CATALOG[condition.field], condition.value
        for row in rows.get((partner, attribute.relation), ()):
            value = row.days[attribute.path]
            if value is None or (row.since and row.since > run.at):
                continue
            day = value.astimezone(moment.zone).date() if isinstance(value, datetime) else value
            before, now = (_is_within(day, days.range(today)) for today in (run.day_before, run.day))  # type: ignore[union-attr]  # `_can_pass`
            if before != now:
                yield _passed_words(attribute, row, value, days, is_within=now)


def _passed_words(attribute: Attribute, row: Row, value: date, days: Any, *, is_within: bool) -> str:
    pattern = (
        _("%(field)s %(value)s: now %(days)s") if is_within else _("%(field)s %(value)s: no longer %(days)s")
    )
    text = pattern % {"field": attribute.label, "value": attribute.text_of(value), "days": days}
    return f"{attribute.relation.noun} {row.name}, {text}" if row.name else text


def _is_within(day: date, asked: Any) -> bool:
    return (asked.start is None or asked.start <= day) and (asked.end is None or day < asked.end)
