"""The admin site: its name, its navigation, its start page and the page that shows the theme."""

from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRefresh

from config.accounts.backends import is_by_company
from config.accounts.passwords import PasswordLogin
from config.accounts.provider import END
from config.counts import small_counts
from config.dashboard import build_dashboard
from config.navigation import build_navigation, named_as_listed, unlisted_apps
from config.search import search
from config.theme import theme_parts
from partners.audit.services import record
from partners.core.pages import page_urls, staff_page
from partners.core.requests import StaffRequest, staff_request
from partners.models import AuditKind
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
    pages = ["search_view", "theme"]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """As Django's, with `navigation` for the sidebar and the breadcrumbs."""
        context = super().each_context(request)
        navigation = build_navigation(context["available_apps"], request.path, small_counts)
        return context | {"navigation": navigation}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """As Django's, in the words of the sidebar."""
        return named_as_listed(super().get_app_list(request, app_label))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """As Django's, with the site's own pages; no row has an address outside of the admin."""
        of_django = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [*page_urls(self, self.pages, self), *of_django]

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """As Django's; the audit log has it as it has what is done to others."""
        answer = super().password_change(request, extra_context)
        if isinstance(answer, HttpResponseRedirect):
            record(AuditKind.PASSWORD, str(request.user))
        return answer

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", FieldAutocomplete.as_view(admin_site=self)(request))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As Django's, with a second step for those who have one-time passwords.

        htmx loads the whole page anew, for it would draw the form into a part of it.
        """
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRefresh()
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            "company": settings.COMPANY,
            "local_login": settings.LOCAL_LOGIN,
            "passwords_by_mail": settings.PASSWORDS_BY_MAIL,
        }
        view = PasswordLogin.as_view(
            authentication_form=AdminAuthenticationForm,
            template_name="admin/login.html",
            extra_context=context | (extra_context or {}),
        )
        return cast("HttpResponse", view(request))

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """As Django's; whom the company's login let in is shown the way out of that, too."""
        end = request.session.get(END) if is_by_company(request) else None
        context = {"end": end, "company": settings.COMPANY}
        return super().logout(request, context | (extra_context or {}))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The dashboard; below it only what the sidebar does not lead to."""
        apps = self.get_app_list(request)
        context = {
            "dashboard": build_dashboard(self, staff_request(request)),
            "app_list": unlisted_apps(apps),
            "sees_nothing": not apps,
        }
        return super().index(request, context | (extra_context or {}))

    @staff_page("search/", name="search", permission=is_staff)
    def search_view(self, request: StaffRequest) -> HttpResponse:
        """What is found of everything that the user may open: as a page, or for the dialog of every page."""
        context: dict[str, Any] = {"found": search(self, request, request.GET.get("q", ""))}
        if request.htmx:
            return TemplateResponse(request, "config/search_hits.html", context)
        context |= self.each_context(request) | {"title": _("Search")}
        return TemplateResponse(request, "config/search.html", context)

    @staff_page("theme/", name="theme", permission=is_staff)
    def theme(self, request: StaffRequest) -> HttpResponse:
        """Every part of the theme on one page, for developers."""
        context = self.each_context(request) | {"title": _("Theme")} | theme_parts(self)
        return TemplateResponse(request, "config/theme.html", context)
