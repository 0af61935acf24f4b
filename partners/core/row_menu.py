"""What each row of a list has besides its columns: a tick, and a menu of what can be done with it alone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.http import HttpRequest
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

ROW_BUTTON = "row"
"""The field that buttons of rows send: the name of an action, a colon, the row's primary key."""


@dataclass(frozen=True)
class RowLink:
    """Leads to a page about the row; one that is `dangerous` stands apart, at the end."""

    label: StrOrPromise
    address: str
    dangerous: bool = False

    def html(self, _row: Any) -> SafeString:
        """The entry of the menu."""
        if self.dangerous:
            return format_html('<hr><a class="drop-danger" href="{}">{}</a>', self.address, self.label)
        return format_html('<a href="{}">{}</a>', self.address, self.label)


@dataclass(frozen=True)
class RowButton:
    """Does to the row what an action of the list does to ticked ones."""

    label: StrOrPromise
    action: str

    def html(self, row: Any) -> SafeString:
        """The entry of the menu."""
        return format_html(
            '<button type="submit" name="{}" value="{}:{}">{}</button>',
            ROW_BUTTON,
            self.action,
            row.pk,
            self.label,
        )


ANY_KEY = 2**63 - 1
"""Stands for any: no row of ours gets so far."""
RowEntry = RowLink | RowButton
TICK = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
MENU = (
    '<details class="drop" name="row-menu"><summary class="icon-button" aria-label="{}">'
    '<span aria-hidden="true">⋯</span></summary><div class="drop-panel">{}</div></details>'
)


def row_link(label: StrOrPromise, page: str, row: Any, *, dangerous: bool = False) -> RowLink:
    """A link to a page of the row's own screen, by the last part of its name."""
    name = admin_urlname(row._meta, page)  # type: ignore[arg-type]  # any page
    of_any_row = _address_of_any_row(name, get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF)
    return RowLink(label, of_any_row.replace(str(ANY_KEY), str(row.pk)), dangerous)


@lru_cache(maxsize=256)
def _address_of_any_row(name: str, _prefix: str, _urlconf: str) -> str:
    """With `ANY_KEY` for its key: a list has five addresses in each of a hundred rows."""
    return reverse(name, args=[ANY_KEY])


class RowMenuAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """Lists whose rows begin with a tick and end in a menu; its buttons are pressed without ticking."""

    has_row_menu = True

    def row_entries(self, request: HttpRequest, row: Any) -> Iterable[RowEntry]:
        """What the menu of a row offers to this user."""
        changes = self.has_change_permission(request, row)
        yield row_link(_("Edit") if changes else _("Open"), "change", row)
        yield row_link(_("History"), "history", row)
        if self.has_delete_permission(request, row):
            yield row_link(_("Delete"), "delete", row, dangerous=True)

    def action_checkbox(self, row: Any) -> SafeString:
        """As Django's, without a template for each row."""
        label = format_html(_("Select this object for an action - {}"), row)
        return format_html(TICK, ACTION_CHECKBOX_NAME, row.pk, label)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """As Django's; a button of a row is the action of its name for this row."""
        action, _colon, key = request.POST.get(ROW_BUTTON, "").partition(":")
        if key:
            posted = request.POST.copy()
            posted.setlist("action", [action])
            posted.setlist(ACTION_CHECKBOX_NAME, [key])
            posted.update({"index": "0"})
            posted.setlist("select_across", ["0"])
            request.POST = posted  # type: ignore[assignment]  # read like any other
        return super().changelist_view(request, extra_context)


def menu_column(model_admin: RowMenuAdmin, request: HttpRequest) -> Callable[[Any], SafeString]:
    """The last column of a list."""
    heading = format_html('<span class="visually-hidden">{}</span>', _("More"))

    @admin.display(description=heading)
    def row_menu(row: Any) -> SafeString:
        entries = format_html_join(
            "", "{}", ((entry.html(row),) for entry in model_admin.row_entries(request, row))
        )
        return entries and format_html(MENU, _("More about %s") % row, entries)

    return row_menu
