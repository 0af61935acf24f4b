"""“Export…” on the Partners screen: of the ticked partners, or of all that match."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.core.list_filters import active_filters
from partners.core.narrowing import narrowing_of
from partners.core.requests import StaffRequest
from partners.exports.services import ExportSource
from partners.exports.views import export_page
from partners.models import Partner
from partners.permissions import can_view_partners


class ExportAction(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """The action. Its page posts to the list again, so that the search and the filters hold."""

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Asked for by Django, which refuses the action to others and hides it from them."""
        return can_view_partners(request.user)

    @admin.action(description=gettext_lazy("Export…"), permissions=["export"])
    def export(self, request: StaffRequest, queryset: QuerySet[Partner]) -> HttpResponseBase | None:
        """Asks for columns and file; then answers with the file."""
        across = request.POST.get("select_across") == "1"
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        partners = queryset
        if not across:
            # Ticked is ticked, whatever has become of it since; in the order of the list.
            rows: QuerySet[Partner] = self.get_queryset(request).filter(pk__in=ticked)
            partners = rows.order_by(*queryset.query.order_by)
        if not partners.order_by().exists():
            self.message_user(request, _("None of these partners exists any more."), messages.WARNING)
            return None
        narrowing = narrowing_of(request)
        where = str(narrowing.words) if narrowing else _("Partners screen")
        source = ExportSource(
            partners,
            name=str(narrowing.row) if narrowing else _("partners"),
            what=_("%s, all that match") % where if across else _("%s, ticked") % where,
            asked=self._asked(request) if across else "",
        )
        return export_page(
            request,
            source,
            back=request.get_full_path(),
            across=across,
            hidden=[("action", "export"), *((ACTION_CHECKBOX_NAME, key) for key in ticked)],
        )

    def _asked(self, request: StaffRequest) -> str:
        """The search and the filters of the list, in words."""
        found = self.get_changelist_instance(request)
        filters = [f"{str(one.title).capitalize()}: {one.chosen}" for one in active_filters(found)]
        return " · ".join([*([f"“{found.query}”"] if found.query else []), *filters])
