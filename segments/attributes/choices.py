"""Fixed choices."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from partners.core.moment import Moment
from partners.core.names import fold
from partners.core.widgets import DrawnAtOnce
from segments.arrays import ArrayColumn, Codes, Mask, Rows
from segments.attributes.base import Attribute, Choice
from segments.attributes.texts import quote_for_message
from segments.constraints import ANY_ROW, RowConstraint, ValueSet
from segments.errors import DefinitionError
from segments.operators import Operator

MAX_CODES = 30_000
"""Fields with more choices are not kept in memory."""
Choices = type[models.TextChoices] | Iterable[tuple[str, Any]]
"""An enum, or keys with their labels."""


class ChoiceSelect(DrawnAtOnce, forms.SelectMultiple):
    """Fixed choices, each with its meaning."""

    size_of: Callable[[str], int] | None = None
    """How many partners the segment would have with a choice, where that has been counted."""

    def __init__(self, options: Sequence[Choice]) -> None:
        self.meanings = {option.key: option.meaning for option in options}
        choices = [(option.key, option.label) for option in options]
        super().__init__(attrs={"data-choices": "", "size": 5}, choices=choices)

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Hover and the drop-down tell what the choice means; its size stands behind it.

        A script, which asks for sizes itself, finds the name alone in `data-name`.
        """
        option = super().create_option(name, value, *args, **kwargs)
        own = {"title": self.meanings[value]}
        if self.size_of:
            own["data-name"] = option["label"]
            option["label"] = f"{option['label']} ({self.size_of(value):,})"
        return option | {"attrs": option["attrs"] | own}


@dataclass(frozen=True, kw_only=True)
class ChoiceAttribute(Attribute):
    """A field with fixed choices. `missing_choice` stands for “has no such row”."""

    choices: Choices
    """Keys and labels; members that are an enum's can carry a meaning and a tone."""
    missing_choice: Choice | None = None
    select_all: bool = False

    def options(self) -> list[Choice]:
        found = _members(self.choices)
        return [self.missing_choice, *found] if self.missing_choice else found

    def of_one_row(self) -> Attribute:
        return replace(self, missing_choice=None)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys that a row can have."""
        return _keys(self.choices)

    def text_of(self, value: Any) -> str:
        labels = {choice.key: choice.label for choice in _members(self.choices)}
        return str(labels.get(str(value)) or super().text_of(value))

    def read_item(self, item: object) -> str:
        if isinstance(item, str) and (item in self.keys or self.matches_missing((item,))):
            return item
        raise self._written(item) or self.not_one(item)

    def _written(self, item: object) -> DefinitionError | None:
        """How a choice is written that was named as people read it."""
        name = fold(item) if isinstance(item, str) else ""
        key = next((one.key for one in self.options() if name in (fold(one.key), fold(str(one.label)))), None)
        if key is None:
            return None
        words = {"item": quote_for_message(item), "key": key}
        return DefinitionError(_('“%(item)s” is written "%(key)s" in a definition.') % words)

    def list_widget(self) -> forms.Widget:
        return ChoiceSelect(self.options())

    def list_from_post(self, posted: Sequence[str]) -> list[Any]:
        return list(posted)

    def list_to_post(self, items: Sequence[str]) -> list[str]:
        return list(items)

    def fits_no_row(self, value: Any) -> bool:
        """No row has the stage that stands for having none."""
        if value is None:
            return super().fits_no_row(value)
        return not any(key in self.keys for key in value)

    def rows(self, operator: Operator, value: Any, moment: Moment) -> Q | None:
        """No row has the stage that stands for having none."""
        if value is None:
            return super().rows(operator, value, moment)
        stages = [key for key in value if key in self.keys]
        return super().rows(operator, stages, moment) if stages else None

    @cached_property
    def array(self) -> ArrayColumn | None:
        is_plain = "__" not in self.path and "" not in self.keys and len(self.keys) < MAX_CODES
        return ArrayColumn(self.path, Codes(tuple(sorted(self.keys)))) if is_plain else None

    def mask(self, operator: Operator, value: Any, rows: Rows, moment: Moment) -> Mask | None:
        """By code."""
        if value is None or self.array is None:
            return super().mask(operator, value, rows, moment)
        numbers = [self.array.encoding.number(key) for key in value if not self.matches_missing((key,))]
        return super().mask(operator, numbers, rows, moment)

    def asks_logged_rows_alone(self, _operator: Operator) -> bool:
        return "__" not in self.path

    @property
    def listed(self) -> ArrayColumn | None:
        return self.array

    def constraint(self, operator: Operator, value: Any) -> RowConstraint | None:
        """Where every choice is named, any row will do."""
        if value is None:
            return operator.constraint(self.path, value)
        values = frozenset(value) & self.keys
        if not values:
            return None
        return ANY_ROW if values == self.all_values() else operator.constraint(self.path, values)

    def all_values(self) -> ValueSet | None:
        return _all_values(self.relation.model, self.path, self.keys)

    def misfits(self) -> Iterator[str]:
        yield from super().misfits()
        if other := self.keys ^ {key for key, _label in self.column.flatchoices if key}:
            yield f"The choices of “{self.path}” are others; they differ in: {', '.join(sorted(other))}."
        if self.missing_choice and self.missing_choice.key in self.keys:
            yield f"“{self.missing_choice.key}” is a choice of its own already."
        if self.missing_choice and self.relation.partner is None:
            yield f"“{self.missing_choice.key}” stands for having no row, but a partner has one always."


def _members(choices: Choices) -> list[Choice]:
    if not isinstance(choices, type):
        return [Choice(key=key, label=label) for key, label in choices]
    return [
        Choice(
            key=member.value,
            label=member.label,
            meaning=getattr(member, "meaning", ""),
            tone=getattr(member, "tone", "closed"),
        )
        for member in choices
    ]


def _keys(choices: Choices) -> frozenset[str]:
    if isinstance(choices, type):
        return frozenset(choices.values)
    return frozenset(key for key, _label in choices)


@cache
def _all_values(model: type[models.Model], path: str, keys: frozenset[str]) -> ValueSet | None:
    """The choices, if a check constraint of the model's table allows no other."""
    checks = (one for one in model._meta.constraints if isinstance(one, models.CheckConstraint))
    return keys if any(_names_just(one.condition, path, keys) for one in checks) else None


def _names_just(condition: Any, path: str, keys: frozenset[str]) -> bool:
    """Whether the condition is `path__in` these keys."""
    match getattr(condition, "children", None):
        case [(str(lookup), list(values))]:
            return lookup == f"{path}__in" and frozenset(values) == keys
    return False
