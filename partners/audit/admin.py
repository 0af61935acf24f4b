"""The audit log, for superusers."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from partners.core.base_admin import RecordAdmin
from partners.core.ordering import EmptyLast
from partners.models.audit import AuditEvent
from partners.permissions import can_view_audit_log


class AuditEventAdmin(RecordAdmin[AuditEvent]):
    """A record that nobody rewrites."""

    list_display = ["at", "user_name", "kind", "about", "came_from"]
    list_display_links = None
    list_filter = ("kind",)
    search_fields = ["user_name", "about", "address"]
    search_help_text = _("Search user, address or what it is about")

    def matching(self, term: str, request: HttpRequest) -> Q:
        return Q(user_name__icontains=term) | Q(about__icontains=term) | Q(address__startswith=term)

    @admin.display(description=_("Address"), ordering=EmptyLast("address"))
    def came_from(self, event: AuditEvent) -> str | None:
        """Where the request came from; nothing where a command did it."""
        return event.address

    def has_module_permission(self, request: HttpRequest) -> bool:
        return can_view_audit_log(request.user)

    def has_view_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        return can_view_audit_log(request.user)
