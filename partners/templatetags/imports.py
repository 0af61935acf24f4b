"""The way from a list to the import of such rows."""

from urllib.parse import urlencode

from django import template
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import reverse

from partners.imports.permissions import importable

register = template.Library()


@register.simple_tag
def import_address(cl: ChangeList, request: HttpRequest) -> str:
    """Where rows of this list are imported; nothing where they can't be, or not by this user."""
    for importer in importable(request.user):
        if importer.model is cl.model:
            return f"{reverse('admin:partners_import_add')}?{urlencode({'kind': importer.key})}"
    return ""
