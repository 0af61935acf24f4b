"""Answers that belong to no app."""

import sys
from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.core.exceptions import (
    ObjectDoesNotExist,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

from config.busy import is_busy
from segments.views import after_csrf_failure

BUILDER = ("admin:segments_segment_add", "admin:segments_segment_change")
SECONDS_TO_WAIT = 10


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Says whether the form was too large, or that the request made no sense."""
    if is_busy(exception):
        return busy(request)
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        heading = _("This form is too large")
        reason = _("It holds more than can be read at once. Nothing was changed. Go back and take some out.")
    else:
        heading = _("This can't be understood")
        reason = _("Something about the request was malformed. Nothing was changed.")
    return _answer(request, HTTPStatus.BAD_REQUEST, heading, reason)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Says that the user's rights don't reach so far."""
    reason = _("Your login has no right to it. Whoever manages the users can give it to you.")
    return _answer(request, HTTPStatus.FORBIDDEN, _("This is not for you to see or do"), reason)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Says what isn't there, where the view has a sentence for it."""
    said = exception.args[0] if exception.args else None
    of_django = isinstance(said, dict) or isinstance(exception.__context__, ObjectDoesNotExist)
    reason = _("The address is mistyped, or what it showed has been deleted.")
    return _answer(
        request, HTTPStatus.NOT_FOUND, _("There is nothing here"), reason if of_django else said or reason
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - for developers
    """Says that nothing was done; in the builder, with all that was typed."""
    match = request.resolver_match
    if match and match.view_name in BUILDER:
        return after_csrf_failure(request, site=admin.site, pk=match.kwargs.get("pk"))
    advice = _("Nothing was changed. Go back, load the page again and retry. Cookies have to be allowed.")
    return _answer(request, HTTPStatus.FORBIDDEN, _("This page is older than your login"), advice)


def busy(request: HttpRequest) -> HttpResponse:
    """Says that nothing was changed, and that it will work in a moment."""
    reason = _(
        "Somebody is writing very many rows, such as an import. Nothing of yours was changed. Wait a moment, "
        "go back and try again: what you typed is still there."
    )
    response = _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, _("The database is busy"), reason)
    response["Retry-After"] = str(SECONDS_TO_WAIT)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """As Django's; what fails outside of a view because of another one's writing is no fault."""
    return busy(request) if is_busy(sys.exc_info()[1]) else defaults.server_error(request)


def _answer(request: HttpRequest, status: HTTPStatus, heading: str, reason: Any) -> HttpResponse:
    """A page; for htmx a part in the place of the preview, so that the builder's rows stay as they are."""
    part = request.headers.get("HX-Request") == "true"
    context = {"heading": heading, "reason": reason}
    response = render(request, f"error_{'part' if part else 'page'}.html", context, status=status)
    if part:
        response["HX-Retarget"] = "#builder-preview"
        response["HX-Reswap"] = "innerHTML"
    return response
