"""The Exports screen: who took which file, when, and how many rows it has."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from partners.core.base_admin import RecordAdmin
from partners.core.ordering import EmptyLast
from partners.models.exports import Export
from partners.permissions import can_view_exports

MAX_SHOWN_LENGTH = 200


class ExportAdmin(RecordAdmin[Export]):
    """A record that nobody rewrites."""

    list_display = ["at", "user_name", "taken", "columns", "format", "number"]
    list_display_links = None
    search_fields = ["user_name", "what"]
    search_help_text = _("Search user or what was exported")
    begins_by = _("Each file of partners or contracts that somebody downloads is listed here.")

    def matching(self, term: str, request: HttpRequest) -> Q:
        return Q(user_name__icontains=term) | Q(what__icontains=term)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_view_exports(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Export | None = None) -> bool:
        return can_view_exports(request.user)

    @admin.display(description=_("What"), ordering="what")
    def taken(self, export: Export) -> SafeString:
        """Of what, and which question found it."""
        asked = Truncator(export.asked).chars(MAX_SHOWN_LENGTH)
        return format_html(
            '<span class="row-name"><bdi>{}</bdi></span> <span class="row-detail">{}</span>',
            export.what,
            asked,
        )

    @admin.display(description=_("Rows"), ordering=EmptyLast("rows"))
    def number(self, export: Export) -> SafeString:
        """How many have left; nothing where the file was not completed."""
        if export.rows is None:
            return format_html('<span class="muted">{}</span>', _("not completed"))
        return format_html('<span class="number">{}</span>', f"{export.rows:,}")
