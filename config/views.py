"""Answers that belong to no app."""

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import (
    ObjectDoesNotExist,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views import defaults
from django_stubs_ext import StrOrPromise

from config.database_errors import is_busy, is_full, is_out_of_reach, is_read_only
from partners.core.limits import limits
from segments.builder.views import after_csrf_failure

BUILDER = ("admin:segments_segment_add", "admin:segments_segment_change")
logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Says whether the form was too large, or that the request made no sense."""
    if (answer := _unable(request, exception)) is not None:
        return answer
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        heading = _("This form is too large")
        reason = _("It holds more than can be read at once. Nothing was changed. Go back and take some out.")
    else:
        heading = _("This request can't be read")
        reason = _("The address or the form was damaged on its way. Nothing was changed.")
    return error_page(request, HTTPStatus.BAD_REQUEST, heading, reason)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Says that the user's rights don't reach so far."""
    reason = _(
        "Your login has no permission to see or do this. The person who manages the users can give it to you."
    )
    return error_page(request, HTTPStatus.FORBIDDEN, _("You have no access to this page"), reason)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Says what isn't there, where the view has a sentence for it."""
    said = exception.args[0] if exception.args else None
    of_django = isinstance(said, dict) or isinstance(exception.__context__, ObjectDoesNotExist)
    reason = _("The address is wrong, or what it showed has been deleted.")
    told = reason if of_django or not said else said
    return error_page(request, HTTPStatus.NOT_FOUND, _("Page not found"), told)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001 - for developers
    """Says that nothing was done; in the builder, with all that was typed."""
    match = request.resolver_match
    if match and _is_builder(request):
        return after_csrf_failure(request, pk=match.kwargs.get("pk"))
    advice = _(
        "You have logged in or out since it was opened, or your browser refuses cookies. "
        "Nothing was changed. Go back, load the page again and try once more."
    )
    return error_page(request, HTTPStatus.FORBIDDEN, _("This page is out of date"), advice)


def _unable(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """What is said where the database could not do it, which is no fault of the program."""
    if is_busy(error):
        return busy(request)
    if is_read_only(error):
        # The next request finds the server that takes writes.
        connection.close()
    if is_out_of_reach(error):
        return out_of_reach(request)
    return full(request) if is_full(error) else None


def busy(request: HttpRequest) -> HttpResponse:
    """Says that nothing was changed, and that it will work in a moment."""
    reason = _(
        "Somebody is writing very many rows, such as an import. Nothing of yours was changed. Wait a moment, "
        "go back and try again: what you typed is still there."
    )
    return try_again(request, _("The database is busy"), reason)


def out_of_reach(request: HttpRequest) -> HttpResponse:
    """Says that it will work once the database is there again, and that something may have been saved."""
    reason = _(
        "It is being started again, or was stopped. Wait a moment and try again. If you saved something, "
        "look first whether it was kept."
    )
    return try_again(request, _("The database can't be reached"), reason)


def locked_out(request: HttpRequest) -> HttpResponse:
    """Says for how long, and who can shorten it."""
    minutes = round(settings.AXES_COOLOFF_TIME.total_seconds() / 60)
    reason = _(
        "This user name was tried with wrong passwords too often from here. Wait %s minutes, or ask a "
        "superuser to unlock it on the Users screen."
    )
    return error_page(request, HTTPStatus.TOO_MANY_REQUESTS, _("This login is locked"), reason % minutes)


def full(request: HttpRequest) -> HttpResponse:
    """Says that it is for the operator to mend; the log has the error."""
    reason = _(
        "The server has no room left to write. Nothing was changed. Tell the person who runs it, and go "
        "back: what you typed is still there."
    )
    return error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, _("The server is full"), reason)


def try_again(request: HttpRequest, heading: str, reason: str) -> HttpResponse:
    """A page for what passes by itself."""
    response = error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, heading, reason)
    response["Retry-After"] = str(limits().retry_after_s)
    return response


def too_slow(request: HttpRequest, seconds: float) -> HttpResponse:
    """Says that the page asked too much at once, and what to do."""
    reason = _(
        "This page took longer than %s seconds, and was stopped. Search for something more exact, choose "
        "fewer rows with the filters, or try again when less is going on."
    )
    return error_page(
        request, HTTPStatus.SERVICE_UNAVAILABLE, _("This takes too long"), reason % round(seconds)
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Says that the program is to blame; if even that fails, a page that needs nothing of the program.

    What fails because of another one's writing, without a database or without room is no fault.
    """
    if (answer := _unable(request, sys.exc_info()[1])) is not None:
        return answer
    reason = _(
        "This is a fault of the program, not yours. It has been written to the log. Go back and try again; "
        "what you typed may still be there."
    )
    try:
        return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, _("Something went wrong"), reason)
    except Exception:
        logger.exception("The page that tells of an error failed as well.")
        return defaults.server_error(request)


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    """Says that the address belongs to a button."""
    reason = _("A button of another page leads here. Nothing was changed. Go back and press it.")
    return error_page(
        request, HTTPStatus.METHOD_NOT_ALLOWED, _("This address can't be opened by itself"), reason
    )


def error_page(
    request: HttpRequest, status: HTTPStatus, heading: str, reason: StrOrPromise, **more: str
) -> HttpResponse:
    """A page; for htmx a part, in the builder beside what it shows: that stays as it is."""
    part = request.headers.get("HX-Request") == "true"
    in_builder = _is_builder(request)
    passes = status == HTTPStatus.SERVICE_UNAVAILABLE
    said = {"heading": heading, "reason": reason, "in_builder": in_builder, "passes": passes, **more}
    context = {**({} if part else _frame(request)), **said}
    response = render(request, f"error_{'part' if part else 'page'}.html", context, status=status)
    if part and in_builder:
        response["HX-Retarget"] = "#builder-trouble"
        response["HX-Reswap"] = "innerHTML"
    return response


def _is_builder(request: HttpRequest) -> bool:
    """Whatever failed: it may be what comes before the address is looked up."""
    try:
        return resolve(request.path_info).view_name in BUILDER
    except Resolver404:
        return False


def _frame(request: HttpRequest) -> dict[str, Any]:
    """What the sidebar needs, for who is logged in; nothing where that fails: it may be what is broken."""
    try:
        frame = admin.site.each_context(request) if admin.site.has_permission(request) else {}
        return {**frame, "is_popup": IS_POPUP_VAR in request.GET}
    except Exception:
        return {}
