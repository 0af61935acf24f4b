"""The way from a list to the import of such rows."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.db.models.options import Options
from django.http import HttpRequest
from django.urls import reverse

from partners.imports.permissions import importable

register = template.Library()


@register.simple_tag
def import_address(opts: Options[Any], request: HttpRequest) -> str:
    """Where rows of a model are imported; nothing where they can't be, or not by this user."""
    for importer in importable(request.user):
        if importer.model._meta is opts:
            return f"{reverse('admin:partners_import_add')}?{urlencode({'kind': importer.key})}"
    return ""
