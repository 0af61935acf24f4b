"""The names of what definitions refer to: one query a model, however many definitions and rows."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import IntegerField, QuerySet, Value
from django.utils.translation import gettext as _

from partners.core.lookups import AnyOf
from partners.models import Partner
from segments.conditions import CATALOG
from segments.definition import Condition, Definition

NameSource = tuple[type[models.Model], str]
"""A model, and the path by which its rows are named."""


class Labels:
    """Looks the names up once, all in one query, then answers from memory."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        """`conditions` are all those whose values will be asked for, and bring along what limits them."""
        wanted: dict[NameSource, set[Any]] = {}
        for condition in (each for one in conditions for each in (one, *one.where)):
            if named := CATALOG[condition.field].named(condition.value):
                wanted.setdefault((named[0], named[1]), set()).update(named[2])
        self._names = _names(wanted)

    @classmethod
    def of(cls, *definitions: Definition) -> "Labels":
        """The names in these definitions."""
        return cls(condition for definition in definitions for condition in definition.conditions())

    @classmethod
    def of_picks(cls, *definitions: Definition) -> "Labels":
        """The names of the rows that these definitions need; typed IDs are not looked for."""
        return cls(
            condition
            for definition in definitions
            for condition in definition.conditions()
            if CATALOG[condition.field].needs_its_rows
        )

    @classmethod
    def remembered(cls, *kept: dict[str, dict[str, str]]) -> "Labels":
        """Of names that `kept` once gave; the later ones win."""
        labels = cls(())
        for model in filter(None, {attribute.picks_from for attribute in CATALOG.values()}):
            rows = {pk: name for names in kept for pk, name in names.get(model._meta.label, {}).items()}
            labels._names[model, "pk"] = {int(pk): name for pk, name in rows.items()}
        return labels

    def kept(self) -> dict[str, dict[str, str]]:
        """The names of rows found by primary key, as JSON can keep them."""
        return {
            model._meta.label: {str(pk): name for pk, name in rows.items()}
            for (model, path), rows in self._names.items()
            if path == "pk" and rows
        }

    def name(self, model: type[models.Model], pk: int) -> str | None:
        """The row's name; None if it is gone."""
        return self._names.get((model, "pk"), {}).get(pk)

    def values(self, condition: Condition) -> list[str]:
        """The condition's values as people read them, each once: names in quotes, as they may hold commas."""
        attribute = CATALOG[condition.field]
        value_format = attribute.value_format(attribute.operator(condition.operator))
        if value_format and not attribute.named(condition.value):
            return [words] if (words := value_format.words(condition.value)) else []
        return attribute.values_in_words(tuple(dict.fromkeys(condition.items)), self.quoted)

    def quoted(self, model: type[models.Model], pk: int) -> str:
        """“VIP”; the Partner ID that stands after a partner's name stays outside."""
        name = self.name(model, pk)
        if not name:
            return _("(deleted)")
        key = f" ({pk})"
        return f"“{bidi_isolate(name.removesuffix(key))}”{key if name.endswith(key) else ''}"

    def gone(self, condition: Condition) -> list[Any]:
        """What this condition names and no row is, or no row any more: primary keys, or typed IDs."""
        model, path, values = CATALOG[condition.field].named(condition.value) or (Partner, "pk", ())
        known = self._names.get((model, path), {})
        return [value for value in values if value not in known]


def bidi_isolate(text: str) -> str:
    """The text so that letters read from right to left don't turn around what stands beside it."""
    turns = not text.isascii() and any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    return f"\u2068{text}\u2069" if turns else text


def _names(wanted: dict[NameSource, set[Any]]) -> dict[NameSource, dict[Any, str]]:
    """What is found: the row's name by its primary key, or what was looked for by itself."""
    found: dict[NameSource, dict[Any, str]] = {source: {} for source in wanted}
    sources = list(wanted)
    # One row of each model says how all are written: making each costs more than all else here.
    rows: list[Any] = [model() for model, _path in sources]
    queries = [_rows(number, source, wanted[source]) for number, source in enumerate(sources)]
    if queries:
        for number, pk, text in queries[0].union(*queries[1:], all=True):
            if sources[number][1] == "pk":
                rows[number].pk, rows[number].name = pk, text
                found[sources[number]][pk] = str(rows[number])
            else:
                found[sources[number]][text] = text
    return found


def _rows(number: int, source: NameSource, values: set[Any]) -> QuerySet[Any, Any]:
    model, path = source
    rows = model._default_manager.filter(**{f"{path}__{AnyOf.lookup_name}": sorted(values)})
    text = "name" if path == "pk" else path
    return rows.order_by().values_list(Value(number, IntegerField()), "pk", text)
