"""What a deletion takes along and what prevents it, in words and numbers."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import models
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MAX_NAMED = 50
"""Of the rows that can't be deleted, so many are named."""
Shown = tuple[Callable[[HttpRequest], bool], Callable[[Any], str]]
LISTS: dict[tuple[type[models.Model], str], Shown] = {}
"""Where the rows are listed that hold another by a foreign key: for whom, and at which address."""


def list_holders(
    model: type[models.Model],
    field: str,
    address: Callable[[Any], str],
    *,
    screen: type[models.Model] | None = None,
) -> None:
    """Declare at which address the rows of a model are listed whose foreign key leads to a row.

    `screen`: the model whose list that is, if it is another.
    """

    def may_see(request: HttpRequest) -> bool:
        return admin.site.get_model_admin(screen or model).has_view_permission(request)

    LISTS[model, field] = (may_see, address)


def what_holds(rows: Iterable[Any], request: HttpRequest) -> list[SafeString]:
    """What keeps the rows from being deleted, a line for each kind of it and each row; of many the first."""
    chosen = list(rows)
    lines = [
        line
        for relation in (chosen[0]._meta.get_fields(include_hidden=True) if chosen else ())
        if getattr(relation, "on_delete", None) is models.PROTECT and relation.auto_created
        for line in _lines(relation, chosen, request)
    ]
    rest = len(lines) - MAX_NAMED
    return [*lines[:MAX_NAMED], *([format_html("{}", _("and %s more") % f"{rest:,}")] if rest > 0 else [])]


def _lines(relation: Any, chosen: Sequence[Any], request: HttpRequest) -> list[SafeString]:
    """A line for each of the rows that is held by way of the relation."""
    field, model = relation.field.name, relation.related_model
    holding = model._default_manager.filter(**{f"{field}__in": chosen}).order_by()
    numbers = dict(holding.values_list(field).annotate(Count("pk")))
    may_see, address = LISTS.get((model, field), (_nobody, str))
    return [
        format_html(
            "{}{}{}",
            format_html("<bdi>{}</bdi>: ", row) if len(chosen) > 1 else "",
            _used(numbers[row.pk], model._meta),
            _link(address(row), numbers[row.pk]) if may_see(request) else "",
        )
        for row in chosen
        if row.pk in numbers
    ]


def _link(address: str, number: int) -> SafeString:
    return format_html(': <a href="{}">{}</a>', address, ngettext("see it", "see them", number))


def _nobody(_request: HttpRequest) -> bool:
    return False


def _used(number: int, meta: Any) -> str:
    words = ngettext("%(number)s %(name)s uses it", "%(number)s %(name)s use it", number)
    name = meta.verbose_name if number == 1 else meta.verbose_name_plural
    return words % {"number": f"{number:,}", "name": name}


def listed_counts(counts: dict[Any, int]) -> dict[Any, int]:
    """How many rows of each model would be deleted, without those of models that are unlisted.

    Such a model has `listed_when_deleted = False`: its rows belong to another row, as history does. Or Django
    made it, to say which rows belong together.
    """
    unlisted = {
        model._meta.verbose_name_plural
        for model in apps.get_models(include_auto_created=True)
        if not getattr(model, "listed_when_deleted", not model._meta.auto_created)
    }
    return {name: many for name, many in counts.items() if name not in unlisted}
