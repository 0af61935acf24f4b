"""What an importer knows of one kind of file: its columns, what a row changes, and how that is written."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from partners.imports.errors import Refused
from partners.imports.importers.columns import Column
from partners.models.imports import Import, ImportRow, RowOutcome

Values = dict[str, Any]
"""By column, as JSON can hold them: days as ISO, several names as a list."""


@dataclass(frozen=True)
class SourceRow:
    """A row of the file, read: the values of its cells with something in them."""

    number: int
    values: Values
    left_out: dict[str, str] = field(default_factory=dict)
    """By column, why a cell was left out, or a part of it."""


@dataclass(frozen=True)
class RowPlan:
    """What becomes of a row: for each change the value before (None: nothing) and after."""

    number: int
    key: str
    outcome: RowOutcome
    changes: dict[str, list[Any]] = field(default_factory=dict)
    column: str = ""
    reason: str = ""
    creates: tuple[str, ...] = ()
    """Names of what isn't there yet, and would be made."""
    left_out: dict[str, str] = field(default_factory=dict)
    """By column, why a cell of the row was left out, or a part of it."""
    partner: int | None = None
    """The Partner ID of the partner that the row is about."""


class Importer(ABC):
    """One kind of file."""

    key: ClassVar[str]
    label: ClassVar[StrOrPromise]
    model: ClassVar[type[models.Model]]
    """On whose list the way to the import is."""
    columns: ClassVar[tuple[Column, ...]]
    identity: ClassVar[tuple[str, ...]]
    """The columns that say which row of the database is meant."""
    stage: ClassVar[str] = ""
    """The column of the stage, if there is one."""
    needs: ClassVar[tuple[str, ...]]
    """The permissions that importing such files takes."""
    makes: ClassVar[StrOrPromise | None] = None
    """The label of the tick that lets the import create groups or template terms; None if there is none."""
    making_needs: ClassVar[str] = ""
    """The permission to do so."""
    overwriting: ClassVar[StrOrPromise | None] = None
    """The label of the tick that allows overwriting rows that look like another partner or contract."""
    note: ClassVar[StrOrPromise | None] = None
    """What the user has to know before sending such a file."""

    @property
    def row_label(self) -> str:
        """What each row is about, as the heading of a column."""
        return capfirst(str(self.model._meta.verbose_name))

    def column(self, key: str) -> Column:
        """The column of this key."""
        return next(column for column in self.columns if column.key == key)

    def merge(self, rows: Sequence[SourceRow]) -> SourceRow | None:  # noqa: ARG002 - for importers to answer
        """One row for several with the same key; None if they contradict each other."""
        return None

    def key_of(self, values: Mapping[str, Any]) -> str:
        """Which row of the database is meant: the same text for the same row, however it is spelled."""
        return str(values[self.identity[0]])

    def plan(self, rows: Sequence[SourceRow], record: Import) -> Iterator[RowPlan]:
        """What becomes of these rows, each of another key."""
        there = self.look_up(rows, record)
        for row in rows:
            key = self.key_of(row.values)
            try:
                yield self.plan_row(row, key, there, record)
            except Refused as refusal:
                yield refused(row.number, refusal, key)

    @abstractmethod
    def look_up(self, rows: Sequence[SourceRow], record: Import) -> Any:
        """The stored rows that these rows name, as far as they exist: `there` of `plan_row`."""

    @abstractmethod
    def plan_row(self, row: SourceRow, key: str, there: Any, record: Import) -> RowPlan:
        """What becomes of a row; Refused with the reason if it can't be imported."""

    def settle(self, record: Import) -> None:  # noqa: B027 - few files can contradict themselves
        """Once all rows are planned, refuse those that contradict each other about what would be made."""

    def make(self, names: Iterable[str]) -> None:
        """Make what isn't there yet; nothing, in files that name nothing of the kind."""
        if list(names):
            raise NotImplementedError

    @abstractmethod
    def write(self, rows: Sequence[ImportRow]) -> set[int]:
        """Apply the planned changes; the ids of those skipped because the target changed after the check."""

    def shown_key(self, key: str) -> str:
        """The key as people quote it; nothing if they don't."""
        return key

    @abstractmethod
    def titles(self, keys: Sequence[str]) -> dict[str, str]:
        """What people call the rows of the database with these keys."""

    def told(self, row: ImportRow) -> str:
        """What the row did to the partner that it is about, as the partner's timeline says it."""
        return _("changed %s") % self.changed_columns(row)

    def changed_columns(self, row: ImportRow) -> str:
        """The columns that the row changed, in words and in the order of the screens."""
        labels = [str(column.label) for column in self.columns if column.key in row.changes]
        return ", ".join(label[:1].lower() + label[1:] for label in labels)

    def written(self) -> list[type[models.Model]]:
        """What an import fills."""
        return [self.model]


def compared(
    row: SourceRow,
    key: str,
    now: Mapping[str, Any] | None,
    ignored: Iterable[str] = (),
    creates: Sequence[str] = (),
    dates_of: Mapping[str, Sequence[str]] = MappingProxyType({}),
    partner: int | None = None,
) -> RowPlan:
    """What the row would change of what is there now; of nothing, if it is new. `partner` is who it is about.

    `dates_of` names, by the column of the stage, the dates that follow from a change of it. Those that the
    file gives belong to the stage that it gives: they are written with it even if they are the stored ones.
    """
    changes = {
        name: [None if now is None else now[name], value]
        for name, value in row.values.items()
        if name not in ignored and (now is None or now[name] != value)
    }
    # A changed stage sets these dates by itself, so those of the file have to be written in any case.
    given = {date for stage, dates in dates_of.items() if stage in changes for date in dates}
    changes |= {name: [now and now[name], row.values[name]] for name in given & row.values.keys()}
    outcome = RowOutcome.NEW if now is None else RowOutcome.CHANGED if changes else RowOutcome.UNCHANGED
    makes = tuple(creates) if changes else ()
    return RowPlan(row.number, key, outcome, changes, creates=makes, left_out=row.left_out, partner=partner)


def refused(number: int, refusal: Refused, key: str = "") -> RowPlan:
    """A row that isn't imported."""
    return RowPlan(number, key, RowOutcome.REFUSED, column=refusal.column, reason=str(refusal.reason))


def required(row: SourceRow, names: Iterable[str], importer: Importer, what: StrOrPromise) -> None:
    """Refused if one of these is missing; `what` names the thing that needs them."""
    for name in names:
        if name not in row.values:
            words = {"what": what, "column": importer.column(name).label}
            raise Refused(row.left_out.get(name) or _("%(what)s needs: %(column)s.") % words, name)


def has_changed(row: ImportRow, now: Mapping[str, Any] | None) -> bool:
    """Whether what the row would change is no longer as it was when the row was checked."""
    if row.outcome == RowOutcome.NEW:
        return now is not None
    return now is None or any(now[name] != before for name, (before, _after) in row.changes.items())
