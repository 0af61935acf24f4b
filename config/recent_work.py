"""What a user did last, with a link to whatever still exists and may be seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, Model, Value
from django.http import HttpRequest

from partners.widgets import is_key

Key = tuple[int | None, int | None]
"""A content type's primary key, and that of a row of its model."""


@dataclass(frozen=True)
class Deed:
    """Something that the user did; the address is empty where there is nothing to open any more."""

    entry: LogEntry
    url: str


def may_see(site: AdminSite, model: type[Model], request: HttpRequest) -> bool:
    """Whether the user may open the model's screen."""
    return site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)


def recent_work(site: AdminSite, request: HttpRequest, number: int) -> list[Deed]:
    """The last things that the user did, newest first; two queries."""
    user: Any = request.user
    mine = LogEntry.objects.filter(user_id=user.pk).select_related("content_type")
    entries = list(mine.order_by("-action_time", "-pk")[:number])
    there = _still_there(site, request, entries)
    return [Deed(entry, (entry.get_admin_url() or "") if _key(entry) in there else "") for entry in entries]


def _key(entry: LogEntry) -> Key:
    row = entry.object_id
    return entry.content_type_id, int(row) if row and is_key(row) else None


def _still_there(site: AdminSite, request: HttpRequest, entries: Iterable[LogEntry]) -> set[Key]:
    """Of the rows that these speak of, those that exist and that the user may see; one query for all."""
    wanted: dict[ContentType, set[int]] = {}
    for entry in entries:
        kind, (_kind, row) = entry.content_type, _key(entry)
        model = kind.model_class() if kind else None
        if kind and model and row and may_see(site, model, request):
            wanted.setdefault(kind, set()).add(row)
    found = [_rows(kind, keys) for kind, keys in wanted.items()]
    return set(found[0].union(*found[1:])) if found else set()


def _rows(kind: ContentType, keys: set[int]) -> Any:
    model: Any = kind.model_class()
    number = Value(kind.pk, BigIntegerField())
    return model._default_manager.order_by().filter(pk__in=keys).values_list(number, "pk")
