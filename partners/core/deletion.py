"""What a deletion takes along and what prevents it, in words for the user."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

MAX_NAMED = 50


def what_holds(rows: Iterable[Any], request: HttpRequest) -> list[Any]:
    """What keeps the rows from being deleted, each a link for those who may see it; of many the first."""
    chosen = list(rows)
    named: list[Any] = []
    for relation in chosen[0]._meta.get_fields(include_hidden=True) if chosen else ():
        if getattr(relation, "on_delete", None) is models.PROTECT and relation.auto_created:
            holding = relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": chosen})
            named += _named(holding, request)
    return named


def without_unlisted(deleted: list[Any], counts: dict[Any, int]) -> tuple[list[Any], dict[Any, int]]:
    """The rows that would be deleted, as Django lists them, without those of models that are unlisted.

    Such a model has `listed_when_deleted = False`: its rows belong to another row, as history does. Or Django
    made it, to say which rows belong together.
    """
    everything = apps.get_models(include_auto_created=True)
    unlisted = [model._meta for model in everything if not _is_listed(model)]
    names = {meta.verbose_name_plural for meta in unlisted}
    # Django gives whole lines such as "Change of stage: 7: Joined", so they are dropped by how they begin.
    starts = tuple({f"{capfirst(meta.verbose_name)}: " for meta in unlisted})
    return _without(deleted, starts), {name: many for name, many in counts.items() if name not in names}


def _is_listed(model: type[models.Model]) -> bool:
    return getattr(model, "listed_when_deleted", not model._meta.auto_created)


def _without(entries: list[Any], starts: tuple[str, ...]) -> list[Any]:
    kept = (_without(entry, starts) if isinstance(entry, list) else entry for entry in entries)
    return [entry for entry in kept if entry != [] and not str(entry).startswith(starts)]


def _named(holding: models.QuerySet[Any], request: HttpRequest) -> list[Any]:
    first = list(holding.order_by("pk")[:MAX_NAMED])
    # A row may stand for another, as a reference does for its segment.
    lines = [_line(row, request) for row in dict.fromkeys(getattr(row, "holder", row) for row in first)]
    rest = holding.count() - len(first) if len(first) == MAX_NAMED else 0
    return [*lines, *([_("and %s more") % f"{rest:,}"] if rest else [])]


def _line(row: models.Model, request: HttpRequest) -> Any:
    meta = row._meta
    model, site = type(row), admin.site
    if not (site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)):
        return f"{capfirst(meta.verbose_name)}: {row}"
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return format_html('{}: <a href="{}"><bdi>{}</bdi></a>', capfirst(meta.verbose_name), address, row)
