"""What can be done with the ticked partners of a list of theirs, or with all of them.

Groups and stages are changed by the actions of the Partners screen, which decides who may run them; they come
back to the address that they were called from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from partners.admin import PartnerAdmin
from partners.core.requests import StaffRequest
from partners.core.widgets import is_key
from partners.exports.services import ExportSource
from partners.exports.views import export_page
from partners.models import Partner
from segments.permissions import can_export
from segments.screens.filters import MemberFilterSet

EXPORT = "export"
OF_PARTNERS: dict[str, StrOrPromise] = {
    "add_to_group": gettext_lazy("Add to group…"),
    "remove_from_group": gettext_lazy("Take out of group…"),
    "change_stage": gettext_lazy("Change stage…"),
}
"""The actions of the Partners screen that these lists offer."""


@dataclass(frozen=True)
class ListedPartners:
    """The partners of a list, in its order, and what they are called in files and records.

    `rows` finds them when they are needed. `export` is the address of the page for a file of all of them.
    """

    rows: Callable[[], QuerySet[Partner]]
    name: str
    what: str
    export: str


def offered(request: StaffRequest) -> list[tuple[str, StrOrPromise]]:
    """What this user may do with ticked partners; nothing for those who may only look."""
    known = _partner_admin().get_actions(request)
    changes = [(key, label) for key, label in OF_PARTNERS.items() if key in known]
    return [*changes, (EXPORT, _("Export…"))] if changes else []


def run(request: StaffRequest, listed: ListedPartners) -> HttpResponseBase:
    """The answer of the chosen action; the list again, with a message, where there is nothing to do."""
    action, ticked = request.POST.get("action", ""), request.POST.getlist(ACTION_CHECKBOX_NAME)
    takes_all = request.POST.get("select_across") == "1"
    if action not in (EXPORT, *OF_PARTNERS):
        return _back(request, _("There is no such action. Nothing was changed."))
    if not (ticked or takes_all):
        return _back(request, _("Tick partners first, or take all."))
    if not all(is_key(key) for key in ticked):
        return _back(request, _("These rows do not exist. Nothing was changed."))
    if action == EXPORT:
        return _export(request, listed, [] if takes_all else ticked)
    partners = _partner_admin()
    if action not in partners.get_actions(request):
        raise PermissionDenied
    answer = partners.response_action(request, listed.rows())
    return answer or HttpResponseRedirect(request.get_full_path())


def _partner_admin() -> PartnerAdmin:
    return cast("PartnerAdmin", admin.site.get_model_admin(Partner))


def _back(request: StaffRequest, message: str) -> HttpResponseBase:
    messages.warning(request, message)
    return HttpResponseRedirect(request.get_full_path())


def _export(request: StaffRequest, listed: ListedPartners, ticked: list[str]) -> HttpResponseBase:
    """A file of the ticked partners; the page for a file of all, if none are."""
    if not can_export(request.user):
        raise PermissionDenied
    if not ticked:
        return HttpResponseRedirect(f"{listed.export}?{request.GET.urlencode()}")
    order = MemberFilterSet(request.GET).order()
    source = ExportSource(
        Partner.objects.filter(pk__in=ticked).order_by(*order.columns()),
        listed.name,
        what=_("%s, ticked") % listed.what,
    )
    return export_page(
        request,
        source,
        back=request.get_full_path(),
        across=False,
        hidden=[("action", EXPORT), *((ACTION_CHECKBOX_NAME, key) for key in ticked)],
    )
