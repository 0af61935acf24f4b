"""How long a page may ask the database."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from partners.limits import TooSlowError, limited, was_stopped

SECONDS = 60.0
"""Longer than any single question of a page that goes on without its answer."""


class PatienceMiddleware:
    """Whatever a page asks is asked within a limit, and a page that reaches it says so.

    For pages that are looked at: what is sent may write for longer, and files are written after the answer.
    Last of all middleware, so that what the others write is written where nothing is stopped.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in time, or with the page that says so."""
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        from config.views import too_slow  # noqa: PLC0415 - the views need the models, the settings name this

        try:
            with limited(seconds=SECONDS, keeps=True):
                response = self.get_response(request)
                if hasattr(request, "was_stopped"):
                    raise TooSlowError
                return response
        except TooSlowError:
            return too_slow(request, SECONDS)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Have the page made when the limit is over, and what was asked rolled back."""
        if not (isinstance(exception, TooSlowError) or was_stopped(exception)):
            return None
        request.was_stopped = True  # type: ignore[attr-defined]
        return HttpResponse()
