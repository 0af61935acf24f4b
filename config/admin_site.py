"""The admin site: its name and its navigation."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.navigation import build_navigation


class ProgramAdminSite(admin.AdminSite):
    """Django's admin under the program's name, with the program's own sidebar."""

    site_header = _("Partner Segments")
    site_title = _("Partner Segments")
    index_title = _("Start")
    empty_value_display = "—"
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """As Django's, with `navigation` for the sidebar and the breadcrumbs."""
        context = super().each_context(request)
        return context | {"navigation": build_navigation(context["available_apps"], request.path)}
