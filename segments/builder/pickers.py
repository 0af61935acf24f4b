"""The lists from which the builder's rows choose their values, for what is counted before one is chosen."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from segments.attributes import Attribute
from segments.builder.forms import ConditionForm, QuestionForm
from segments.builder.formset import Builder
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError
from segments.insight.choices import ConditionPicker, Picker
from segments.insight.limit_choices import LimitPicker
from segments.operators import ValueType


def questions_of(builder: Builder) -> Iterator[tuple[ConditionForm, QuestionForm]]:
    """Each row, and what it asks: that is the row itself, and then each of its limits."""
    for row in builder:
        yield row, row
        for limit in row.where:
            yield row, limit


def picker_of(builder: Builder, row: ConditionForm, asking: QuestionForm) -> Picker | None:
    """The list of one of the builder's rows, or of one of its limits, among the rows that are complete.

    None where there is no list, or where it can't be read.
    """
    if asking.asked is None or asking.asked.value_type is not ValueType.LIST:
        return None
    try:
        chosen = asking.condition or _with_any_value(asking)
        condition = chosen if asking is row or chosen is None else _with_limit(row, asking, chosen)
        return _picker(builder, row, asking, condition) if condition else None
    except DefinitionError:
        return None


def _with_any_value(asking: QuestionForm) -> Condition | None:
    """What a question that waits for its first choice asks, with some choice."""
    value = _some_choice(asking.attribute)
    if not (asking.asked and asking.waits_for and value):
        return None
    return Condition(asking.attribute.key, asking.asked.key, (value,))


def _some_choice(attribute: Attribute) -> Any:
    """A choice of the attribute's lists, there or not; None where nothing is chosen from a list."""
    options = attribute.options()
    return options[0].key if options else 1 if attribute.picks_from else None


def _with_limit(row: ConditionForm, asking: QuestionForm, chosen: Condition) -> Condition | None:
    """What the row asks with this limit and those that are complete; None where its own value is not."""
    where = (chosen if one is asking else one.condition for one in row.where)
    return replace(row.so_far, where=tuple(one for one in where if one)) if row.so_far else None


def _picker(
    builder: Builder, row: ConditionForm, asking: QuestionForm, condition: Condition
) -> Picker | None:
    if not _some_choice(asking.attribute):
        return None
    groups: list[Group] = []
    many, place = 0, (0, 0)
    for group in builder.groups:
        asked = [(one, condition if one is row else one.condition) for one in group.rows]
        complete = [(one, found) for one, found in asked if found]
        if not complete:
            continue
        for at, (one, _found) in enumerate(complete):
            place = (len(groups), at) if one is row else place
        many += not group.excepted
        groups.append(Group(tuple(found for _one, found in complete), group.form["contracts"].value()))
    if not many:
        return None  # Only who is left out is asked for yet: whatever is chosen, nobody is in it.
    definition = Definition(tuple(groups[:many]), tuple(groups[many:]))
    chosen = asking.condition.items if asking.condition else ()
    if asking is row:
        return ConditionPicker(definition, *place, chosen)
    before = [one for one in row.where[: row.where.index(asking)] if one.condition]
    return LimitPicker(definition, *place, chosen, len(before))
