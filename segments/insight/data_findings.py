"""What looks wrong with a definition today.

Values that nobody has, exceptions that take nobody out, and segments that mean the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner
from segments.analysis.finding import ConditionPath, Finding, Fix, in_words, keyed, row_names
from segments.attributes import Attribute
from segments.compiler import compile_definition, row_condition
from segments.conditions import CATALOG
from segments.definition import Condition, Definition
from segments.definition import Value as Values
from segments.definition_cache import CachedDefinition
from segments.language.labels import Labels
from segments.language.sentences import MAX_SHOWN_VALUES, first_of, value_words
from segments.models import Segment
from segments.operators import ValueType
from segments.query.exists import exist_many
from segments.query.members import evaluator
from segments.query.row_clauses import RowClause

Question = tuple[str, str, Any]
"""A field, an operator, and a value that it takes."""


def data_findings(
    definition: Definition, labels: Labels, moment: Moment, *, segment: Segment | None, page: str = ""
) -> list[Finding]:
    """What can only be seen in the data, for a segment (None: a new one).

    By SQL two queries, and another one if it has exceptions.
    """
    try:
        with time_limit(seconds=limits().data_findings_timeout_s, page=page):
            today = [*_unmet(definition, labels, moment), *_idle_exceptions(definition, moment)]
    except TooSlowError:
        today = []
    return keyed(definition, [*_of_the_same_meaning(definition, segment), *today])


def _of_the_same_meaning(definition: Definition, segment: Segment | None) -> list[Finding]:
    others = Segment.objects.exclude(pk=segment.pk if segment else 0)
    found = equivalent_segments(definition, others.only("name", "definition"))
    if not found:
        return []
    named = tuple((other.pk, other.name) for other in found)
    return [Finding(kind="twin", text=_("This means the same as"), segments=named)]


def equivalent_segments(definition: Definition, segments: Iterable[Segment]) -> list[Segment]:
    """Those of the segments that always have the same partners; none if nobody can meet it."""
    wanted = CachedDefinition(definition).meaning
    return [segment for segment in segments if _meaning(segment) == wanted] if wanted else []


def equivalents_among(segments: Sequence[Segment]) -> dict[int, list[Segment]]:
    """For each of these segments, by primary key, the others of them that mean the same."""
    by_meaning: dict[frozenset[Any], list[Segment]] = {}
    for segment in segments:
        if found := _meaning(segment):
            by_meaning.setdefault(found, []).append(segment)
    alike = {segment.pk: several for several in by_meaning.values() for segment in several}
    return {
        segment.pk: [other for other in alike.get(segment.pk, []) if other is not segment]
        for segment in segments
    }


def _meaning(segment: Segment) -> frozenset[Any]:
    return segment.understood_or_nobody().meaning


def _unmet(definition: Definition, labels: Labels, moment: Moment) -> list[Finding]:
    """For each condition, the values that no row has today: one query."""
    names = row_names(definition)
    asked = {
        (number, index): _questions(condition, labels)
        for number, group in enumerate(definition.groups)
        for index, condition in enumerate(group.all)
    }
    questions = list(dict.fromkeys(question for several in asked.values() for question in several))
    unmet = _without_rows(questions[: limits().data_findings_max_values], moment)
    return [
        _finding(place, definition.groups[place[0]].all[place[1]], [one[2] for one in several], labels, names)
        for place, all_of_it in asked.items()
        if (several := [question for question in all_of_it if question in unmet])
    ]


def _idle_exceptions(definition: Definition, moment: Moment) -> list[Finding]:
    """Exceptions that take nobody out today, but for those that never do: by SQL in one query."""
    never = {one.places for one in CachedDefinition(definition).findings if one.kind == "idle exception"}
    within, names = Definition(definition.any), row_names(definition)
    places = [
        tuple(place for place in names if place[0] == number)
        for number in range(len(definition.any), len(definition.groups))
    ]
    if masks := evaluator(moment) if definition.excepted else None:
        inside = masks.of_definition(within)
        some = [masks.state.count(inside & masks.of_group(group)) > 0 for group in definition.excepted]
    else:
        some = exist_many(
            Partner.objects.filter(compile_definition(within, moment, and_also=group, correlated=True))
            for group in definition.excepted
        )
    text = _("%s: this exception takes out no partner today.")
    return [
        Finding(
            kind="idle exception today",
            text=text % in_words([names[one] for one in own], start=True),
            places=own,
        )
        for own, there in zip(places, some, strict=True)
        if not there and own not in never
    ]


def _questions(condition: Condition, labels: Labels) -> list[Question]:
    """What is looked for: picked values and texts. Typed IDs and deleted rows are named elsewhere."""
    attribute = CATALOG[condition.field]
    operator = attribute.operator(condition.operator)
    if _name_themselves(attribute, condition):
        return []
    gone = {(key,) for key in labels.gone(condition)}
    return [
        (attribute.key, operator.key, part)
        for part in operator.parts(condition.value)
        if part not in gone and not attribute.fits_no_row(part)
    ]


def _name_themselves(attribute: Attribute, condition: Condition) -> bool:
    """Whether its values name the rows that are asked about: those are there, unless they are deleted."""
    named = attribute.named(condition.value)
    return named is not None and named[0] is attribute.relation.model


def _without_rows(questions: list[Question], moment: Moment) -> set[Question]:
    """Those that no row answers; by SQL each is one look into an index, all in one query."""
    if masks := evaluator(moment):
        count = masks.state.count
        return {question for question in questions if not count(masks.of_clause(_clause(question)))}
    answers = exist_many(_some_row(question, moment) for question in questions)
    return {question for question, there in zip(questions, answers, strict=True) if not there}


def _clause(question: Question) -> RowClause:
    field, key, value = question
    conditions = (Condition(field, key, value),)
    return RowClause(CATALOG[field].relation, conditions, absent=False, negative=False)


def _some_row(question: Question, moment: Moment) -> QuerySet[Model]:
    field, key, value = question
    manager = CATALOG[field].relation.model._default_manager
    rows = row_condition([Condition(field, key, value)], moment)
    return manager.none() if rows is None else manager.filter(rows)


def _finding(
    place: ConditionPath,
    condition: Condition,
    parts: list[Any],
    labels: Labels,
    names: dict[ConditionPath, str],
) -> Finding:
    operator = CATALOG[condition.field].operator(condition.operator)
    words = {"row": in_words([names[place]], start=True)}
    if CATALOG[condition.field].asks_history:
        text = _("%(row)s: no partner meets it today.")
        return Finding(kind="unmet", text=text % words, places=(place,))
    if operator.value_type is not ValueType.LIST:
        words |= {"verb": str(operator.verb), "value": value_words(condition, labels)}
        text = _("%(row)s: no partner has one that %(verb)s %(value)s today.")
        return Finding(kind="unmet", text=text % words, places=(place,))
    values = [value for [value] in parts]
    shown = labels.values(replace(condition, value=cast("Values", tuple(values))))
    words["values"] = in_words(shown) if len(shown) <= MAX_SHOWN_VALUES else first_of(shown)
    left = cast("Values", tuple(value for value in condition.items if value not in values))
    label = _("Take %(values)s out of %(row)s") % {"values": words["values"], "row": names[place]}
    fix = Fix(label, instead=((place, replace(condition, value=left)),)) if left else None
    text = _("%(row)s: no partner has %(values)s today.")
    if CATALOG[condition.field].names_segments:
        text = _("%(row)s: no partner is in %(values)s today.")
    return Finding(kind="unmet", text=text % words, places=(place,), fix=fix)
