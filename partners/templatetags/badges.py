"""Stages and the rows that have them, for templates."""

from typing import Any

from django import template

from partners.core.badges import stage_badge

register = template.Library()
register.simple_tag(stage_badge)


@register.filter
def admin_change(row: Any) -> str:
    """The name of the address of the row's page."""
    return f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
