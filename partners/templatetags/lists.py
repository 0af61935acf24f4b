"""What the lists of the admin show beside their rows: active filters, menus of filters, pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.contrib.admin.views.main import ALL_VAR, PAGE_VAR, ChangeList
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from partners.core.base_admin import BaseAdmin
from partners.core.list_filters import FORM_ID, FilterSetFilter, Pill, active_filters
from partners.core.narrowing import narrowing_of

register = template.Library()


register.simple_tag(active_filters)


@register.simple_tag
def shown_count(cl: ChangeList) -> str:
    """How many rows there are, as a person reads it."""
    return getattr(cl.paginator, "shown_count", f"{cl.result_count:,}")


@register.simple_tag
def is_empty(cl: ChangeList) -> bool:
    """Whether there is no row, however the list is asked."""
    return not (cl.query or cl.has_active_filters or cl.root_queryset.order_by().exists())


@register.simple_tag
def pills(cl: ChangeList) -> list[Pill]:
    """The filters of the list that are on or off."""
    specs = (spec for spec in cl.filter_specs if isinstance(spec, FilterSetFilter))
    return [pill for spec in specs for pill in spec.pills(cl)]


@register.simple_tag(takes_context=True)
def list_tools(context: Mapping[str, Any], cl: ChangeList) -> SafeString:
    """What stands beside the active filters: nothing in a list that only lets a row be picked."""
    admin = cl.model_admin
    if cl.is_popup or not isinstance(admin, BaseAdmin):
        return SafeString()
    tools = admin.rendered_list_tools(context["request"], cl)
    return format_html_join("", "{}", ((tool,) for tool in tools))


@dataclass(frozen=True)
class Toolbar:
    """What can be done with ticked rows, by names of actions: the first buttons, and those in the menu."""

    first: list[tuple[str, str]]
    further: list[tuple[str, str]]


@register.simple_tag(takes_context=True)
def toolbar(context: Mapping[str, Any], cl: ChangeList) -> Toolbar:
    """The actions of the list; where all of them would stand in the menu, they stand outside."""
    admin, narrowing = cl.model_admin, narrowing_of(context["request"])
    outside = narrowing.first_actions if narrowing else ()
    further = [
        name for name in getattr(admin, "further_actions", BaseAdmin.further_actions) if name not in outside
    ]
    of_rows = getattr(admin, "row_actions", BaseAdmin.row_actions)
    labels = {"delete_selected": gettext("Delete…")}
    choices = admin.get_action_choices(context["request"], default_choices=[])
    tools = [(name, labels.get(name, label)) for name, label in choices if name not in of_rows]
    first = [tool for tool in tools if tool[0] not in further]
    return Toolbar(first, [tool for tool in tools if tool not in first]) if first else Toolbar(tools, [])


@register.inclusion_tag("partners/menus.html")
def filter_menus(cl: ChangeList) -> dict[str, Any]:
    """The form that sends all menus of the list at once, with everything else that the address says."""
    menus = {
        name for spec in cl.filter_specs if isinstance(spec, FilterSetFilter) for name in spec.form.fields
    }
    kept = [
        (name, value)
        for name, values in cl.filter_params.items()
        if name not in menus
        for value in (values if isinstance(values, list) else [values])
    ]
    return {"form_id": FORM_ID, "menus": menus, "kept": kept}


@register.inclusion_tag("partners/pages.html")
def pages(cl: ChangeList) -> dict[str, Any]:
    """Which rows the page shows, of how many, and the ways to the others."""
    whole = not cl.multi_page or (cl.show_all and cl.can_show_all)
    number = 1 if whole else cl.paginator.validate_number(cl.page_num)
    page = cl.paginator.page(number)
    address = {
        step: cl.get_query_string({PAGE_VAR: number + step})
        for step, there in ((-1, page.has_previous()), (1, page.has_next()))
        if there and not whole
    }
    return {
        "cl": cl,
        "first": page.start_index(),
        "last": cl.result_count if whole else page.end_index(),
        "previous": address.get(-1),
        "next": address.get(1),
        "all": cl.get_query_string({ALL_VAR: ""}) if cl.can_show_all and not whole else None,
        "at_the_cap": getattr(cl.paginator, "capped", False) and not page.has_next(),
    }
