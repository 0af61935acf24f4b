"""Pages that ask before anything is done: within the limit of a page, however they were sent."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from partners.core.limits import limits
from partners.core.time_limit import time_limit

View = TypeVar("View", bound=Callable[..., Any])
CONFIRMING = ("post", "confirm", "download", "emails")
"""The fields by which the pages of actions do what they were asked: Django's own, and the program's."""


def within_page_limit(view: Callable[..., Any], request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
    """The view's answer, made and drawn within the limit of a page; TooSlowError if it takes longer.

    What it writes by the way is kept, or on PostgreSQL none of it. A refusal is an answer: it is raised once
    the block is over, so that it doesn't roll back what is around.
    """
    response, refusal = None, None
    with time_limit(seconds=limits().page_timeout_s, keeps=True):
        try:
            response = view(request, *args, **kwargs)
            if hasattr(response, "render"):
                response.render()
        except (PermissionDenied, Http404) as error:
            refusal = error
    if refusal:
        raise refusal
    return response


def limited_unless_confirmed(*buttons: str) -> Callable[[View], View]:
    """Decorate a view that does something only if one of these fields is sent.

    What is not sent has its limit already (`config.page_limit`).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method != "POST" or request.POST.keys() & set(buttons):
                return view(request, *args, **kwargs)
            return within_page_limit(view, request, *args, **kwargs)

        return cast("View", answer)

    return decorate


class LimitedActionsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """A list whose actions ask first, on a page of their own."""

    acts_at_once: Collection[str] = ()
    """The actions that do not."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """As Django's; what only asks does so in time."""
        view = super().changelist_view
        if not set(self.acts_at_once).isdisjoint(request.POST.getlist("action")):
            return view(request, extra_context)
        return limited_unless_confirmed(*CONFIRMING)(view)(request, extra_context)
