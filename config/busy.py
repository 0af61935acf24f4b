"""What happens where the database lets nobody write just now, for somebody else is writing much."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from config.database_errors import is_busy
from config.views import busy


class BusyMiddleware:
    """Turns it into the page that asks to try again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """The page, for this exception and no other."""
        return busy(request) if is_busy(exception) else None
