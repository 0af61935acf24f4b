"""What an error of the database means."""

from django.db import OperationalError

LOCKED = ("database is locked", "database table is locked")
"""How SQLite says, after its `timeout`, that another connection still writes. PostgreSQL locks rows only."""


def is_busy(error: BaseException | None) -> bool:
    """Whether another one's writing stood in the way, whatever was made of it since.

    Django takes a session that could not be saved for one that was deleted.
    """
    while error and not (isinstance(error, OperationalError) and str(error) in LOCKED):
        error = error.__context__
    return error is not None
