"""What the builder's form holds, as plain values that never change: what was posted, or a stored definition.

Rows have an index of their own, are never renumbered, and leave a gap when they are removed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from segments.conditions import ATTRIBUTES, CATALOG, limiting
from segments.drafts import new_key

LOOK_UP = ("look_for", "look_up", "looked_for", "explain", "explained", "again")
"""What the form says of the partner who is looked up (`insight.partner_search.answer`)."""
OF_GROUP = re.compile(r"group-(\d+)-(contracts|kind)", re.ASCII)
EXCEPT = "except"
"""The kind of a group whose partners are left out."""
NAME = "name"
"""What has the focus where it is the segment's name."""
TABS = ("partners", "why", "near")
"""What stands under the number: the first partners, why somebody is in or out, and near misses."""


@dataclass(frozen=True)
class RowState:
    """A row as texts, as posted; or one of those inside a row that limit what it counts.

    `shown` is the field and operator for which the input of the values was drawn, as `field:operator`; where
    an operator has several kinds of input, followed by the one that was drawn.
    """

    index: int
    group: str
    field: str
    operator: str = ""
    shown: str = ""
    values: tuple[str, ...] = ()
    where: tuple["RowState", ...] = ()
    """What limits the rows that it counts."""
    inside: int | None = None
    """The index of the row that it limits."""

    @property
    def prefix(self) -> str:
        """What the names of its inputs begin with."""
        return f"row-{self.index}" if self.inside is None else f"row-{self.inside}-where-{self.index}"


@dataclass(frozen=True)
class BuilderState:
    """The form with all its rows, in the order of their indexes."""

    rows: tuple[RowState, ...]
    name: str = ""
    revision: int | None = None
    """The revision at which the segment was opened; None for a new one."""
    seen: int | None = None
    """A later revision, which somebody else saved meanwhile and the person has been shown."""
    draft: str = ""
    """The key under which the session can keep what is in the form."""
    tags: tuple[str, ...] = ()
    """What saving gives it besides the tags that it has: those of the file that it was read from."""
    tracked: str = ""
    """How often it is run once it is saved, if the file says that it is tracked."""
    contracts: Mapping[str, str] = field(default_factory=dict)
    """By the number of a group: "same" or "any". What is not there is "same"."""
    excepted: frozenset[str] = frozenset()
    """The numbers of the groups whose partners are left out."""
    focus: str = ""
    """The id of the element that the button just pressed sends the person to."""
    look_up: Mapping[str, str] = field(default_factory=dict)
    tab: str = TABS[0]
    arrived: bool = True
    """Whether all of the form arrived."""

    def without_group(self, number: str) -> "BuilderState":
        """Without what is known of a group that has no row any more, and with the focus behind it."""
        excepted = self.excepted - {number}
        contracts = {other: choice for other, choice in self.contracts.items() if other != number}
        focus = EXCEPT if excepted != self.excepted else "another"
        return replace(self, contracts=contracts, excepted=excepted, focus=focus)

    @property
    def replaces(self) -> int:
        """The revision that saving replaces."""
        return self.seen or self.revision or 0


def from_post(data: QueryDict) -> BuilderState:
    """What was posted, whatever was."""
    indexes = _indexes(data, "row")
    of_groups: dict[str, dict[str, str]] = {"contracts": {}, "kind": {}}
    for name in data:
        if found := OF_GROUP.fullmatch(name):
            of_groups[found[2]][found[1]] = data.get(name, "")
    return BuilderState(
        rows=tuple(_posted_row(data, index) for index in indexes),
        name=data.get("name", ""),
        revision=(number_in(data.get("revision", "")) or 0) if data.get("revision") else None,
        seen=number_in(data.get("seen", "")),
        draft=data.get("draft", ""),
        tags=tuple(data.getlist("tags")),
        tracked=data.get("tracked", ""),
        contracts=of_groups["contracts"],
        excepted=frozenset(number for number, kind in of_groups["kind"].items() if kind == EXCEPT),
        look_up={name: data.get(name, "") for name in LOOK_UP if name in data},
        tab=asked_tab(data),
        arrived=bool(indexes) and len(indexes) == len(set(data.getlist("row"))),
    )


def asked_tab(data: QueryDict) -> str:
    """What stands under the number on the page that answers this."""
    asked = "why" if "look_up" in data or "explain" in data else data.get("tab", "")
    return asked if asked in TABS else TABS[0]


def _indexes(data: QueryDict, name: str) -> list[int]:
    return sorted({number for text in data.getlist(name) if (number := number_in(text)) is not None})


def _posted_row(data: QueryDict, index: int, *, inside: int | None = None) -> RowState:
    row = RowState(index=index, inside=inside, group=data.get(f"row-{index}-group", "0"), field="")
    prefix = row.prefix
    limits = _indexes(data, f"{prefix}-where") if inside is None else []
    return replace(
        row,
        field=data.get(f"{prefix}-field", ""),
        operator=data.get(f"{prefix}-operator", ""),
        shown=data.get(f"{prefix}-shown", ""),
        values=tuple(data.getlist(f"{prefix}-value")),
        where=tuple(_posted_row(data, limit, inside=index) for limit in limits),
    )


def from_definition(
    definition: Any,
    *,
    name: str = "",
    revision: int | None = None,
    draft: str = "",
    tags: Sequence[str] = (),
    tracked: str = "",
) -> BuilderState:
    """What the form holds for a definition, given as JSON; of a broken one, what can be shown."""
    excepted = _items(definition, EXCEPT)
    groups = list(enumerate(_items(definition, "any") + excepted))
    conditions = [(number, condition) for number, group in groups for condition in _items(group, "all")]
    return BuilderState(
        rows=tuple(_stored_rows(conditions)) or (empty_row(0, group=0),),
        name=name,
        revision=revision,
        draft=draft or new_key(),
        tags=tuple(tags),
        tracked=tracked,
        contracts={
            str(number): str(group["contracts"])
            for number, group in groups
            if isinstance(group, dict) and group.get("contracts") is not None
        },
        excepted=frozenset(str(number) for number, _group in groups[len(groups) - len(excepted) :]),
    )


def _stored_rows(conditions: Sequence[tuple[int, Any]]) -> Iterator[RowState]:
    for index, (number, condition) in enumerate(conditions):
        yield row_of(condition, index=index, group=str(number))


def row_of(condition: Any, *, index: int, group: str, inside: int | None = None) -> RowState:
    """The row that would post this condition, given as JSON; of a broken one, what can be shown."""
    condition = condition if isinstance(condition, dict) else {}
    limits = _items(condition, "where") if inside is None else []
    key, operator = str(condition.get("field", "")), str(condition.get("operator", ""))
    value, attribute = condition.get("value", []), CATALOG.get(key)
    posted = attribute.to_post(operator, value) if attribute else [str(value)]
    return RowState(
        index=index,
        group=group,
        field=key,
        operator=operator,
        values=tuple(map(_sendable, posted)),
        where=tuple(
            row_of(limit, index=place, group=group, inside=index) for place, limit in enumerate(limits)
        ),
        inside=inside,
    )


def empty_row(index: int, *, group: int) -> RowState:
    """A row that asks nothing yet."""
    return RowState(index=index, group=str(group), field="")


def with_empty_limit(row: RowState) -> RowState:
    """The row, if it counts anything, with one more limit, which asks nothing yet."""
    if not limiting(CATALOG.get(row.field, ATTRIBUTES[0])):
        return row
    index = max((limit.index for limit in row.where), default=-1) + 1
    return replace(row, where=(*row.where, RowState(index, row.group, field="", inside=row.index)))


def number_in(text: str, *, digits: int = 5) -> int | None:
    """The number that a name or a value of the form holds; None if it is none, or too long for one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _sendable(text: str) -> str:
    """Half a surrogate pair, which no page can carry, as a question mark."""
    return text.encode(errors="replace").decode()


def _items(data: object, key: str) -> list[Any]:
    items = data.get(key) if isinstance(data, dict) else None
    return items if isinstance(items, list) else []
