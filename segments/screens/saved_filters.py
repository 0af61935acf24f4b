"""“Save these filters as a segment”: the button beside them, and what the builder makes of where it leads."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Model
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from partners.core.base_admin import BaseAdmin
from partners.core.filtersets import ListFilterSet
from partners.core.list_filters import filterset_of
from partners.core.requests import StaffRequest
from partners.models import Partner
from segments.screens.filter_conditions import SAYINGS, Filtered, filtered

LIST, FILTERS = "list", "filters"
"""In the address of the builder: which list, and its own query string."""
NOTHING = Filtered(None, "", ())


def save_button(_request: HttpRequest, changelist: ChangeList) -> str:
    """Beside the filters of a list: the way to the builder, what is asked there, and what is left out."""
    filterset, term = filterset_of(changelist), changelist.query.strip()
    if filterset is None or not filterset.is_valid():
        return ""
    found = filtered(filterset, term)
    if found == NOTHING:
        return ""
    asked = {one.name: filterset.values(one.name) for one in filterset.asked()}
    context = {
        "found": found,
        "address": _address(changelist.model, {**asked, SEARCH_VAR: term} if term else asked),
        "about": _about(changelist.model),
    }
    return render_to_string("segments/save_filters.html", context)


def _address(model: type[Model], query: Mapping[str, Any]) -> str:
    said = {LIST: model._meta.label_lower, FILTERS: urlencode(query, doseq=True)}
    return f"{reverse('admin:segments_segment_add')}?{urlencode(said)}"


def _about(model: type[Model]) -> str:
    """Whom the segment of a list is about, where its rows are no partners."""
    if model is Partner:
        return ""
    return _("Partners with one %s that meets all of these filters") % model._meta.verbose_name


def opened(request: StaffRequest) -> Filtered | None:
    """The filters of a list that the address of a new segment names; None where it names none."""
    if LIST not in request.GET:
        return None
    models = {model._meta.label_lower: model for model in SAYINGS}
    model = models.get(request.GET[LIST])
    data = QueryDict(request.GET.get(FILTERS, ""), mutable=True)
    term = data.pop(SEARCH_VAR, [""])[-1].strip()
    filterset = _filterset(model, data, request) if model else None
    if model is None or filterset is None or not filterset.is_valid():
        messages.warning(request, _("These filters can't be understood any more."))
        return NOTHING
    found = filtered(filterset, term)
    if found.definition:
        messages.info(request, _notice(model))
    if found.left_out:
        messages.warning(request, _("The segment leaves out: %s.") % "; ".join(found.left_out))
    return found


def _filterset(model: type[Model], data: QueryDict, request: StaffRequest) -> ListFilterSet | None:
    screen = admin.site.get_model_admin(model)
    rows = model._default_manager.all()
    return screen.filterset(data, rows, request=request) if isinstance(screen, BaseAdmin) else None


def _notice(model: type[Model]) -> str:
    about = f"{found}. " if (found := _about(model)) else ""
    words = {"list": capfirst(model._meta.verbose_name_plural), "about": about}
    read = _("Read from the filters of %(list)s. %(about)sNot saved yet: look it over, then press Save.")
    return read % words
