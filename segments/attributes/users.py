"""Users of the program, by their user names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from partners.core.actor import MAX_USER_NAME_LENGTH, staff
from partners.core.lookups import AnyOf
from partners.core.moment import Moment
from partners.core.widgets import DrawnAtOnce
from segments.arrays import ArrayColumn, Keys, Mask, Rows
from segments.attributes.base import Attribute
from segments.attributes.texts import storable
from segments.constraints import RowConstraint
from segments.operators import Operator, ValueType


class UserSelect(DrawnAtOnce, forms.SelectMultiple):
    """Staff to choose from, and whoever was chosen before."""

    def __init__(self) -> None:
        super().__init__(attrs={"data-choices": "", "size": 5})

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """As Django's."""
        self.choices = [(one, one) for one in dict.fromkeys([*staff_names(), *value])]
        return super().optgroups(name, cast("list[str]", value), attrs)


@dataclass(frozen=True, kw_only=True)
class UserAttribute(Attribute):
    """A user that a row refers to. Definitions have the user name, so that they mean the same elsewhere."""

    def missing_value(self) -> str:
        return _("Choose at least one user.")

    def read_item(self, item: object) -> str:
        """A user name; there need not be such a user."""
        name = item.strip() if isinstance(item, str) else ""
        if name and storable(name) and len(name) <= MAX_USER_NAME_LENGTH:
            return name
        raise self.not_one(item)

    @property
    def needs_its_rows(self) -> bool:
        return True

    @property
    def text_path(self) -> str:
        return f"{self.path}__username"

    def values_in_words(self, value: Any, name_of: Any) -> list[str]:  # noqa: ARG002 - names speak for themselves
        return [str(name) for name in value]

    def list_widget(self) -> forms.Widget:
        return UserSelect()

    def list_from_post(self, posted: Sequence[str]) -> list[Any]:
        return list(posted)

    def list_to_post(self, items: Sequence[str]) -> list[str]:
        return list(items)

    def rows(self, operator: Operator, value: Any, moment: Moment) -> Q | None:
        """Users are looked up first: theirs is a small table."""
        if operator.value_type is not ValueType.LIST:
            return super().rows(operator, value, moment)
        return Q(**{f"{self.path}__in": _users(value).values("pk")})

    @property
    def array(self) -> ArrayColumn:
        return ArrayColumn(self.path, Keys())

    def mask(self, operator: Operator, value: Any, rows: Rows, moment: Moment) -> Mask | None:
        """The same way."""
        if operator.value_type is not ValueType.LIST:
            return super().mask(operator, value, rows, moment)
        values = rows.values(self.array)
        return values.isin(list(_users(value).values_list("pk", flat=True))) if values else None

    def asks_logged_rows_alone(self, operator: Operator) -> bool:
        """Users change their names without a log."""
        return operator.value_type is not ValueType.LIST

    def named(self, value: Any) -> tuple[type[models.Model], str, tuple[Any, ...]] | None:
        """Users by name, so that names which nobody has are told."""
        return (User, "username", value) if isinstance(value, tuple) else None

    def constraint(self, operator: Operator, value: Any) -> RowConstraint:
        return operator.constraint(self.path, value)

    def misfits(self) -> Iterator[str]:
        yield from super().misfits()
        if self.column.related_model is not User:
            yield f"“{self.path}” does not refer to a user."


def staff_names() -> Iterable[str]:
    """The names of those who can be chosen."""
    return staff().values_list("username", flat=True)


def _users(names: Sequence[str]) -> QuerySet[User]:
    return User.objects.filter(**{f"username__{AnyOf.lookup_name}": list(names)}).order_by()
