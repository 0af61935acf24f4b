"""Stages, and rows by their names, for templates."""

from typing import Any

from django import template

from partners.core.badges import stage_badge
from partners.core.rows import few

register = template.Library()
register.simple_tag(stage_badge)
register.filter(few)


@register.filter
def admin_change(row: Any) -> str:
    """The name of the address of the row's page."""
    return f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
