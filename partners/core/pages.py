"""Pages of the program's own in the admin: each declares its address, its name, and who may open it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MethodType
from typing import Any

from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache

from partners.core.requests import Allowed

View = Callable[..., HttpResponseBase]
"""Takes a `StaffRequest` and what the address names; as a method, after `self`."""


@dataclass(eq=False)
class StaffPage:
    """A view with its address below that of its screen, the name of the address, and who may open it.

    Everybody else is refused before the view is called.
    """

    view: View
    address: str
    name: str
    permission: Allowed
    logged_out: View | None = None
    """What answers those who aren't logged in, with `permission` besides; None sends them to the login."""

    def __call__(self, request: HttpRequest, **place: Any) -> HttpResponseBase:
        if self.logged_out and not admin.site.has_permission(request):
            return self.logged_out(request, permission=self.permission, **place)
        if not self.permission(request.user):
            raise PermissionDenied
        return self.view(request, **place)

    def __get__(self, owner: object, _cls: type | None = None) -> "StaffPage":
        """The page of an admin's method, bound as the method would be."""
        return self if owner is None else replace(self, view=MethodType(self.view, owner))


def staff_page(
    address: str, *, name: str, permission: Allowed, logged_out: View | None = None
) -> Callable[[View], StaffPage]:
    """Make a view a page; it is reached once it stands in the `pages` of an admin."""
    return lambda view: StaffPage(view, address, name, permission, logged_out)


def page_urls(owner: object, pages: Sequence[str | StaffPage], site: admin.AdminSite) -> list[URLPattern]:
    """The addresses of pages: functions, or names of methods of the owner.

    ImproperlyConfigured if one of them declares no permission.
    """
    return [_url(getattr(owner, page) if isinstance(page, str) else page, site) for page in pages]


def _url(page: object, site: admin.AdminSite) -> URLPattern:
    if not isinstance(page, StaffPage):
        message = f"{page!r} is no page: it has to say with @staff_page who may open it."
        raise ImproperlyConfigured(message)
    view = never_cache(page) if page.logged_out else site.admin_view(page)
    return path(page.address, view, name=page.name)
