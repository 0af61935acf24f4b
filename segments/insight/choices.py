"""How many partners a segment would have with one more choice in a list of values: before it is chosen.

All choices of a list are counted at once, for each partner whom the choice would bring in or take out says
itself by which choices it does. It takes columns in memory; where there are none, nothing is counted.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from segments.arrays import Mask
from segments.attributes import Attribute
from segments.compiler import accept_absence, shares_row
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.nesting import trouble
from segments.query.columns.evaluation import Evaluator, listed_column
from segments.query.columns.histogram import partners_by_value
from segments.query.members import evaluator


@dataclass(frozen=True)
class ChoiceNumbers:
    """How many partners the segment would have with each choice; `rest`: with any choice that has no size."""

    sizes: Mapping[str, int]
    rest: int

    def of(self, choice: str) -> int:
        """The number for this choice, as a widget posts it."""
        return self.sizes.get(choice, self.rest)


@dataclass(frozen=True)
class Picker(ABC):
    """A list from which values are chosen, for a condition: by its place and that of its group.

    The definition has what is `chosen`; while nothing is, any value whatever.
    """

    definition: Definition
    group: int
    """Its place among the definition's `groups`."""
    condition: int
    chosen: tuple[Any, ...]

    @abstractmethod
    def numbers(self, masks: Evaluator) -> ChoiceNumbers | None:
        """What each choice would make of the segment; None where columns can't tell."""

    @property
    def whole(self) -> Group:
        """The group."""
        return self.definition.groups[self.group]

    @property
    def asked(self) -> Condition:
        """The condition."""
        return self.whole.all[self.condition]

    @property
    def is_exception(self) -> bool:
        """Whether the group's partners are left out."""
        return self.group >= len(self.definition.any)

    def others(self) -> tuple[Condition, ...]:
        """The other conditions of the group."""
        return self.whole.all[: self.condition] + self.whole.all[self.condition + 1 :]


@dataclass(frozen=True)
class ConditionPicker(Picker):
    """The list of a condition's own value."""

    @property
    def attribute(self) -> Attribute:
        """What is chosen from."""
        return CATALOG[self.asked.field]

    @property
    def negative(self) -> bool:
        """Whether who has what is chosen does not meet the condition."""
        return self.attribute.operator(self.asked.operator).negative

    def together(self) -> tuple[Condition, ...]:
        """Those of them that the same row has to meet."""
        if not shares_row(self.asked, self.whole):
            return ()
        on = self.attribute.relation
        return tuple(
            one for one in self.others() if CATALOG[one.field].relation == on and shares_row(one, self.whole)
        )

    def with_choice(self, choice: Any) -> Definition:
        """The definition with one more choice."""
        values = tuple(dict.fromkeys([*self.chosen, choice]))
        conditions = list(self.whole.all)
        conditions[self.condition] = replace(self.asked, value=values)
        groups = list(self.definition.groups)
        groups[self.group] = replace(self.whole, all=tuple(conditions))
        many = len(self.definition.any)
        return Definition(tuple(groups[:many]), tuple(groups[many:]))

    def numbers(self, masks: Evaluator) -> ChoiceNumbers | None:
        """All at once, or each choice of a few."""
        return _at_once(self, masks) or _one_by_one(self, masks)


def choice_numbers(picker: Picker, moment: Moment, *, page: str = "") -> ChoiceNumbers | None:
    """The numbers of a moment; None where there are no columns, or where these can't tell.

    `page` as in `time_limit`, with its SupersededError.
    """
    try:
        with time_limit(seconds=limits().preview_timeout_s, page=page):
            masks = evaluator(moment)
            if masks is None:
                return None
            if trouble(picker.definition, moment):
                return ChoiceNumbers({}, 0)
            return picker.numbers(masks)
    except TooSlowError:
        return None


def _at_once(picker: ConditionPicker, masks: Evaluator) -> ChoiceNumbers | None:
    """From those partners who could enter or leave, by the values that their rows have.

    With S the segment as it is, and with a choice more in a group, who meets the rest of the group and is in
    no other group and in no exception

    - enters for “any of”, if a row has the choice and meets what the same row has to meet,
    - leaves for “none of”, if any row has the choice.

    With a choice more in an exception it is the other way round, for those who are in a group.
    """
    attribute, column, state = picker.attribute, listed_column(picker.asked), masks.state
    rows, together = state.rows(attribute.relation), picker.together()
    among = masks.rows_meeting(together, rows) if rows else None
    if column is None or rows is None or among is None or rows.values(column) is None:
        return None
    movable, size = _who_can_move(picker, masks)
    sign = -1 if picker.negative is not picker.is_exception else 1
    value = tuple(picker.asked.items[:1])
    each_row = attribute.is_unique_per_partner(attribute.operator(picker.asked.operator), value)
    moved = partners_by_value(rows, column, among, movable, each_row=each_row)
    sizes = {column.encoding.value(number): size + sign * many for number, many in moved.items() if many}
    if attribute.missing_choice and accept_absence(together):
        # Who has no row at all; a choice of its own.
        without = movable & ~rows.owners()
        sizes[attribute.missing_choice.key] = size + sign * state.count(without)
    return ChoiceNumbers({str(key): number for key, number in sizes.items() if key is not None}, size)


def _who_can_move(picker: ConditionPicker, masks: Evaluator) -> tuple[Mask, int]:
    """Who would enter or leave with the right choice, and how many are in the segment as it is."""
    nobody, together = masks.state.nobody(), picker.together()
    rest = tuple(one for one in picker.others() if one not in together)
    met = masks.of_group(replace(picker.whole, all=rest)) if rest else ~nobody
    # “Any of nothing” is met by nobody, “none of nothing” by everybody.
    unless_chosen = met if picker.negative else nobody
    already = masks.of_group(picker.whole) if picker.chosen else unless_chosen
    deciding, size = decided_by(picker.definition, picker.group, already, masks)
    return deciding & (already if picker.negative else met & ~already), size


def decided_by(definition: Definition, at: int, meeting: Mask, masks: Evaluator) -> tuple[Mask, int]:
    """Who is in the segment or not by whether they meet one of its groups, whatever else they meet.

    And how many are in the segment, if this group is met by `meeting`.
    """
    many = len(definition.any)
    wholes = [
        meeting if place == at else masks.of_group(group) for place, group in enumerate(definition.groups)
    ]
    inside, out = map(masks.state.union, (wholes[:many], wholes[many:]))
    is_exception = at >= many
    others = masks.state.union(
        whole for place, whole in enumerate(wholes) if place != at and (place >= many) == is_exception
    )
    return ~others & (inside if is_exception else ~out), masks.state.count(inside & ~out)


def _one_by_one(picker: ConditionPicker, masks: Evaluator) -> ChoiceNumbers | None:
    """Where the choices are few: the segment with each of them."""
    choices: Iterable[str] = [option.key for option in picker.attribute.options()]
    sizes = {key: masks.state.count(masks.of_definition(picker.with_choice(key))) for key in choices}
    return ChoiceNumbers(sizes, 0) if sizes else None
