"""A finding: something that looks wrong with a definition, in its maker's words, with its fix."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from django.utils.translation import gettext as _

from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group

ConditionPath = tuple[int, int]
"""A condition: the index of its group among all of the definition's, and its own in there."""


@dataclass(frozen=True)
class Fix:
    """One change of a definition: what it removes, what it puts elsewhere, where any contract may do."""

    label: str
    removes: tuple[ConditionPath, ...] = ()
    instead: tuple[tuple[ConditionPath, Condition], ...] = ()
    any_contract: int | None = None

    @property
    def touched(self) -> tuple[ConditionPath, ...]:
        """The conditions that it removes or replaces."""
        return self.removes + tuple(path for path, _condition in self.instead)

    def applied(self, definition: Definition) -> Definition:
        """The definition after the fix. A group without conditions is dropped."""
        instead = dict(self.instead)
        groups = []
        for number, group in enumerate(definition.groups):
            kept = tuple(
                instead.get((number, index), condition)
                for index, condition in enumerate(group.all)
                if (number, index) not in self.removes
            )
            contracts = "any" if number == self.any_contract else group.contracts
            groups.append(Group(kept, contracts))
        many = len(definition.any)
        return Definition(
            tuple(group for group in groups[:many] if group.all),
            tuple(group for group in groups[many:] if group.all),
        )


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that looks wrong. An error keeps the builder from saving a definition, a hint does not."""

    kind: str
    text: str
    places: tuple[ConditionPath, ...] = ()
    error: bool = False
    fix: Fix | None = None
    segments: tuple[tuple[int, str], ...] = ()
    """The other segments that it names: primary key and name."""
    key: str = ""
    """Names it among all findings of all definitions, so that nothing else is mended by mistake."""

    @property
    def place(self) -> ConditionPath | None:
        """The condition at which it stands: one that the fix changes, if any; None if it is about no one."""
        touched = self.fix.touched if self.fix else ()
        return next(iter((*touched, *reversed(self.places))), None)


def keyed(definition: Definition, found: Iterable[Finding]) -> list[Finding]:
    """The findings of this definition, each with its key."""
    whole = json.dumps(definition.to_json())
    return [
        replace(one, key=sha256(f"{whole}{one.kind}{one.places}".encode()).hexdigest()[:16]) for one in found
    ]


def row_names(definition: Definition) -> dict[ConditionPath, str]:
    """What the builder calls the conditions: by number in the order in which it draws them, and by field."""
    names: dict[ConditionPath, str] = {}
    for number, group in enumerate(definition.groups):
        for index in as_drawn(group):
            words = {"number": len(names) + 1, "field": CATALOG[group.all[index].field].label}
            names[number, index] = _("row %(number)s (%(field)s)") % words
    return names


def as_drawn(group: Group) -> list[int]:
    """The indexes of the group's conditions in the order in which the builder draws them."""
    together = [index for index, one in enumerate(group.all) if is_together(one)]
    first = together if len(together) > 1 else []
    return [*first, *(index for index in range(len(group.all)) if index not in first)]


def in_words(names: Sequence[str], *, start: bool = False) -> str:
    """“row 1, row 2 and row 3”; at the start of a sentence with a capital."""
    text = _(" and ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return text[:1].upper() + text[1:] if start else text


def is_together(condition: Condition) -> bool:
    """Whether it may ask about the same row as others of its group."""
    attribute = CATALOG[condition.field]
    return attribute.relation.one_row and not attribute.operator(condition.operator).negative
