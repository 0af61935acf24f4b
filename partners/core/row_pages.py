"""The page of a row that leads with a list of what belongs to it, such as a group's partners."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.admin.utils import quote, unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.core.base_admin import ModelT, NamedAdmin
from partners.core.narrowing import Narrowing, narrow
from partners.core.paginator import CappedPaginator
from partners.core.row_menu import RowEntry, row_link
from partners.core.widgets import is_key


class RowPageAdmin(NamedAdmin[ModelT]):
    """Rows whose page is the list of another screen, narrowed to what belongs to them.

    The list is that screen's own, with its search, filters, ticks and actions, which come back to the page.
    The form has an address of its own, which the class declares by the name of `edit`. Those who may not see
    the list, and windows that only edit the row, get the form.
    """

    preserve_filters = False  # in the address they would be taken for filters of the page's list
    page_template: str

    def narrowing(self, row: ModelT) -> Narrowing:
        """What belongs to the row."""
        raise NotImplementedError

    def page_context(self, request: HttpRequest, row: ModelT) -> dict[str, Any]:  # noqa: ARG002 - for screens to answer
        """What the template of the page shows besides."""
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of the row."""
        key = unquote(object_id)
        # Without what the rows of its own list know besides, such as numbers of all that belongs to each.
        row = self.model._default_manager.filter(pk=int(key)).first() if is_key(key) else None
        only_the_form = IS_POPUP_VAR in request.GET or IS_POPUP_VAR in request.POST
        if row is None or only_the_form or not self.has_view_or_change_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        narrowing = self.narrowing(row)
        listed = self.admin_site.get_model_admin(narrowing.model)
        if not listed.has_view_or_change_permission(request):
            return super().change_view(request, object_id, form_url, extra_context)
        narrow(request, narrowing)
        response: HttpResponse = listed.changelist_view(request)
        context = getattr(response, "context_data", None) or {}
        if "cl" not in context:
            return response
        if request.method == "POST":
            return HttpResponseRedirect(request.get_full_path())
        context.update(self._context(request, row, narrowing, context["cl"]))
        response.template_name = self.page_template  # type: ignore[attr-defined]  # a TemplateResponse
        return response

    def form_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form, with the way back to the page."""
        page = reverse(admin_urlname(self.opts, "change"), args=[object_id])  # type: ignore[arg-type]  # any page
        return self.changeform_view(request, object_id, extra_context={"object_url": page})

    def _context(self, request: HttpRequest, row: ModelT, narrowing: Narrowing, cl: Any) -> dict[str, Any]:
        filtered = bool(cl.query or cl.has_active_filters)
        everything = narrowing.model._default_manager.filter(narrowing.rows)
        counted = CappedPaginator(everything, 1) if filtered else cl.paginator
        return {
            "opts": self.opts,
            "row": row,
            "title": str(row),
            "number": counted.shown_count,
            "is_one": counted.count == 1,
            "filtered": filtered,
            "whole_list": narrowing.address,
            "panels": self.rendered_panels(request, row),
            "may_change": self.has_change_permission(request, row),
            "may_delete": self.has_delete_permission(request, row),
            "has_add_permission": False,
            **self.page_context(request, row),
        }

    def response_post_save_change(self, request: HttpRequest, obj: ModelT) -> HttpResponseRedirect:  # noqa: ARG002 - Django's signature
        """Back to the page."""
        return HttpResponseRedirect(page_of(obj))

    def row_entries(self, request: HttpRequest, row: ModelT) -> Iterable[RowEntry]:
        """With the page and the form apart."""
        _form, *others = super().row_entries(request, row)
        yield row_link(_("Open"), "change", row)
        if self.has_change_permission(request, row):
            yield row_link(_("Edit"), "edit", row)
        yield from others


def page_of(row: Any) -> str:
    """The address of the row's page."""
    return reverse(admin_urlname(row._meta, "change"), args=[quote(row.pk)])  # type: ignore[arg-type]  # any page
