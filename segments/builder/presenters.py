"""What the templates draw of the rows: the forms, with their places, their picks' names and their numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, pairwise
from typing import Generic, TypeVar

from partners.core.moment import Moment
from segments.analysis.finding import Finding
from segments.builder.evaluation import Evaluation
from segments.builder.forms import ConditionForm, ConditionGroupForm, QuestionForm
from segments.builder.formset import Builder, GroupRows
from segments.builder.pickers import questions_of
from segments.days import Days
from segments.insight.funnel import ConditionNumbers, GroupNumbers
from segments.language.calendar import MeantDays, meant_days

NOTHING_ASKED = Evaluation(frozenset())
MIN_BAR = 1.6
"""So many percent of a bar can still be seen."""
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
    bar: tuple[float, float] | None
    """How many of a hundred partners were left before it, and are after it."""
    findings: list[Finding]
    of_today: list[Finding]
    """What looks wrong with it by itself, and in the data."""

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
    builder: Builder, moment: Moment, found: Evaluation = NOTHING_ASKED, *, of_all: int | None = None
) -> list[DrawnGroup]:
    """The groups in their order, with the answers that were found; `of_all`: how many partners there are."""
    for _row, asking in questions_of(builder):
        if numbers := found.choices.get(asking.state.prefix):
            asking.show_sizes(numbers.of)
    places = count(1)
    counted = iter(found.funnel.groups if found.funnel else ())
    doubts = builder.by_row(builder.findings), builder.by_row(found.of_today or [])

    def drawn(group: GroupRows) -> DrawnGroup:
        numbers = next(counted, None) if group.complete else None
        by_row = dict(zip(group.complete, numbers.conditions, strict=True)) if numbers else {}
        bars = _bars([by_row[row] for row in group if row in by_row], of_all)
        rows = {
            row: DrawnRow(
                builder,
                moment,
                row,
                next(places),
                numbers=by_row.get(row),
                bar=next(bars, None) if row in by_row else None,
                findings=doubts[0].get(row, []),
                of_today=doubts[1].get(row, []),
            )
            for row in group
        }
        return DrawnGroup(
            form=group.form,
            number=group.number,
            focus=group.focus,
            same=group.same,
            excepted=group.excepted,
            together=[rows[row] for row in group.together],
            apart=[rows[row] for row in group.apart],
            numbers=numbers,
        )

    return [drawn(group) for group in builder.groups]


def _bars(rows: Sequence[ConditionNumbers], of_all: int | None) -> Iterator[tuple[float, float]]:
    """Of each row how many of a hundred partners are left before it and after it; few can still be seen."""
    left = [of_all or 0, *(row.remain for row in rows)]
    shares = [max(MIN_BAR, round(100 * number / of_all, 1)) if of_all and number else 0 for number in left]
    return pairwise(shares) if of_all else iter(())
