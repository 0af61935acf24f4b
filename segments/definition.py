"""What a segment means, as data: any of its groups, each all of its conditions.

A definition that exists is valid: each part checks itself when it is made, here its structure and limits, by
the catalog its field, operator and value. So it can be compiled without another look. Definitions
from outside are read by `Definition.from_json`.
"""

from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeVar

from django.utils.translation import gettext as _

from segments.attributes import Attribute, quote_for_message
from segments.conditions import CATALOG
from segments.days import Days
from segments.errors import DefinitionError
from segments.operators import NumberRange

VERSIONS = (1, 2)
"""Of the language. What needs nothing new is written as version 1, and so stays equal to what is stored."""
MAX_GROUPS = 20
MAX_CONDITIONS = 20
MAX_WHERE = 5
MAX_VALUES_ALTOGETHER = 200_000
"""In all conditions of a definition: more are no form that can be sent, or a page that can be shown."""

Contracts = Literal["same", "any"]
Value = tuple[str, ...] | tuple[int, ...] | str | Days | Decimal | NumberRange | None
Data = TypeVar("Data")
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about a partner: a field of the catalog, one of its operators, and the value it takes.

    The value may be given as JSON has it; DefinitionError says what is wrong with the condition. `where`
    limits the rows that are counted: all of it holds for one and the same row.
    """

    field: str
    operator: str
    value: Value = None
    where: tuple["Condition", ...] = ()

    def __post_init__(self) -> None:
        attribute = CATALOG.get(self.field) if isinstance(self.field, str) else None
        if attribute is None:
            raise DefinitionError(
                _("“%s” is not something that can be asked about.") % quote_for_message(self.field)
            )
        object.__setattr__(self, "value", attribute.read(self.operator, self.value))
        if self.where:
            self._check_where(attribute)

    def _check_where(self, attribute: Attribute) -> None:
        if attribute.counts is None:
            raise DefinitionError(_("%s has no “where”: it counts nothing.") % attribute.label)
        _check_wheres(self.where)
        for condition in self.where:
            inner = CATALOG[condition.field]
            if inner.relation != attribute.counts or inner.accepts_no_row(condition.value):
                words = {"field": attribute.label, "inner": inner.label}
                raise DefinitionError(_("%(field)s can't be limited by %(inner)s like this.") % words)

    @classmethod
    def from_json(cls, data: object) -> "Condition":
        """Read one condition; DefinitionError says what is wrong with it."""
        parts = _parts(
            data, required={"field", "operator"}, optional={"value", "where"}, what=_("A condition")
        )
        where = _list(parts.get("where", []), what=_("A condition's “where”"))
        _check_wheres(where)
        inner = (at(_("Where %s"), number, cls.from_json, one) for number, one in enumerate(where, start=1))
        return cls(parts["field"], parts["operator"], parts.get("value"), tuple(inner))

    def to_json(self) -> dict[str, Any]:
        """The condition as it is stored."""
        attribute = CATALOG[self.field]
        value = attribute.to_json(attribute.operator(self.operator), self.value)
        condition = {"field": self.field, "operator": self.operator, "value": value, "where": None}
        condition["where"] = [inner.to_json() for inner in self.where] or None
        return {key: part for key, part in condition.items() if part is not None}

    @property
    def items(self) -> tuple[Any, ...]:
        """The items of a list; any other value as the only one; none where there is no value."""
        if isinstance(self.value, tuple):
            return self.value
        return () if self.value is None else (self.value,)

    @property
    def unordered(self) -> tuple[Any, ...]:
        """Equal for conditions that are the same but for the order of values, and doubles among them."""
        value = frozenset(self.value) if isinstance(self.value, tuple) else self.value
        return self.field, self.operator, value, tuple(one.unordered for one in self.where)

    @property
    def version(self) -> int:
        """The version of the language that has it first."""
        attribute = CATALOG[self.field]
        return max(attribute.version, attribute.operator(self.operator).version)


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that must all hold; those on contracts for one and the same contract, or each for any.

    A group without conditions says nothing. No definition has one.
    """

    all: tuple[Condition, ...]
    contracts: Contracts = "same"

    def __post_init__(self) -> None:
        _check_conditions(self.all)
        if self.contracts not in ("same", "any"):
            raise DefinitionError(
                _("A group's “contracts” is “same” or “any”, not “%s”.") % quote_for_message(self.contracts)
            )

    @classmethod
    def from_json(cls, data: object) -> "Group":
        """Read one group; DefinitionError says what is wrong, and in which condition."""
        parts = _parts(data, required={"all"}, optional={"contracts"}, what=_("A group"))
        conditions = _list(parts["all"], what=_("A group's “all”"))
        _check_conditions(conditions)
        if not conditions:
            raise DefinitionError(_("A group needs at least one condition."))
        return cls(
            tuple(
                at(_("Condition %s"), number, Condition.from_json, condition)
                for number, condition in enumerate(conditions, start=1)
            ),
            parts.get("contracts", "same"),
        )

    def to_json(self) -> dict[str, Any]:
        """The group as it is stored; the usual “same” is left out."""
        conditions = {"all": [condition.to_json() for condition in self.all]}
        return conditions if self.contracts == "same" else {**conditions, "contracts": self.contracts}


@dataclass(frozen=True, slots=True)
class Definition:
    """A segment's meaning. Frozen and hashable, so that it can be compared and kept.

    Without any group it stands for nobody.
    """

    any: tuple[Group, ...]
    excepted: tuple[Group, ...] = ()
    """Partners in any of these are left out, whichever group they come from."""

    def __post_init__(self) -> None:
        _check_groups(self.any, self.excepted)
        if not all(group.all for group in self.groups):
            raise DefinitionError(_("A group needs at least one condition."))
        check_values(sum(len(condition.items) for condition in self.conditions()))

    @classmethod
    def from_json(cls, data: object) -> "Definition":
        """Read a definition; DefinitionError, a ValueError, says what is wrong, and where."""
        parts = _parts(data, required={"version", "any"}, optional={"except"}, what=_("A definition"))
        if isinstance(parts["version"], str):
            raise DefinitionError(_("A definition's “version” is a number, without quotes."))
        if parts["version"] not in VERSIONS or isinstance(parts["version"], bool):
            raise DefinitionError(
                _("This program reads definitions of versions %(known)s, not of version %(found)s.")
                % {
                    "known": _(" and ").join(map(str, VERSIONS)),
                    "found": quote_for_message(parts["version"]),
                }
            )
        groups = _list(parts["any"], what=_("A definition's “any”"))
        if not groups:
            raise DefinitionError(_("A segment needs at least one group of conditions."))
        excepted = _list(parts.get("except", []), what=_("A definition's “except”"))
        _check_groups(groups, excepted)
        return cls(
            tuple(
                at(_("Group %s"), number, Group.from_json, group) for number, group in enumerate(groups, 1)
            ),
            tuple(
                at(_("Exception %s"), number, Group.from_json, group)
                for number, group in enumerate(excepted, 1)
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """The definition as it is stored."""
        written = {"version": self.version, "any": [group.to_json() for group in self.any]}
        if self.excepted:
            written["except"] = [group.to_json() for group in self.excepted]
        return written

    @property
    def version(self) -> int:
        """The first version of the language that can say it."""
        return max([2 if self.excepted else 1, *(condition.version for condition in self.conditions())])

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of `any`, then those that are excepted: a place among all of them names one."""
        return self.any + self.excepted

    @property
    def unordered(self) -> list[Any]:
        """Equal for definitions that are the same but for the order of values, and doubles among them."""
        return [
            [(group.contracts, [one.unordered for one in group.all]) for group in groups]
            for groups in (self.any, self.excepted)
        ]

    def conditions(self) -> tuple[Condition, ...]:
        """All conditions, group after group, each followed by those that limit what it counts."""
        return tuple(
            each for group in self.groups for condition in group.all for each in (condition, *condition.where)
        )


def at(place: str, number: int, read: Callable[[Data], Part], data: Data) -> Part:
    """What is read of the data; what is wrong with it is said with its place, such as “Group 2”."""
    try:
        return read(data)
    except DefinitionError as error:
        raise type(error)(f"{place % number}: {error}") from None


def check_values(many: int) -> None:
    """DefinitionError if these are more values than all conditions of a definition can have together."""
    if many > MAX_VALUES_ALTOGETHER:
        words = {"most": f"{MAX_VALUES_ALTOGETHER:,}", "many": f"{many:,}"}
        raise DefinitionError(
            _("A segment can have at most %(most)s values in all its conditions; these are %(many)s.") % words
        )


# What is read from JSON is counted before its parts are read: a file may have millions.
def _check_groups(groups: Sized, excepted: Sized) -> None:
    if len(groups) > MAX_GROUPS or len(excepted) > MAX_GROUPS:
        raise DefinitionError(_("A segment can have at most %s groups.") % MAX_GROUPS)


def _check_conditions(conditions: Sized) -> None:
    if len(conditions) > MAX_CONDITIONS:
        raise DefinitionError(_("A group can have at most %s conditions.") % MAX_CONDITIONS)


def _check_wheres(where: Sized) -> None:
    if len(where) > MAX_WHERE:
        raise DefinitionError(_("At most %s conditions can limit what is counted.") % MAX_WHERE)


def _list(data: object, *, what: str) -> list[Any]:
    if not isinstance(data, list):
        raise DefinitionError(_("%s has to be a list.") % what)
    return data


def _parts(
    data: object, *, required: set[str], optional: frozenset[str] | set[str] = frozenset(), what: str
) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise DefinitionError(_("%s has to be an object with names and values.") % what)
    for key in data:
        if key not in required | optional:
            raise DefinitionError(
                _("%(what)s has no “%(key)s”; it has: %(known)s.")
                % {
                    "what": what,
                    "key": quote_for_message(key),
                    "known": ", ".join(sorted(required | optional)),
                }
            )
    for key in sorted(required - data.keys()):
        raise DefinitionError(_("%(what)s needs “%(key)s”.") % {"what": what, "key": key})
    return data
