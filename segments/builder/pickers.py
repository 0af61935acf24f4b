"""The lists from which the builder's rows choose their values, for what is counted before one is chosen."""

from typing import Any

from segments.attributes import Attribute
from segments.builder.forms import ConditionForm
from segments.builder.formset import Builder
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError
from segments.insight.choices import Picker
from segments.operators import ValueType


def picker_of(builder: Builder, row: ConditionForm) -> Picker | None:
    """The list of one of the builder's rows, among the other rows that are complete.

    None where the row has none, or where it can't be read.
    """
    try:
        condition = row.condition or _with_any_value(row)
        return _picker(builder, row, condition) if condition else None
    except DefinitionError:
        return None


def _with_any_value(row: ConditionForm) -> Condition | None:
    """What a row that waits for its first choice asks, with some choice."""
    value = _some_choice(row.attribute)
    if not (row.asked and row.waits_for and value):
        return None
    return Condition(row.attribute.key, row.asked.key, (value,))


def _some_choice(attribute: Attribute) -> Any:
    """A choice of the attribute's lists, there or not; None where nothing is chosen from a list."""
    options = attribute.options()
    return options[0].key if options else 1 if attribute.picks_from else None


def _picker(builder: Builder, row: ConditionForm, condition: Condition) -> Picker | None:
    if row.asked is None or row.asked.value_type is not ValueType.LIST or not _some_choice(row.attribute):
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
    chosen = condition.items if row.condition else ()
    return Picker(Definition(tuple(groups[:many]), tuple(groups[many:])), *place, chosen)
