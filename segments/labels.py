"""The names of what definitions refer to: one query a model, however many definitions and rows."""

import unicodedata
from collections.abc import Iterable
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext as _

from partners.lookups import Among
from partners.models import Partner
from segments.conditions import CATALOG
from segments.definition import Condition, Definition
from segments.kinds import ChoiceCondition, TypedCondition


class Labels:
    """Looks the names up once, then answers from memory."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        """`conditions` are all those whose values will be asked for."""
        wanted: dict[type[models.Model], set[int]] = {}
        for condition in conditions:
            if reference := CATALOG[condition.field].references(condition.value):
                wanted.setdefault(reference[0], set()).update(reference[1])
        self._names = {model: _names(model, ids) for model, ids in wanted.items()}

    @classmethod
    def of(cls, *definitions: Definition) -> "Labels":
        """The names in these definitions."""
        return cls(condition for definition in definitions for condition in definition.conditions())

    def name(self, model: type[models.Model], pk: int) -> str | None:
        """The row's name; None if it is gone."""
        return self._names.get(model, {}).get(pk)

    def values(self, condition: Condition) -> list[str]:
        """The condition's values as a person reads them."""
        kind = CATALOG[condition.field]
        if isinstance(kind, ChoiceCondition):
            labels = {option.key: str(option.label) for option in kind.options()}
            return [labels[str(key)] for key in condition.value]
        reference = kind.references(condition.value)
        if reference is None or isinstance(kind, TypedCondition):
            return [str(item) for item in condition.value]
        model, ids = reference
        return [isolated(self.name(model, pk) or _("(deleted)")) for pk in ids]

    def gone(self, condition: Condition) -> list[int]:
        """The primary keys that this condition names and no row has any more."""
        model, ids = CATALOG[condition.field].references(condition.value) or (Partner, ())
        return [pk for pk in ids if self.name(model, pk) is None]


def isolated(text: str) -> str:
    """The text so that letters read from right to left don't turn around what stands beside it."""
    turns = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    return f"\u2068{text}\u2069" if turns else text


def _names(model: type[models.Model], ids: set[int]) -> dict[int, str]:
    rows = cast("Any", model)._default_manager.filter(**{f"pk__{Among.lookup_name}": sorted(ids)})
    return {row.pk: str(row) for row in rows.order_by().only("pk", "name")}
