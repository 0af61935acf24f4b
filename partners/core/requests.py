"""The one type of the requests that the program's own pages get."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth.models import AbstractUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

Person = AbstractUser | AnonymousUser
"""What Django takes for the user of a request: perhaps not logged in."""
Allowed = Callable[[Person], bool]
"""Who may see or do something: a function of an app's `permissions.py`."""


class StaffRequest(HttpRequest):
    """A request whose user is logged in: what pages (`partners.core.pages`) and actions of lists get.

    Middleware sets both attributes; the class only says so and is never made.
    """

    user: User
    htmx: HtmxDetails


def staff_request(request: HttpRequest) -> StaffRequest:
    """The same request, for overrides of Django's that know only an `HttpRequest`.

    PermissionDenied if nobody is logged in.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return cast("StaffRequest", request)
