"""The admin site: its name, its navigation, its start page and the page that shows the theme."""

from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRefresh

from config.dashboard import build_dashboard
from config.navigation import build_navigation, unlisted_apps
from config.theme import theme_parts
from partners.core.pages import page_urls, staff_page
from partners.core.requests import StaffRequest, staff_request
from partners.permissions import is_staff


class FieldAutocomplete(AutocompleteJsonView):
    """Django's type-ahead, which fails on what is no field but the other end of one."""

    def process_request(self, request: HttpRequest) -> Any:
        asked = super().process_request(request)
        if asked[2].auto_created:
            raise PermissionDenied
        return asked


class ProgramAdminSite(admin.AdminSite):
    """Django's admin under the program's name, with the program's own sidebar and start page."""

    site_header = _("Partner Segments")
    site_title = _("Partner Segments")
    index_title = _("Start")
    logout_template = "config/logged_out.html"
    empty_value_display = "—"
    enable_nav_sidebar = False
    pages = ["theme"]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """As Django's, with `navigation` for the sidebar and the breadcrumbs."""
        context = super().each_context(request)
        return context | {"navigation": build_navigation(context["available_apps"], request.path)}

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """As Django's, with the site's own pages; no row has an address outside of the admin."""
        of_django = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [*page_urls(self, self.pages, self), *of_django]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", FieldAutocomplete.as_view(admin_site=self)(request))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As Django's, but a user who logged out on the page that was asked for goes to the start page.

        htmx loads the whole page anew, for it would draw the form into a part of it.
        """
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRefresh()
        answer = super().login(request, extra_context)
        if urlsplit(answer.headers.get("Location", "")).path == reverse("admin:logout"):
            return HttpResponseRedirect(reverse("admin:index"))
        return answer

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The dashboard; below it only what the sidebar does not lead to."""
        apps = self.get_app_list(request)
        context = {
            "dashboard": build_dashboard(self, staff_request(request)),
            "app_list": unlisted_apps(apps),
            "sees_nothing": not apps,
        }
        return super().index(request, context | (extra_context or {}))

    @staff_page("theme/", name="theme", permission=is_staff)
    def theme(self, request: StaffRequest) -> HttpResponse:
        """Every part of the theme on one page, for developers."""
        context = self.each_context(request) | {"title": _("Theme")} | theme_parts(self)
        return TemplateResponse(request, "config/theme.html", context)
