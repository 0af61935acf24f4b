"""What is shown where an address is opened that is only sent to, or the other way round."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed

from config.views import method_not_allowed


class MethodNotAllowedMiddleware:
    """Puts a page into the answer, which Django leaves empty; `Allow` and the line in the log stay."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response.content = method_not_allowed(request).content
        return response
