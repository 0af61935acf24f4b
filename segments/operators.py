"""The operators: what each is called, which value it takes, and what it asks of one row."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cache, reduce
from operator import or_
from typing import Any, ClassVar, cast

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.lookups import AnyOf
from partners.core.moment import Moment
from partners.core.names import fold
from segments.arrays import Array, Bools, Mask, Texts, Values
from segments.constraints import (
    Among,
    Contains,
    Empty,
    Intervals,
    RowConstraint,
    StartsWith,
    Within,
    not_understood,
    one_of,
    with_constraint,
)
from segments.days import Days


class ValueType(Enum):
    """What the value of a condition is."""

    LIST = "list"
    """One or more values; the order means nothing."""
    TEXT = "text"
    DAYS = "days"
    """A range of days (`segments.days`)."""
    NUMBER = "number"
    NUMBERS = "numbers"
    """A range of numbers, both ends included."""
    NOTHING = "nothing"
    """There is no value."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare. A negative one is the complement of the positive one with the same predicate."""

    value_type: ClassVar[ValueType]
    version: ClassVar[int] = 1
    """The version of the language that has it first."""

    key: str
    label: StrOrPromise
    negative: bool = False
    complement: str = ""
    """The key of the operator that holds for exactly the other partners; empty if there is none."""
    verb: StrOrPromise = ""
    """How its positive form reads in a sentence, before the text that it takes."""

    def predicate(self, path: str, value: Any, moment: Moment) -> Q:
        """What the positive form asks of a row that has the value's counterpart at this path of the ORM."""
        raise NotImplementedError

    def mask(self, _values: Values, _value: Any) -> Mask | None:
        """The rows that meet the positive form, by what they have; None where only SQL can tell.

        The value's items are numbers as the values are encoded. Who overrides `predicate` overrides this too,
        or SQL answers.
        """
        return None

    def constraint(self, path: str, value: Any) -> RowConstraint:
        """The same for proofs. Unless an operator says more, it follows only from itself."""
        return not_understood(path, type(self), value)

    def parts(self, _value: Any) -> Sequence[Any]:
        """The values into which this one comes apart, each worth a hint where no row has it; usually none."""
        return ()


class ListOperator(Operator):
    """The value is a list, and the row's is in it."""

    value_type = ValueType.LIST

    def predicate(self, path: str, value: Sequence[str] | Sequence[int], _moment: Moment) -> Q:
        """Short lists as they are: databases plan them best. Long ones as one parameter."""
        lookup = "in" if len(value) <= MAX_PLAIN_PARAMETERS else AnyOf.lookup_name
        return Q(**{f"{path}__{lookup}": list(value)})

    def mask(self, values: Values, value: Sequence[int]) -> Mask:
        return values.isin(value)

    def constraint(self, path: str, value: Sequence[str] | Sequence[int]) -> RowConstraint:
        return one_of(path, frozenset(value))

    def parts(self, value: Sequence[str] | Sequence[int]) -> list[tuple[str | int]]:
        return [(item,) for item in value]


class TextOperator(Operator):
    """The value is a text that is looked for in the row's folded one."""

    value_type = ValueType.TEXT

    def mask_of_names(self, _names: Texts, _value: str) -> Mask | None:
        """The rows that meet it, by their names. As of `mask`."""
        return None

    def parts(self, value: str) -> tuple[str]:
        return (value,)


class ContainsOperator(TextOperator):
    """The value is a text that occurs in the row's folded one."""

    def predicate(self, path: str, value: str, _moment: Moment) -> Q:
        """Django escapes `%`, `_` and the backslash."""
        return Q(**{f"{path}__contains": fold(value)})

    def mask_of_names(self, names: Texts, value: str) -> Mask:
        return names.containing(fold(value))

    def constraint(self, path: str, value: str) -> RowConstraint:
        return with_constraint(Contains(path, fold(value)))


class StartsWithOperator(TextOperator):
    """The value is a text that the row's folded one starts with."""

    def predicate(self, path: str, value: str, _moment: Moment) -> Q:
        """Django escapes `%`, `_` and the backslash."""
        return Q(**{f"{path}__startswith": fold(value)})

    def mask_of_names(self, names: Texts, value: str) -> Mask:
        return names.starting_with(fold(value))

    def constraint(self, path: str, value: str) -> RowConstraint:
        return with_constraint(StartsWith(path, fold(value)))


class WithinOperator(Operator):
    """The value is a range of days, and the row's day is in it. The attribute knows what is asked."""

    version = 2
    value_type = ValueType.DAYS

    def parts(self, value: Days) -> tuple[Days]:
        return (value,)

    def constraint(self, path: str, value: Days) -> RowConstraint:
        return with_constraint(Within(path, value))


class EmptyOperator(Operator):
    """There is nothing in the row. The attribute knows what is asked."""

    version = 2
    value_type = ValueType.NOTHING

    def constraint(self, path: str, _value: None) -> RowConstraint:
        return with_constraint(Empty(path, None))


@dataclass(frozen=True, slots=True)
class NumberOperator(Operator):
    """The value is a number, and the row's compares with it like this."""

    version = 2
    value_type = ValueType.NUMBER

    words: StrOrPromise = field(kw_only=True)
    """How a sentence says it before what is counted; `%s` stands for each number."""

    def constraint(self, path: str, value: Any) -> RowConstraint:
        return with_constraint(Among(path, self.intervals(value)))

    def intervals(self, value: Any) -> Intervals:
        """The numbers that meet it, as closed intervals of whole numbers from 0 on."""
        return INTERVALS[self.key](value)

    def is_met_by(self, number: int, value: Any) -> bool:
        """Whether this number meets it."""
        return any(low <= number <= high for low, high in self.intervals(value))

    def is_met_by_all(self, value: Any) -> bool:
        """Whether every number meets it."""
        return self.intervals(value) == at_least(Decimal(0))

    def is_met_by_all_from_1(self, value: Any) -> bool:
        """Whether every number but 0 meets it."""
        return self.intervals(value) == at_least(Decimal(1))

    def mask(self, values: Values, value: Any) -> Mask:
        def holds(part: Array) -> Bools:
            found = np.zeros(len(part), np.bool_)
            for low, high in self.intervals(value):
                found |= (part >= int(low)) & (part <= int(high) if high.is_finite() else True)
            return found

        return values.where(holds)

    def having(self, value: Any) -> Q:
        """What it asks of a column called `number`."""
        ranges = (
            Q(number__gte=int(low)) & (Q(number__lte=int(high)) if high.is_finite() else Q())
            for low, high in sorted(self.intervals(value))
        )
        return reduce(or_, ranges, Q()) or Q(number=None)


class NumbersOperator(NumberOperator):
    """The value is a range of numbers, and the row's is in it, or is not."""

    value_type = ValueType.NUMBERS


MAX_PLAIN_PARAMETERS = 50
"""Lists up to here are plain parameters: the largest definition has 400 lists, and SQLite takes 32,766."""

ANY_OF = ListOperator("any_of", _("is any of"), complement="none_of")
NONE_OF = ListOperator("none_of", _("is none of"), negative=True, complement="any_of")
CONTAINS = ContainsOperator("contains", _("contains"), complement="not_contains", verb=_("contains"))
NOT_CONTAINS = ContainsOperator(
    "not_contains", _("does not contain"), negative=True, complement="contains", verb=_("contains")
)
STARTS_WITH = StartsWithOperator("starts_with", _("starts with"), verb=_("starts with"))
WITHIN = WithinOperator("within", _("is"), complement="not_within", verb=_("is"))
NOT_WITHIN = WithinOperator("not_within", _("is not"), negative=True, complement="within", verb=_("is"))
IS_EMPTY = EmptyOperator("is_empty", _("is empty"), complement="is_not_empty")
IS_NOT_EMPTY = EmptyOperator("is_not_empty", _("is not empty"), negative=True, complement="is_empty")

LISTS = (ANY_OF, NONE_OF)
TEXTS = (CONTAINS, NOT_CONTAINS, STARTS_WITH)
DAYS = (WITHIN, NOT_WITHIN)
EMPTINESS = (IS_EMPTY, IS_NOT_EMPTY)
NUMBERS = (
    NumberOperator("at_least", _("at least"), complement="less_than", words=_("at least %s")),
    NumberOperator("less_than", _("less than"), complement="at_least", words=_("fewer than %s")),
    NumberOperator("more_than", _("more than"), complement="at_most", words=_("more than %s")),
    NumberOperator("at_most", _("at most"), complement="more_than", words=_("at most %s")),
    NumberOperator("equals", _("exactly"), complement="differs", words=_("exactly %s")),
    NumberOperator("differs", _("any number but"), complement="equals", words=_("fewer or more than %s")),
    NumbersOperator("between", _("between"), complement="not_between", words=_("%s to %s")),
    NumbersOperator(
        "not_between", _("not between"), complement="between", words=_("fewer than %s or more than %s")
    ),
)
"""None of them is negative: each names numbers, and no row is the number 0."""


@dataclass(frozen=True, slots=True)
class NumberRange:
    """From one number to another, both included."""

    low: Decimal
    high: Decimal


def at_least(number: Decimal) -> Intervals:
    """The whole numbers from this one on."""
    return frozenset({(number, Decimal("Infinity"))})


def below(number: Decimal) -> Intervals:
    """The whole numbers from 0 to before this one."""
    return frozenset({(Decimal(0), number - 1)}) if number > 0 else frozenset()


INTERVALS: dict[str, Callable[[Any], Intervals]] = {
    "at_least": at_least,
    "less_than": below,
    "more_than": lambda n: at_least(n + 1),
    "at_most": lambda n: below(n + 1),
    "equals": lambda n: frozenset({(n, n)}),
    "differs": lambda n: below(n) | at_least(n + 1),
    "between": lambda numbers: frozenset({(numbers.low, numbers.high)}),
    "not_between": lambda numbers: below(numbers.low) | at_least(numbers.high + 1),
}


def overridden_together(told: object, what: str, *others: str) -> bool:
    """Whether no class further down overrides one of the other methods without this one.

    A class that says something else to SQL inherits masks that are not about that: SQL has to answer then.
    """
    return _overridden_together(cast("Hashable", type(told)), what, *others)


@cache
def _overridden_together(kind: Hashable, what: str, *others: str) -> bool:
    classes = cast("type", kind).__mro__

    def place(name: str) -> int:
        return next((at for at, one in enumerate(classes) if name in vars(one)), len(classes))

    return place(what) <= min(map(place, others))
