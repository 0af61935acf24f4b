"""What goes into the log: a line for each request, a line for a refusal, a traceback for a fault.

With `LOG_FORMAT=json` each event is one line of JSON for the machines that collect logs.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from pythonjsonlogger.core import RESERVED_ATTRS

FAILURE = HTTPStatus.INTERNAL_SERVER_ERROR
REQUEST_ID = "X-Request-ID"
ID_OF_A_PROXY = re.compile(r"[\w.:=+/-]{1,128}")
"""What is taken over: nothing that could be read as more than one line, or fill the log."""
_request_id: ContextVar[str] = ContextVar("request_id", default="")
requests = logging.getLogger("requests")


class RefusalsInOneLine(logging.Filter):
    """Takes the traceback from what Django logs of an answer that is no failure of the program."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", FAILURE) < FAILURE:
            record.exc_info = record.exc_text = None
        return True


class OfTheRequest(logging.Filter):
    """Says of each event to which request it belongs, so that all of one are found by its ID."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _request_id.get() or None
        return True


class RequestLogMiddleware:
    """Gives each request an ID, that of the proxy if it sent one, and logs how it was answered.

    After those who answer machines and files, before all that may fail. What was asked for is logged without
    its query, in which the names of partners may be.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get(REQUEST_ID, "")
        request_id = sent if ID_OF_A_PROXY.fullmatch(sent) else uuid.uuid4().hex
        token, start = _request_id.set(request_id), time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers[REQUEST_ID] = request_id
            requests.info("%s %s", request.method, request.path, extra=_facts(request, response, start))
        finally:
            _request_id.reset(token)
        return response


def _facts(request: HttpRequest, response: HttpResponseBase, start: float) -> dict[str, Any]:
    # Asking who the user is may need the database, which may be away: it is said where it is known.
    user = request.__dict__.get("_cached_user")
    return {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "duration_ms": round((time.perf_counter() - start) * 1000, 1),
        "user": (user.get_username() if user else "") or None,
    }


def configuration(*, as_json: bool) -> dict[str, Any]:
    """For `settings.LOGGING`. Plain text has no lines of requests: servers for one person write them."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "refusals": {"()": "config.logs.RefusalsInOneLine"},
            "request": {"()": "config.logs.OfTheRequest"},
        },
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "%(levelname)s %(name)s %(message)s",
                "timestamp": "time",
                "rename_fields": {"levelname": "level", "name": "logger"},
                # Django hands over the request itself, which is no value of a line.
                "reserved_attrs": [*RESERVED_ATTRS, "request", "server_time"],
            },
            "plain": {},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["refusals", "request"],
                "formatter": "json" if as_json else "plain",
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "requests": {"level": "INFO" if as_json else "WARNING"},
            "audit": {"level": "INFO" if as_json else "WARNING"},
            # It says of failed logins what the audit log says, with user names as they were typed.
            "axes": {"level": "ERROR"},
        },
    }
