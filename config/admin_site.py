"""The admin site: its name and its navigation."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class ProgramAdminSite(admin.AdminSite):
    """Django's admin under the program's name."""

    site_header = _("Partner Segments")
    site_title = _("Partner Segments")
    index_title = _("Start")
    empty_value_display = "—"
