"""Definitions as files, to be moved between installations.

What a definition picks by primary key is named as well, and the name decides when the file is read: another
installation gives other keys. Partners are known by their Partner ID everywhere.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from partners.core.limits import limits
from partners.core.lookups import AnyOf
from partners.core.names import MAX_NAME_LENGTH, fold, without_invisible
from partners.models import Partner
from segments.attributes import Attribute, quote_for_message, storable
from segments.conditions import CATALOG
from segments.definition import Definition
from segments.errors import DefinitionError
from segments.models import Segment

Model = type[models.Model]


class DefinitionFileError(DefinitionError):
    """A file can't be read as a segment; `reasons` are all that is wrong with it."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class SegmentFile:
    """What a file says: a name, which may be empty, a definition, and notes for the user."""

    name: str
    definition: Definition
    notes: tuple[str, ...]


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


def written(segment: Segment) -> str:
    """The segment's name and definition as readable JSON that `read` reads.

    DefinitionError if the definition is broken, or the file would be too large.
    """
    data = {"name": segment.name, **segment.read().to_json()}
    picks = list(_picks(data))
    here = Here(Pick(model, key, None) for _, model, condition in picks for key in condition["value"])
    for _attribute, model, condition in picks:
        names = here.names[model]
        condition["value"] = [
            {"id": key, "name": names[key]} if key in names else {"id": key} for key in condition["value"]
        ]
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    if len(text.encode()) > limits().segment_file_max_bytes:
        raise DefinitionFileError(
            _("As a file it would have more than the %s bytes that can be imported again.")
            % f"{limits().segment_file_max_bytes:,}"
        )
    return text


def read(content: bytes) -> SegmentFile:
    """What the file says, in this installation's keys; DefinitionFileError says all that is wrong with it."""
    try:
        data = _parsed(content)
        name = _name(data)
        picked = [
            (condition, [Pick.read(attribute, model, item) for item in condition["value"]])
            for attribute, model, condition in _picks(data)
        ]
        for condition, picks in picked:
            condition["value"] = [1] * len(picks)
        # Checked once with keys that are made up: errors of shape come before those about missing rows.
        Definition.from_json(data)
        here = Here(pick for _condition, picks in picked for pick in picks)
        for condition, picks in picked:
            condition["value"] = [here.key(pick) for pick in picks]
        if here.missing:
            raise DefinitionFileError(*here.missing)
        return SegmentFile(name, Definition.from_json(data), tuple(here.notes))
    except DefinitionFileError:
        raise
    except DefinitionError as error:
        raise DefinitionFileError(str(error)) from None


class Here:
    """The rows of this installation that picks mean, with two queries a model; collects what is missing."""

    def __init__(self, picks: Iterable[Pick]) -> None:
        self.missing: dict[str, None] = {}
        self.notes: dict[str, None] = {}
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
            words = {"kind": pick.model._meta.verbose_name, "name": quote_for_message(pick.name)}
            self.missing[_("There is no %(kind)s “%(name)s” here.") % words] = None
        return key

    def _with_key(self, pick: Pick) -> int | None:
        found = self.names[pick.model].get(pick.key) if pick.key else None
        words = {
            "kind": pick.model._meta.verbose_name,
            "key": pick.key,
            "name": quote_for_message(pick.name),
            "found": found,
        }
        if found is None:
            text = (
                _("There is no %(kind)s %(key)s, “%(name)s”, here.")
                if pick.name
                else _("There is no %(kind)s %(key)s here.")
            )
            self.missing[text % words] = None
            return None
        if pick.name is None:
            self.notes[_("The %(kind)s %(key)s has no name in the file: here it is “%(found)s”.") % words] = (
                None
            )
        elif fold(pick.name) != fold(found):
            self.notes[_("The %(kind)s %(key)s is “%(name)s” in the file, and “%(found)s” here.") % words] = (
                None
            )
        return pick.key


def _rows(model: Model, path: str, values: Collection[Any], name: str) -> Iterable[tuple[int, str]]:
    rows = model._default_manager.filter(**{f"{path}__{AnyOf.lookup_name}": sorted(values)})
    found: Iterable[tuple[int, str]] = rows.order_by().values_list("pk", name)
    return found


def _picks(data: Any) -> Iterator[tuple[Attribute, Model, dict[str, Any]]]:
    """The conditions that pick rows: attribute, the rows' model, and the condition itself.

    Anything of another shape is skipped: reading the definition reports it.
    """
    for group in _items(data, "any"):
        for condition in _items(group, "all"):
            if isinstance(condition, dict) and isinstance(condition.get("field"), str):
                attribute = CATALOG.get(condition["field"])
                if attribute and attribute.picks_from and isinstance(condition.get("value"), list):
                    yield attribute, attribute.picks_from, condition


def _items(data: Any, key: str) -> list[Any]:
    items = data.get(key) if isinstance(data, dict) else None
    return items if isinstance(items, list) else []


def _parsed(content: bytes) -> Any:
    if len(content) > limits().segment_file_max_bytes:
        raise DefinitionFileError(
            _("The file is too large to be a definition: at most %s bytes.")
            % f"{limits().segment_file_max_bytes:,}"
        )
    try:
        text = content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except DefinitionFileError:
        raise
    except UnicodeDecodeError:
        raise DefinitionFileError(_("The file is no text in UTF-8.")) from None
    except RecursionError:
        raise DefinitionFileError(_("The file is nested too deeply to be a definition.")) from None
    except json.JSONDecodeError as error:
        words = {"line": error.lineno, "column": error.colno}
        raise DefinitionFileError(
            _("The file is no JSON: line %(line)s, column %(column)s.") % words
        ) from None
    except ValueError:
        raise DefinitionFileError(_("The file has a number that is too long.")) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _value in pairs).items() if times > 1)
        raise DefinitionFileError(_("“%s” stands twice in one object.") % quote_for_message(twice))
    return found


def _no_number(constant: str) -> None:
    raise DefinitionFileError(_("“%s” is no number.") % constant)


def _name(data: Any) -> str:
    name = data.pop("name", "") if isinstance(data, dict) else ""
    if not isinstance(name, str) or not storable(name) or len(name) > MAX_NAME_LENGTH:
        raise DefinitionFileError(
            _("The segment's “name” has to be a text of at most %s characters.") % MAX_NAME_LENGTH
        )
    return without_invisible(name)
