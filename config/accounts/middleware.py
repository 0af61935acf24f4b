"""Superusers without one-time passwords, where the site asks them to have some."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from config.accounts.backends import is_by_company
from partners.core.one_time_passwords import has_codes

OPEN = ("mfa_activate_totp", "account_reauthenticate", "admin:logout", "admin:jsi18n")
"""What they may open before they have set them up."""


class CodesMiddleware:
    """Leads them to the set-up, whatever they ask for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if not (
            settings.SUPERUSERS_NEED_CODES and request.user.is_authenticated and request.user.is_superuser
        ):
            return None
        if is_by_company(request):
            return None
        place = request.resolver_match.view_name if request.resolver_match else ""
        if place in OPEN or has_codes(request.user):
            return None
        # htmx would draw the page into a part of another.
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRefresh()
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
