"""How many partners a segment would have with one more choice in a list of values: before it is chosen.

All choices of a list are counted at once, for each partner whom the choice would bring in or take out says
itself by which choices it does. It takes columns in memory; where there are none, nothing is counted.
"""

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
class Picker:
    """A list from which values are chosen: that of a condition, by its place and that of its group.

    The definition has the condition with what is `chosen`; while nothing is, with any value whatever.
    """

    definition: Definition
    group: int
    """Its place among the definition's `groups`."""
    condition: int
    chosen: tuple[Any, ...]

    @property
    def whole(self) -> Group:
        """The group."""
        return self.definition.groups[self.group]

    @property
    def asked(self) -> Condition:
        """The condition."""
        return self.whole.all[self.condition]

    @property
    def attribute(self) -> Attribute:
        """What is chosen from."""
        return CATALOG[self.asked.field]

    @property
    def negative(self) -> bool:
        """Whether who has what is chosen does not meet the condition."""
        return self.attribute.operator(self.asked.operator).negative

    @property
    def is_exception(self) -> bool:
        """Whether the group's partners are left out."""
        return self.group >= len(self.definition.any)

    def others(self) -> tuple[Condition, ...]:
        """The other conditions of the group."""
        return self.whole.all[: self.condition] + self.whole.all[self.condition + 1 :]

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


@dataclass(frozen=True)
class ChoiceNumbers:
    """How many partners the segment would have with each choice; `rest`: with any choice that has no size."""

    sizes: Mapping[str, int]
    rest: int

    def of(self, choice: str) -> int:
        """The number for this choice, as a widget posts it."""
        return self.sizes.get(choice, self.rest)


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
            return _at_once(picker, masks) or _one_by_one(picker, masks)
    except TooSlowError:
        return None


def _at_once(picker: Picker, masks: Evaluator) -> ChoiceNumbers | None:
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
    are_once = attribute.is_unique_per_partner(attribute.operator(picker.asked.operator), value)
    moved = partners_by_value(rows, column, among, movable, are_once=are_once)
    sizes = {column.encoding.value(number): size + sign * many for number, many in moved.items() if many}
    if attribute.missing_choice and accept_absence(together):
        # Who has no row at all; a choice of its own.
        without = movable & ~rows.owners()
        sizes[attribute.missing_choice.key] = size + sign * state.count(without)
    return ChoiceNumbers({str(key): number for key, number in sizes.items() if key is not None}, size)


def _who_can_move(picker: Picker, masks: Evaluator) -> tuple[Mask, int]:
    """Who would enter or leave with the right choice, and how many are in the segment as it is."""
    nobody, together = masks.state.nobody(), picker.together()
    rest = tuple(one for one in picker.others() if one not in together)
    met = masks.of_group(replace(picker.whole, all=rest)) if rest else ~nobody
    # “Any of nothing” is met by nobody, “none of nothing” by everybody.
    unless_chosen = met if picker.negative else nobody
    already = masks.of_group(picker.whole) if picker.chosen else unless_chosen
    wholes = [
        already if at == picker.group else masks.of_group(group)
        for at, group in enumerate(picker.definition.groups)
    ]
    many = len(picker.definition.any)
    inside, out = map(masks.state.union, (wholes[:many], wholes[many:]))
    beside = [*wholes]
    beside.pop(picker.group)
    others = masks.state.union(beside[many:] if picker.is_exception else beside[: many - 1])
    own = already if picker.negative else met & ~already
    movable = own & ~others & (inside if picker.is_exception else ~out)
    return movable, masks.state.count(inside & ~out)


def _one_by_one(picker: Picker, masks: Evaluator) -> ChoiceNumbers | None:
    """Where the choices are few: the segment with each of them."""
    choices: Iterable[str] = [option.key for option in picker.attribute.options()]
    sizes = {key: masks.state.count(masks.of_definition(picker.with_choice(key))) for key in choices}
    return ChoiceNumbers(sizes, 0) if sizes else None
