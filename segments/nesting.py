"""Segments that name other segments: how these are defined now, and which of them can't be asked."""

from collections.abc import Iterable, Mapping

from django.apps import apps
from django.utils.translation import gettext as _

from segments.conditions import CATALOG
from segments.definition import Condition, Definition
from segments.errors import DefinitionError
from segments.moment import Moment

MAX_DEPTH = 5
MAX_CONDITIONS = 400
"""After all segments that a definition names have been put in their places."""
KEPT_AS = "definitions of segments"

Named = Mapping[int, tuple[str, Definition | None]]
"""Segments by primary key: the name, and the definition; None for a broken one."""


def segments_named(conditions: Iterable[Condition]) -> set[int]:
    """The primary keys of the segments that some conditions name."""
    return {
        int(key)
        for condition in conditions
        if CATALOG[condition.field].names_segments
        for key in condition.items
    }


def definitions_at(keys: Iterable[int], moment: Moment) -> Named:
    """These segments as they are defined at the moment, each read once; without those that are gone."""
    kept: dict[int, tuple[str, Definition | None]] = moment.kept.setdefault(KEPT_AS, {})
    if missing := [key for key in keys if key not in kept]:
        # Of what has not been read yet, all that other segments name: they will be asked for next.
        rows = apps.get_model("segments", "Segment")._default_manager.filter(pk__any_of=sorted(missing))
        for pk, name, stored in rows.order_by().values_list("pk", "name", "definition"):
            kept[pk] = name, _read(stored)
    return {key: kept[key] for key in keys if key in kept}


def _read(stored: object) -> Definition | None:
    try:
        return Definition.from_json(stored)
    except DefinitionError:
        return None


def with_all_named(definitions: Iterable[Definition], moment: Moment) -> list[Definition]:
    """The definitions, and those of all segments that they name, at any depth; without broken ones."""
    found, seen = list(definitions), set[int]()
    left = found.copy()
    while left:
        wanted = segments_named(each for one in left for each in one.conditions()) - seen
        named = definitions_at(sorted(wanted), moment).values()
        left = [definition for _name, definition in named if definition]
        found += left
        seen |= wanted
    return found


def trouble(definition: Definition, moment: Moment, *, own: int | None = None, name: str = "") -> str:
    """Why the segments that it names can't be put in their places, with the path to it; empty if they can.

    `own` and `name` are those of the segment whose definition it is, if it has been saved.
    """
    names = [name] if name else []
    return _Walk(moment).trouble(definition, (own,) if own else (), names) or ""


class _Walk:
    """A walk along all paths from a definition to the segments that it names."""

    def __init__(self, moment: Moment) -> None:
        self.moment, self.conditions = moment, 0

    def trouble(self, definition: Definition, above: tuple[int, ...], names: list[str]) -> str:
        """What is wrong on this path or below; a diamond is fine, a circle is not."""
        self.conditions += len(definition.conditions())
        if self.conditions > MAX_CONDITIONS and above:
            return _("With the segments that it names, it has more than %s conditions.") % MAX_CONDITIONS
        wanted = segments_named(definition.conditions())
        found = definitions_at(sorted(wanted), self.moment)
        for key in sorted(wanted):
            if key not in found:
                return _("A segment that it names is gone.")
            name, inner = found[key]
            path = [*names, name]
            if key in above:
                return _("The segments name each other in a circle: %s.") % _in_words(path)
            if inner is None:
                return _("The segment “%s” needs attention itself.") % name
            if len(above) >= MAX_DEPTH:
                words = {"path": _in_words(path), "most": MAX_DEPTH}
                return _("The segments name each other more than %(most)s deep: %(path)s.") % words
            if below := self.trouble(inner, (*above, key), path):
                return below
        return ""


def _in_words(path: list[str]) -> str:
    return " → ".join(f"“{name}”" for name in path)
