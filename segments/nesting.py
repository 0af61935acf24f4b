"""Segments that name other segments: how these are defined now, and which of them can't be asked."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.core.moment import Moment
from segments.conditions import CATALOG
from segments.days import StayDays
from segments.definition import Condition, Definition
from segments.errors import DefinitionError

MAX_DEPTH = 5
MAX_CONDITIONS = 400
"""After all segments that a definition names have been put in their places."""
KEPT_AS = "definitions of segments"
TRACKED_KEPT_AS = "which segments are tracked"
GONE = gettext_lazy("A segment that %s names is gone.")

Named = Mapping[int, tuple[str, Definition | None]]
"""Segments by primary key: the name, and the definition; None for a broken one."""


def segments_named(conditions: Iterable[Condition]) -> set[int]:
    """The primary keys of the segments that some conditions name."""
    return set(_keys_named(conditions))


def _keys_named(conditions: Iterable[Condition]) -> list[int]:
    return [
        int(key)
        for condition in conditions
        if CATALOG[condition.field].names_segments
        for key in dict.fromkeys(condition.items)
    ]


def segments_watched(definition: Definition) -> set[int]:
    """The primary keys of the segments whose history it asks for; these are not put in their places."""
    values = (condition.value for condition in definition.conditions())
    return {value.segment for value in values if isinstance(value, StayDays)}


def definitions_at(keys: Iterable[int], moment: Moment) -> Named:
    """These segments as they are defined at the moment, each read once; without those that are gone."""
    kept: dict[int, tuple[str, Definition | None]] = moment.kept.setdefault(KEPT_AS, {})
    if missing := [key for key in keys if key not in kept]:
        rows = apps.get_model("segments", "Segment")._default_manager.filter(pk__any_of=sorted(missing))
        for pk, name, stored in rows.order_by().values_list("pk", "name", "definition"):
            kept[pk] = name, _read(stored)
    return {key: kept[key] for key in keys if key in kept}


def _untracked(keys: set[int], moment: Moment) -> list[int]:
    """Those of these segments that are not tracked at the moment; each is looked up once."""
    kept: dict[int, bool] = moment.kept.setdefault(TRACKED_KEPT_AS, {})
    if missing := sorted(keys - kept.keys()):
        trackings = apps.get_model("segments", "Tracking")._default_manager
        found = trackings.filter(segment__pk__any_of=missing).values_list("segment_id", flat=True)
        kept |= dict.fromkeys(missing, False) | dict.fromkeys(found, True)
    return sorted(key for key in keys if not kept[key])


def reachable(definitions: Iterable[Definition], moment: Moment) -> dict[int, tuple[str, Definition | None]]:
    """All segments that these definitions name, at any depth: a query for each level, however many."""
    found: dict[int, tuple[str, Definition | None]] = {}
    left = list(definitions)
    while left:
        wanted = segments_named(each for one in left for each in one.conditions()) - found.keys()
        named = definitions_at(sorted(wanted), moment)
        found |= named
        left = [definition for _name, definition in named.values() if definition]
    return found


def read_afresh(moment: Moment, *, known: Named = MappingProxyType({})) -> Moment:
    """The same moment, for which segments are read once more; those that are `known` are as given."""
    return replace(moment, kept={**moment.kept, KEPT_AS: dict(known), TRACKED_KEPT_AS: {}})


def _read(stored: object) -> Definition | None:
    try:
        return Definition.from_json(stored)
    except DefinitionError:
        return None


def with_all_named(definitions: Iterable[Definition], moment: Moment) -> list[Definition]:
    """The definitions, and those of all segments that they name, at any depth; without broken ones."""
    own = list(definitions)
    named = reachable(own, moment).values()
    return [*own, *(definition for _name, definition in named if definition)]


def inner_first(definition: Definition, moment: Moment) -> dict[int, tuple[str, Definition]]:
    """All segments that it names, at any depth, each after those that it names itself; without `trouble`."""
    found: dict[int, tuple[str, Definition]] = {}
    for key, (name, inner) in definitions_at(_keys_named(definition.conditions()), moment).items():
        if inner and key not in found:
            found |= {**inner_first(inner, moment), key: (name, inner)}
    return found


def trouble(definition: Definition, moment: Moment, *, own: int | None = None, name: str = "") -> str:
    """Why the segments that it names can't be put in their places, with the path to it; empty if they can.

    `own` and `name` are those of the segment whose definition it is, if it has been saved.
    """
    return _Walk(moment).trouble(definition, [own] if own else [], [name] if name else [])


class _Walk:
    """A walk along all paths from a definition to the segments that it names."""

    def __init__(self, moment: Moment) -> None:
        self.moment, self.conditions = moment, 0

    def trouble(self, definition: Definition, above: list[int], path: list[str], depth: int = 0) -> str:
        """What is wrong on this path or below; a diamond is fine, a circle is not.

        It ends: every definition has a condition, and only so many are looked at.
        """
        conditions = definition.conditions()
        self.conditions += len(conditions)
        if self.conditions > MAX_CONDITIONS and depth:
            words = {"path": in_words(path), "most": MAX_CONDITIONS}
            return (
                _("With the segments that it names it has more than %(most)s conditions: %(path)s.") % words
            )
        for key in _untracked(segments_watched(definition), self.moment):
            return self._not_tracked(key, path)
        named = _keys_named(conditions)
        found = definitions_at(dict.fromkeys(named), self.moment)
        for key in named:
            if key not in found:
                return GONE % (in_words(path) or _("it"))
            name, inner = found[key]
            longer = [*path, name]
            if key in above:
                return _("The segments name each other in a circle: %s.") % in_words(longer)
            if inner is None:
                return _("A segment that it names needs attention itself: %s.") % in_words(longer)
            if depth == MAX_DEPTH:
                words = {"path": in_words(longer), "most": MAX_DEPTH}
                return _("The segments name each other more than %(most)s deep: %(path)s.") % words
            if below := self.trouble(inner, [*above, key], longer, depth + 1):
                return below
        return ""

    def _not_tracked(self, key: int, path: list[str]) -> str:
        found = definitions_at([key], self.moment)
        if key not in found:
            return GONE % (in_words(path) or _("it"))
        words = in_words([*path, found[key][0]])
        return _("It asks who entered or left a segment that is not tracked: %s.") % words


def in_words(path: Iterable[str]) -> str:
    """“A” → “B” → “A”."""
    return " → ".join(f"“{name}”" for name in path)
