"""Logins that end when nobody has used them for a while, where the settings say so."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase

SEEN = "seen"
NOTED_PER_SPAN = 20
"""So often within the span is it noted that somebody is there: not with each request, which would write."""


class IdleMiddleware:
    """Logs out who comes back too late; they log in again, and are led to the page that they asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        span = settings.SESSION_IDLE_SECONDS
        if span and request.user.is_authenticated:
            now = int(time.time())
            seen = request.session.get(SEEN, now - span // NOTED_PER_SPAN)
            if now - seen > span:
                logout(request)
            elif now - seen >= span // NOTED_PER_SPAN:
                request.session[SEEN] = now
        return self.get_response(request)
