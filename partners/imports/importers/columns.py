"""What a file can say of a row: a catalogue of columns, and which column of a file is which.

A `Column` is declared once. The matching of headings, the reading of cells, the report, the page of the
manual and the tests go by it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from partners.core.placeholders import normalize_word
from partners.imports.parsing.cells import Reader
from partners.imports.parsing.dates import read_day, show_day

NOT_USED = ""
REASON = "Reason"
"""The heading of the extra column in files of refused rows; it is never matched."""


class Said(Protocol):
    """What the user has said about the cells of a file: the order of dates, the meaning of words."""

    @property
    def order(self) -> str: ...

    @property
    def words(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Column:
    """A column that a file may have."""

    key: str
    label: StrOrPromise
    what: StrOrPromise
    """What its cells hold, in words for the user."""
    read: Callable[..., Any]
    aliases: tuple[str, ...] = ()
    required: bool = False
    """Whether a file without it can't be imported."""
    optional: bool = False
    """Whether a cell that can't be read is left out, and the rest of its row imported."""
    show: Callable[[Any], str] = str
    """The stored value as people read it."""

    def reader(self, said: Said) -> Reader:  # noqa: ARG002 - of days and stages, see below
        """Reads a cell."""
        return self.read

    @cached_property
    def names(self) -> list[str]:
        """The normalized headings that mean it, the surest first."""
        return list(dict.fromkeys(map(normalize_word, [str(self.label), *self.aliases])))


@dataclass(frozen=True)
class DayColumn(Column):
    """A column of days or moments: how they are read depends on which number comes first."""

    read: Callable[..., Any] = read_day
    show: Callable[[Any], str] = show_day

    def reader(self, said: Said) -> Reader:
        """Reads a cell with the day or the month first, as was chosen for the file."""
        return partial(self.read, order=said.order)


@dataclass(frozen=True)
class StageColumn(Column):
    """A column of stages, some of which may be words of another system."""

    def reader(self, said: Said) -> Reader:
        """Reads a cell with one of our stages, or with a word whose meaning was chosen for the file."""
        return partial(self.read, words=said.words)


def match(headings: Sequence[str], columns: Iterable[Column]) -> list[str]:
    """For each heading of a file the key of the column that it means, each once; empty if it means none."""
    wanted = list(columns)
    there = [normalize_word(heading) for heading in headings]
    matched = [NOT_USED] * len(there)
    found: set[str] = set()
    # By rank first, then by column: the label of one column beats the same word as an alias of another.
    for rank in range(max(len(column.names) for column in wanted)):
        for column in wanted:
            name = column.names[rank] if rank < len(column.names) else None
            if name in there and column.key not in found and not matched[there.index(name)]:
                matched[there.index(name)] = column.key
                found.add(column.key)
    return matched


def missing(matched: Iterable[str], columns: Iterable[Column]) -> list[Column]:
    """The columns without which the file can't be imported."""
    there = set(matched)
    return [column for column in columns if column.required and column.key not in there]


def several(headings: Sequence[str], matched: Sequence[str], columns: Iterable[Column]) -> list[str]:
    """A note for each column that several headings may mean."""
    text = _(
        "%(column)s may be each of %(headings)s: “%(taken)s”, the column %(number)s of the file, is taken."
    )
    notes = []
    for column in columns:
        meant = [
            heading
            for heading, key in zip(headings, matched, strict=True)
            if key in (NOT_USED, column.key) and normalize_word(heading) in column.names
        ]
        if column.key in matched and len(meant) > 1:
            place = matched.index(column.key)
            named = ", ".join(f"“{heading}”" for heading in meant)
            words = {"column": column.label, "headings": named, "taken": headings[place], "number": place + 1}
            notes.append(text % words)
    return notes
