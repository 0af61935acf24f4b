"""Why something isn't imported, in words for the person who sent it."""

from typing import Any

from django_stubs_ext import StrOrPromise


class ImportFileError(Exception):
    """The file as a whole can't be read."""


class Refused(Exception):  # noqa: N818 - it is what happens to a row
    """A cell, or its whole row, can't be imported. The column is empty where it is the row.

    A cell of an optional column is left out, and so is any that `leaves_out`: the rest of the row is
    imported. `part` is what could still be read of the cell.
    """

    leaves_out = False

    def __init__(self, reason: StrOrPromise, column: str = "", *, part: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.part = part


class LeftOut(Refused):
    """A cell that is to be left out, of whatever column."""

    leaves_out = True


class Conflict(Exception):  # noqa: N818 - it is what happens between two people
    """What was checked can't be written as it was shown: somebody changed something meanwhile."""
