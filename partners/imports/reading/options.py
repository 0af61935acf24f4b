"""How a file is read: what can be chosen, and what is reported about it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from partners.imports.parsing.cells import Cell


@dataclass(frozen=True)
class Wanted:
    """What the user chose where the file itself doesn't say it; empty: nothing was chosen."""

    sheet: str = ""
    encoding: str = ""


@dataclass(frozen=True)
class Reading:
    """A file as it is read: its rows, and what is reported about it or can be chosen."""

    read_as: str
    rows: Iterator[list[Cell]]
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    encoding: str = ""
    encodings: list[tuple[str, list[str]]] = field(default_factory=list)
    """Where the encoding isn't sure: those that it may be, the likeliest first, with words read in each."""
    notes: list[str] = field(default_factory=list)

    @property
    def summary(self) -> dict[str, Any]:
        """All but the rows, as JSON can hold it."""
        names = ("sheet", "sheets", "encoding", "encodings", "notes")
        return {name: getattr(self, name) for name in names}
