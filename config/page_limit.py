"""How long a page may ask the database."""

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from partners.core import replica
from partners.core.limits import limits
from partners.core.page_limit import within_page_limit
from partners.core.time_limit import TooSlowError, was_stopped


class PageLimitMiddleware:
    """Runs the queries of each page within a limit, and answers 503 where it is reached.

    For pages that are looked at, and what is sent to ask (`partners.core.page_limit`): what else is sent may
    write for longer, and files are written after the answer.
    Last of all middleware, so that what the others write is written where nothing is stopped.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in time, or with the page that says so."""
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        try:
            response: HttpResponseBase = within_page_limit(self._answer, request)
        except TooSlowError:
            return _too_slow(request)
        except DatabaseError as error:
            # The end of the block, a COMMIT, is nothing that the view asked: none but this sees it fail.
            if not replica.has_failed(error):
                raise
            return HttpResponse()
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if hasattr(request, "was_stopped"):
            raise TooSlowError
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Have the page made when the limit is over, and what was asked rolled back.

        What was sent has its limit within the view, and that is over by now.
        """
        if request.method not in ("GET", "HEAD"):
            return _too_slow(request) if isinstance(exception, TooSlowError) else None
        if not (isinstance(exception, TooSlowError) or was_stopped(exception)):
            return None
        request.was_stopped = True  # type: ignore[attr-defined]  # noted on the request for the middleware
        return HttpResponse()


def _too_slow(request: HttpRequest) -> HttpResponse:
    from config.views import too_slow  # noqa: PLC0415 - the views need the models, the settings name this

    return too_slow(request, limits().page_timeout_s)
