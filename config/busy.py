"""What happens where the database lets nobody write just now, for somebody else is writing much."""

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponseBase

LOCKED = ("database is locked", "database table is locked")
"""How SQLite says, after its `timeout`, that another connection still writes. PostgreSQL locks rows only."""


def is_busy(error: BaseException | None) -> bool:
    """Whether another one's writing stood in the way, whatever was made of it since.

    Django takes a session that could not be saved for one that was deleted.
    """
    while error and not (isinstance(error, OperationalError) and str(error) in LOCKED):
        error = error.__context__
    return error is not None


class BusyMiddleware:
    """Turns it into a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """The page, for this exception and no other."""
        from config.views import busy  # noqa: PLC0415 - the views need the models, the settings name this

        return busy(request) if is_busy(exception) else None
