"""Rows that the definitions in a file pick: how they are written, and which rows they are here."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from partners.core.lookups import AnyOf
from partners.core.names import fold, without_invisible
from partners.models import Partner
from segments.attributes import MAX_VALUES, Attribute, quote_for_message, storable
from segments.conditions import CATALOG
from segments.errors import DefinitionFileError

Model = type[models.Model]
MAX_REMARKS = 20
NO_SUCH_NAME = gettext_lazy("There is no %(kind)s “%(name)s” here.")
NO_SUCH_KEY = gettext_lazy("There is no %(kind)s %(key)s here.")
NO_SUCH_ROW = gettext_lazy("There is no %(kind)s %(key)s, “%(name)s”, here.")
CALLED_HERE = gettext_lazy("The %(kind)s %(key)s has no name in the file: here it is “%(found)s”.")
CALLED_OTHERWISE = gettext_lazy("The %(kind)s %(key)s is “%(name)s” in the file, and “%(found)s” here.")


@dataclass(frozen=True)
class Pick:
    """A picked row as a file has it."""

    model: Model
    key: int | None
    name: str | None

    @classmethod
    def read(cls, attribute: Attribute, model: Model, item: Any) -> "Pick":
        """From `{"id": 3, "name": "Blocked"}`, one of the two, or the bare key."""
        if not isinstance(item, dict):
            return cls(model, attribute.read_id(item), None)
        for part in item:
            if part not in ("id", "name"):
                raise DefinitionFileError(
                    _("A picked %(kind)s has an “id” and a “name”, not “%(part)s”.")
                    % {"kind": model._meta.verbose_name, "part": quote_for_message(part)}
                )
        key = attribute.read_id(item["id"]) if "id" in item else None
        name = item.get("name")
        if "name" in item and not isinstance(name, str):
            raise attribute.not_one(name)
        if model is Partner and key is None:
            raise DefinitionFileError(_("A picked partner needs its Partner ID, “id”."))
        if model is not Partner and name is None:
            words = {"kind": model._meta.verbose_name, "key": quote_for_message(key)}
            raise DefinitionFileError(
                _("The %(kind)s %(key)s has no name. It was deleted where the file was made.") % words
            )
        return cls(model, key, None if name is None else without_invisible(name))


class Remarks:
    """What there is to say about single rows, each once: in full of the first few, of the rest how many."""

    def __init__(self) -> None:
        self._first: dict[str, None] = {}
        self._more = 0

    def add(self, text: StrOrPromise, pick: Pick, **words: str) -> None:
        """Say this of a pick, unless enough is said already."""
        if len(self._first) == MAX_REMARKS:
            self._more += 1
            return
        kind, name = pick.model._meta.verbose_name, quote_for_message(pick.name)
        self._first[str(text) % {"kind": kind, "key": pick.key, "name": name, **words}] = None

    def __iter__(self) -> Iterator[str]:
        yield from self._first
        if self._more:
            yield _("And %s more like these.") % f"{self._more:,}"


class Here:
    """The rows of this installation that picks mean, with two queries a model; collects what is missing."""

    def __init__(self, picks: Iterable[Pick]) -> None:
        self.missing = Remarks()
        self.notes = Remarks()
        keys: dict[Model, set[int]] = defaultdict(set)
        names: dict[Model, set[str]] = defaultdict(set)
        for pick in picks:
            if pick.key is not None:
                keys[pick.model].add(pick.key)
            if pick.name is not None and storable(pick.name):
                names[pick.model].add(fold(pick.name))
        self.names = defaultdict(
            dict, {model: dict(_rows(model, "pk", keys[model], "name")) for model in keys}
        )
        self._keys = {
            model: {name: key for key, name in _rows(model, "name_folded", names[model], "name_folded")}
            for model in names
        }

    def key(self, pick: Pick) -> int | None:
        """The primary key of the row here; None, with a message in `missing`, if there is none."""
        if pick.model is Partner or pick.name is None:
            return self._with_key(pick)
        key = self._keys.get(pick.model, {}).get(fold(pick.name))
        if key is None:
            self.missing.add(NO_SUCH_NAME, pick)
        return key

    def _with_key(self, pick: Pick) -> int | None:
        found = self.names[pick.model].get(pick.key) if pick.key else None
        if found is None:
            self.missing.add(NO_SUCH_ROW if pick.name else NO_SUCH_KEY, pick)
            return None
        if pick.name is None:
            self.notes.add(CALLED_HERE, pick, found=found)
        elif fold(pick.name) != fold(found):
            self.notes.add(CALLED_OTHERWISE, pick, found=found)
        return pick.key


def _rows(model: Model, path: str, values: Collection[Any], name: str) -> Iterable[tuple[int, str]]:
    rows = model._default_manager.filter(**{f"{path}__{AnyOf.lookup_name}": sorted(values)})
    found: Iterable[tuple[int, str]] = rows.order_by().values_list("pk", name)
    return found


@dataclass(frozen=True)
class Picked:
    """What one condition picks, where the JSON of a definition has it: a list, or the segment of a stay."""

    attribute: Attribute
    model: Model
    held_by: dict[str, Any]
    key: str

    @property
    def items(self) -> list[Any]:
        """The picked rows."""
        found = self.held_by[self.key]
        return found if isinstance(found, list) else [found]

    def put(self, items: list[Any]) -> None:
        """Have these in their place."""
        self.held_by[self.key] = items if isinstance(self.held_by[self.key], list) else items[0]


def picked_in(data: Any) -> Iterator[Picked]:
    """The rows that conditions pick.

    Anything of another shape or size is skipped: reading the definition reports it.
    """
    for condition in conditions_in(data):
        attribute, value = CATALOG.get(condition["field"]), condition.get("value")
        if attribute is None or attribute.picks_from is None:
            continue
        if attribute.asks_history:
            if isinstance(value, dict) and not isinstance(value.get("segment", []), list):
                yield Picked(attribute, attribute.picks_from, value, "segment")
        elif isinstance(value, list) and len(value) <= MAX_VALUES:
            yield Picked(attribute, attribute.picks_from, condition, "value")


def conditions_in(data: Any) -> Iterator[dict[str, Any]]:
    """The conditions of a definition as JSON has it, whatever it holds; each has a text for its field."""
    for group in (*_items(data, "any"), *_items(data, "except")):
        for outer in _items(group, "all"):
            for condition in (outer, *_items(outer, "where")):
                if isinstance(condition, dict) and isinstance(condition.get("field"), str):
                    yield condition


def _items(data: Any, key: str) -> list[Any]:
    items = data.get(key) if isinstance(data, dict) else None
    return items if isinstance(items, list) else []
