"""What the templates draw of the rows: the forms, with their places, their picks' names and their numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from types import MappingProxyType
from typing import Generic, TypeVar

from partners.core.moment import Moment
from segments.builder.forms import ConditionForm, ConditionGroupForm, QuestionForm
from segments.builder.formset import Builder, GroupRows
from segments.days import Days
from segments.insight.choices import ChoiceNumbers
from segments.insight.funnel import ConditionNumbers, Funnel, GroupNumbers
from segments.language.calendar import MeantDays, meant_days

Form = TypeVar("Form", bound=QuestionForm)


@dataclass(frozen=True)
class DrawnQuestion(Generic[Form]):
    """A question as it is drawn."""

    builder: Builder
    moment: Moment
    form: Form
    number: int
    """Its place among those around it, from 1."""

    @cached_property
    def picked(self) -> list[tuple[int, str]]:
        """The picked rows as (primary key, name), with one query a model for the whole builder."""
        return self.form.picked(self.builder.name_of)

    @property
    def days(self) -> MeantDays | None:
        """The days that are asked for, as the moment has them."""
        value = self.form.condition.value if self.form.condition else None
        return meant_days(value, self.moment) if isinstance(value, Days) else None


@dataclass(frozen=True)
class DrawnRow(DrawnQuestion[ConditionForm]):
    """A row as it is drawn; `number` is its place among all on the screen."""

    numbers: ConditionNumbers | None
    """What the condition does to the segment, once it has been counted."""

    @cached_property
    def where(self) -> list[DrawnQuestion[QuestionForm]]:
        """What limits the rows that it counts."""
        return [
            DrawnQuestion(self.builder, self.moment, limit, place)
            for place, limit in enumerate(self.form.where, 1)
        ]


@dataclass(frozen=True)
class DrawnGroup:
    """A group as it is drawn: the rows inside its bracket, the others, and the choice of contract."""

    form: ConditionGroupForm
    number: int
    focus: str
    same: bool
    excepted: bool
    together: list[DrawnRow]
    apart: list[DrawnRow]
    numbers: GroupNumbers | None
    """What the group does to the segment, once it has been counted."""

    @property
    def rows(self) -> list[DrawnRow]:
        """All of them, in the order in which they are drawn."""
        return self.together + self.apart


def draw(
    builder: Builder,
    funnel: Funnel | None,
    moment: Moment,
    *,
    choices: Mapping[str, ChoiceNumbers] = MappingProxyType({}),
) -> list[DrawnGroup]:
    """The groups in their order, with the numbers of a funnel if they have been counted.

    `choices`: those of the lists that have been counted, by the prefix of the row.
    """
    for row in builder:
        if numbers := choices.get(row.state.prefix):
            row.show_sizes(numbers.of)
    places = count(1)
    counted = iter(funnel.groups if funnel else ())
    return [_drawn_group(builder, moment, group, places, next(counted, None)) for group in builder.groups]


def _drawn_group(
    builder: Builder, moment: Moment, group: GroupRows, places: Iterator[int], numbers: GroupNumbers | None
) -> DrawnGroup:
    by_row = dict(zip(group.rows, numbers.conditions, strict=True)) if numbers else {}

    def drawn(row: ConditionForm) -> DrawnRow:
        return DrawnRow(builder, moment, row, next(places), by_row.get(row))

    return DrawnGroup(
        form=group.form,
        number=group.number,
        focus=group.focus,
        same=group.same,
        excepted=group.excepted,
        together=[drawn(row) for row in group.together],
        apart=[drawn(row) for row in group.apart],
        numbers=numbers,
    )
