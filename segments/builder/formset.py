"""The builder as a whole: its rows in their groups, and the definition that they make.

It is always bound, to the state of a stored definition or of what a person posted, so that there is one way
to draw it, and it is not written to after it was made.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Model
from django.utils.translation import gettext as _

from segments.analysis.finding import Finding
from segments.analysis.findings import findings
from segments.builder.forms import ConditionForm, ConditionGroupForm, NameForm
from segments.builder.state import BuilderState
from segments.conditions import ATTRIBUTES
from segments.definition import MAX_CONDITIONS, MAX_GROUPS, Definition, Group, at
from segments.errors import DefinitionError
from segments.language.labels import Labels

MAX_ROWS = MAX_GROUPS * MAX_CONDITIONS


@dataclass(frozen=True)
class GroupRows:
    """A group: its rows, and the choice of contract for those of them that can speak of the same one."""

    form: ConditionGroupForm
    rows: tuple[ConditionForm, ...]
    excepted: bool
    """Whether its partners are left out."""

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
    def complete(self) -> list[ConditionForm]:
        """The rows that wait for nothing."""
        return [row for row in self.rows if not row.trouble]

    @property
    def same(self) -> bool:
        """Whether the bracket says “on the same contract”."""
        return bool(self.form["contracts"].value() != "any")

    def __iter__(self) -> Iterator[ConditionForm]:
        """The rows in the order in which they are drawn."""
        return iter(self.together + self.apart)

    def read(self) -> Group:
        """The group as a definition has it, once its rows are complete; DefinitionError if it can't be."""
        conditions = tuple(row.condition for row in self.complete if row.condition)
        return Group(conditions, self.form["contracts"].value())


@dataclass(frozen=True)
class Builder:
    """The form with all its rows, and what they mean.

    `asks_for_rows` and `asks_for_name`: whether what is missing is said beside it, since a button that needs
    it was pressed. `refusal` is why nothing is counted though the rows may be complete, `name_errors` what a
    save has found wrong with the name.
    """

    state: BuilderState
    asks_for_rows: bool = False
    asks_for_name: bool = False
    refusal: str = ""
    name_errors: Sequence[str] = ()

    def with_state(self, state: BuilderState) -> "Builder":
        """The same questions put to another state of the form."""
        return replace(self, state=state)

    @cached_property
    def name_form(self) -> NameForm:
        """The name, and what is known of the segment as it was opened."""
        form = NameForm(self.state, required=self.asks_for_name)
        for error in self.name_errors:
            form.add_error("name", error)
        return form

    @cached_property
    def groups(self) -> list[GroupRows]:
        """The rows by the number of their group: as in a definition, those that are excepted come last."""
        groups: dict[int, list[ConditionForm]] = {}
        for state in self.state.rows[:MAX_ROWS]:
            row = ConditionForm(state, ATTRIBUTES, asks=self.asks_for_rows, focus=self.state.focus)
            groups.setdefault(row.number_of_group, []).append(row)
        found = [self._group(number, rows) for number, rows in sorted(groups.items())]
        return sorted(found, key=lambda group: group.excepted)

    def _group(self, number: int, rows: Sequence[ConditionForm]) -> GroupRows:
        contracts = self.state.contracts.get(str(number), "same")
        excepted = str(number) in self.state.excepted
        return GroupRows(ConditionGroupForm(number, contracts), tuple(rows), excepted)

    def __iter__(self) -> Iterator[ConditionForm]:
        """The rows in the order in which they are drawn."""
        for group in self.groups:
            yield from group

    @cached_property
    def definition(self) -> Definition | None:
        """What the rows mean; None while they are not complete."""
        return None if self.open_rows else self.so_far

    @property
    def so_far(self) -> Definition | None:
        """What the rows that are complete mean; None where these make no segment."""
        return self._read[0]

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been asked yet."""
        return not any(row.is_chosen for row in self)

    @cached_property
    def open_rows(self) -> list[ConditionForm]:
        """The rows that wait for something, in the order in which they are drawn."""
        return [row for row in self if row.trouble]

    @cached_property
    def problems(self) -> list[str]:
        """What is wrong with the form as a whole."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[Definition | None, list[str]]:
        problems = list(self._problems_of_form())
        if problems or not any(group.complete for group in self.groups if not group.excepted):
            return None, problems
        try:
            return Definition(
                self._read_groups(_("Group %s"), excepted=False),
                self._read_groups(_("Exception %s"), excepted=True),
            ), []
        except DefinitionError as error:
            return None, [] if self.open_rows else [str(error)]

    def _read_groups(self, place: str, *, excepted: bool) -> tuple[Group, ...]:
        groups = (group for group in self.groups if group.excepted is excepted and group.complete)
        return tuple(at(place, number, GroupRows.read, group) for number, group in enumerate(groups, 1))

    def _problems_of_form(self) -> Iterator[str]:
        if not self.state.arrived:
            yield _("A part of the form did not arrive. Look the conditions over.")
        if len(self.state.rows) > MAX_ROWS:
            yield _("A segment can have at most %s conditions.") % MAX_ROWS
        if self.groups and all(group.excepted for group in self.groups):
            yield _("Add a group: so far there is only who is left out.")
        if self.refusal:
            yield self.refusal

    @property
    def name(self) -> str | None:
        """The name as it can be saved; None where there is none or it is too long."""
        return self.name_form.cleaned_data["name"] if self.name_form.is_valid() else None

    @cached_property
    def labels(self) -> Labels:
        """The names of all that the rows refer to."""
        forms = (form for row in self for form in (row, *row.where))
        return Labels(form.condition for form in forms if form.condition)

    def name_of(self, model: type[Model], pk: int) -> str | None:
        """The name of a row that a condition refers to; None if it is gone."""
        return self.labels.name(model, pk)

    def row_at(self, finding: Finding) -> ConditionForm | None:
        """The row at which a finding stands; None if it is about no single one."""
        if finding.place is None:
            return None
        number, index = finding.place
        return [group.complete for group in self.groups if group.complete][number][index]

    def by_row(self, found: Iterable[Finding]) -> dict[ConditionForm, list[Finding]]:
        """The findings by the rows at which they stand."""
        rows: dict[ConditionForm, list[Finding]] = {}
        for finding in found:
            if row := self.row_at(finding):
                rows.setdefault(row, []).append(finding)
        return rows

    @cached_property
    def findings(self) -> list[Finding]:
        """What looks wrong with the definition by itself."""
        return findings(self.definition) if self.definition else []
