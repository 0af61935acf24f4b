"""The operators: what each is called, which value it takes, and what it asks of one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.lookups import AnyOf
from partners.core.names import fold
from segments.constraints import Contains, RowConstraint, StartsWith, not_understood, one_of, with_text
from segments.moment import Moment


class ValueType(Enum):
    """What the value of a condition is."""

    LIST = "list"
    """One or more values; the order means nothing."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare. A negative one is the complement of the positive one with the same predicate."""

    value_type: ClassVar[ValueType]

    key: str
    label: StrOrPromise
    negative: bool = False
    verb: StrOrPromise = ""
    """How its positive form reads in a sentence, before the text that it takes."""

    def predicate(self, path: str, value: Any, moment: Moment) -> Q:
        """What the positive form asks of a row that has the value's counterpart at this path of the ORM."""
        raise NotImplementedError

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

    def constraint(self, path: str, value: Sequence[str] | Sequence[int]) -> RowConstraint:
        return one_of(path, frozenset(value))

    def parts(self, value: Sequence[str] | Sequence[int]) -> list[tuple[str | int]]:
        return [(item,) for item in value]


class TextOperator(Operator):
    """The value is a text that is looked for in the row's folded one."""

    value_type = ValueType.TEXT

    def parts(self, value: str) -> tuple[str]:
        return (value,)


class ContainsOperator(TextOperator):
    """The value is a text that occurs in the row's folded one."""

    def predicate(self, path: str, value: str, _moment: Moment) -> Q:
        """Django escapes `%`, `_` and the backslash."""
        return Q(**{f"{path}__contains": fold(value)})

    def constraint(self, path: str, value: str) -> RowConstraint:
        return with_text(Contains(path, fold(value)))


class StartsWithOperator(TextOperator):
    """The value is a text that the row's folded one starts with."""

    def predicate(self, path: str, value: str, _moment: Moment) -> Q:
        """Django escapes `%`, `_` and the backslash."""
        return Q(**{f"{path}__startswith": fold(value)})

    def constraint(self, path: str, value: str) -> RowConstraint:
        return with_text(StartsWith(path, fold(value)))


MAX_PLAIN_PARAMETERS = 50
"""Lists up to here are plain parameters: the largest definition has 400 lists, and SQLite takes 32,766."""

ANY_OF = ListOperator("any_of", _("is any of"))
NONE_OF = ListOperator("none_of", _("is none of"), negative=True)
CONTAINS = ContainsOperator("contains", _("contains"), verb=_("contains"))
NOT_CONTAINS = ContainsOperator("not_contains", _("does not contain"), negative=True, verb=_("contains"))
STARTS_WITH = StartsWithOperator("starts_with", _("starts with"), verb=_("starts with"))

LISTS = (ANY_OF, NONE_OF)
TEXTS = (CONTAINS, NOT_CONTAINS, STARTS_WITH)
