"""The builder as a whole: its rows in their groups, the definition they make, and what its buttons do.

It is always bound, to data made from a stored definition or to what a person posted, so that there is one way
to draw it. Rows have an index of their own, are never renumbered, and leave a gap when they are removed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from django.http import QueryDict
from django.utils.translation import gettext as _

from segments.analysis.findings import Finding, Fix, findings
from segments.builder.forms import ConditionForm, ConditionGroupForm, NameForm
from segments.conditions import ATTRIBUTES, CATALOG
from segments.definition import MAX_CONDITIONS, MAX_GROUPS, Definition, Group, at
from segments.drafts import new_key
from segments.errors import DefinitionError
from segments.insight.funnel import Funnel, GroupNumbers
from segments.language.labels import Labels

MAX_ROWS = MAX_GROUPS * MAX_CONDITIONS


@dataclass
class GroupRows:
    """A group as it is drawn: the rows inside its bracket, the others, and the choice of contract."""

    form: ConditionGroupForm
    rows: list[ConditionForm] = field(default_factory=list)
    numbers: GroupNumbers | None = None
    """What the group does to the segment, once it has been counted."""

    @property
    def number(self) -> int:
        """The number its rows and buttons name it by."""
        return self.form.number

    @property
    def focus(self) -> str:
        """The id of its And button."""
        return f"and-{self.number}"

    @property
    def together(self) -> list[ConditionForm]:
        """The rows that may ask about one and the same contract; none if they are fewer than two."""
        rows = [row for row in self.rows if row.positive_on_one_row]
        return rows if len(rows) > 1 else []

    @property
    def apart(self) -> list[ConditionForm]:
        """All other rows."""
        together = self.together
        return [row for row in self.rows if row not in together]

    @property
    def same(self) -> bool:
        """Whether the bracket says “on the same contract”."""
        return bool(self.form["contracts"].value() != "any")

    def read(self) -> Group:
        """The group as a definition has it, once its rows are complete; DefinitionError if it can't be."""
        conditions = tuple(row.condition for row in self.rows if row.condition)
        return Group(conditions, self.form["contracts"].value())


class Builder:
    """The form with all its rows, and what they mean."""

    def __init__(self, data: QueryDict) -> None:
        self.data = data
        self.problems: list[str] = []
        self.name_form = NameForm(data)
        self.groups = self._groups()
        for number, row in enumerate(self, start=1):
            row.number = number
        self.definition = self._definition()

    def __iter__(self) -> Iterator[ConditionForm]:
        """The rows in the order in which they are drawn."""
        for group in self.groups:
            yield from group.together
            yield from group.apart

    @property
    def name(self) -> str:
        """The name as it was typed."""
        return self.data.get("name", "")

    @property
    def draft(self) -> str:
        """The key under which this session can keep what is in the form."""
        return self.data.get("draft", "")

    @property
    def revision(self) -> int | None:
        """The revision at which the segment was opened; None for a new one."""
        posted = self.data.get("revision", "")
        return _number(posted) if posted else None

    @property
    def replaces(self) -> int:
        """The revision that saving replaces: the one that was opened, or a later one that was seen since."""
        return _number(self.data.get("seen", "")) or self.revision or 0

    def see(self, revision: int) -> None:
        """Note that the person is shown what somebody else saved meanwhile."""
        self.data["seen"] = str(revision)

    def refuse(self, problem: str) -> None:
        """Count nothing, and say why."""
        self.definition = None
        self.problems.append(problem)

    def checked_name(self) -> str | None:
        """The name as it can be saved; None, said beside it, where there is none or it is too long."""
        form = self.name_form
        form.full_clean()
        if not form.cleaned_data.get("name") and not form.errors:
            form.add_error("name", _("Give the segment a name."))
        return None if form.errors else cast("str", form.cleaned_data["name"])

    @property
    def open_rows(self) -> list[ConditionForm]:
        """The rows that wait for something or hold something that can't be."""
        return [row for row in self if row.trouble]

    def ask_for_missing(self) -> None:
        """Say beside each incomplete row what it waits for."""
        for row in self:
            if row.waits_for:
                row.add_error("value", row.waits_for)

    @cached_property
    def labels(self) -> Labels:
        """The names of all that the rows refer to."""
        return Labels(row.condition for row in self if row.condition)

    @property
    def focus(self) -> str:
        """The element that the button just pressed sends the person to."""
        return str(self.data.get("focus", ""))

    @cached_property
    def findings(self) -> list[Finding]:
        """What looks wrong with the definition by itself."""
        return findings(self.definition) if self.definition else []

    def fixed(self, fix: Fix) -> QueryDict:
        """The same data with a change of the definition; everything else stays as it was typed."""
        data = self.data.copy()
        rows = {
            (number, index): row
            for number, group in enumerate(self.groups)
            for index, row in enumerate(group.rows)
        }
        touched = fix.removes + tuple(place for place, _condition in fix.instead)
        removed = {str(rows[place].index) for place in fix.removes}
        data.setlist("row", [index for index in data.getlist("row") if index not in removed])
        for place, condition in fix.instead:
            _write_row(data, f"row-{rows[place].index}", condition.to_json())
        if fix.any_contract is not None:
            data[f"group-{self.groups[fix.any_contract].number}-contracts"] = "any"
        group = self.groups[touched[0][0] if touched else fix.any_contract or 0]
        left = any(str(row.index) not in removed for row in group.rows)
        if not left:
            data.pop(f"group-{group.number}-contracts", None)
        data["focus"] = group.focus if left else "another"
        return data

    def show(self, found: Funnel) -> None:
        """Put the numbers of the definition to its groups and rows."""
        for group, numbers in zip(self.groups, found.groups, strict=False):
            group.numbers = numbers
            for row, of_row in zip(group.rows, numbers.conditions, strict=True):
                row.numbers = of_row

    def name_picks(self) -> None:
        """Put names to what the rows have picked: one query a model."""
        for row in self:
            row.name_picks(self.labels)

    def _groups(self) -> list[GroupRows]:
        groups: dict[int, GroupRows] = {}
        for index in self._indexes():
            row = ConditionForm(self.data, index)
            row.full_clean()
            number = row.number_of_group
            groups.setdefault(number, GroupRows(ConditionGroupForm(self.data, number))).rows.append(row)
        return [groups[number] for number in sorted(groups)]

    def _indexes(self) -> list[int]:
        posted = self.data.getlist("row")
        indexes = {int(index) for index in posted if index.isascii() and index.isdigit() and len(index) < 6}
        if not indexes or len(indexes) < len(set(posted)):
            self.problems.append(_("A part of the form did not arrive. Look the conditions over."))
        if len(indexes) > MAX_ROWS:
            self.problems.append(_("A segment can have at most %s conditions.") % MAX_ROWS)
        return sorted(indexes)[:MAX_ROWS]

    def _definition(self) -> Definition | None:
        if self.problems or self.open_rows:
            return None
        try:
            return Definition(
                tuple(
                    at(_("Group %s"), number, GroupRows.read, group)
                    for number, group in enumerate(self.groups, 1)
                )
            )
        except DefinitionError as error:
            self.problems.append(str(error))
            return None


def data_of(definition: Any, *, name: str = "", revision: int | None = None, draft: str = "") -> QueryDict:
    """What the builder would post for a definition, given as JSON; of a broken one, what can be shown."""
    data = QueryDict(mutable=True)
    data["name"] = name
    data["revision"] = "" if revision is None else str(revision)
    data["draft"] = draft or new_key()
    for number, group in enumerate(_items(definition, "any")):
        if isinstance(group, dict) and group.get("contracts") is not None:
            data[f"group-{number}-contracts"] = str(group["contracts"])
        for condition in _items(group, "all"):
            _add_row(data, number, condition if isinstance(condition, dict) else {})
    if "row" not in data:
        _add_row(data, 0, {"field": ATTRIBUTES[0].key})
    data.pop("focus", None)
    return data


def press(data: QueryDict) -> QueryDict:
    """The data after the builder's own button in it: `and:GROUP`, `another`, `remove:ROW`, `all:ROW`."""
    pressed = data.copy()
    buttons = (name.partition(":") for name in data)
    action, _colon, target = next((button for button in buttons if button[0] in BUTTONS), ("", "", ""))
    if action == "and":
        _add_row(pressed, _number(target), {"field": ATTRIBUTES[0].key})
    elif action == "another":
        groups = [_number(pressed.get(f"row-{index}-group", "")) for index in pressed.getlist("row")]
        _add_row(pressed, max(groups, default=-1) + 1, {"field": ATTRIBUTES[0].key})
    elif action == "remove":
        group = pressed.get(f"row-{target}-group", "")
        pressed.setlist("row", [index for index in pressed.getlist("row") if index != target])
        if any(pressed.get(f"row-{index}-group") == group for index in pressed.getlist("row")):
            pressed["focus"] = f"and-{group}"
        else:
            pressed["focus"] = "another"
            pressed.pop(f"group-{group}-contracts", None)
        if not pressed.getlist("row"):
            _add_row(pressed, 0, {"field": ATTRIBUTES[0].key})
    elif action == "all":
        attribute = ConditionForm(pressed, _number(target)).attribute
        pressed.setlist(f"row-{target}-value", [option.key for option in attribute.options()])
        pressed[f"row-{target}-shown"] = ""
        pressed["focus"] = f"all-{target}"
    return pressed


def _add_row(data: QueryDict, group: int, condition: dict[str, Any]) -> None:
    index = max((_number(index) for index in data.getlist("row")), default=-1) + 1
    data.appendlist("row", str(index))
    prefix = f"row-{index}"
    data["focus"] = prefix
    data[f"{prefix}-group"] = str(group)
    _write_row(data, prefix, condition)


def _write_row(data: QueryDict, prefix: str, condition: dict[str, Any]) -> None:
    data[f"{prefix}-field"] = field = str(condition.get("field", ""))
    data[f"{prefix}-operator"] = str(condition.get("operator", ""))
    value = condition.get("value", [])
    items = [_sendable(item) for item in (value if isinstance(value, list | tuple) else [value])]
    data.pop(f"{prefix}-shown", None)
    attribute = CATALOG.get(field)
    data.setlist(f"{prefix}-value", attribute.to_post(items) if attribute else ["\n".join(items)])


def _sendable(item: Any) -> str:
    """As text; half a surrogate pair, which no page can carry, as a question mark."""
    return str(item).encode(errors="replace").decode()


def _items(data: Any, key: str) -> list[Any]:
    items = data.get(key) if isinstance(data, dict) else None
    return items if isinstance(items, list) else []


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


BUTTONS = ("and", "another", "remove", "all")
