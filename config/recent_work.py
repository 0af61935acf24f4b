"""What a user did last, with a link to whatever still exists and may be seen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import BigIntegerField, Model, Value
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from partners.core.requests import StaffRequest
from partners.core.widgets import is_key
from partners.models import Import, StageEdit
from partners.stage_edits.presenters import summary

DONE = {ADDITION: _("added"), CHANGE: _("changed"), DELETION: _("deleted")}

RowKey = tuple[int | None, int | None]
"""A content type's primary key, and that of a row of its model."""


@dataclass(frozen=True)
class WorkItem:
    """Something that the user did; the address is empty where there is nothing to open any more."""

    what: str
    detail: str
    at: datetime
    url: str


def may_see(site: AdminSite, model: type[Model], request: StaffRequest) -> bool:
    """Whether the user may open the model's screen."""
    return site.is_registered(model) and site.get_model_admin(model).has_view_permission(request)


def recent_work(site: AdminSite, request: StaffRequest, number: int) -> list[WorkItem]:
    """The last things that the user did, newest first; four queries."""
    sources = (_single_rows, _stage_edits, _imports)
    deeds = chain.from_iterable(source(site, request, number) for source in sources)
    return sorted(deeds, key=lambda deed: deed.at, reverse=True)[:number]


def _single_rows(site: AdminSite, request: StaffRequest, number: int) -> Iterator[WorkItem]:
    mine = LogEntry.objects.filter(user_id=request.user.pk).select_related("content_type")
    entries = list(mine.order_by("-action_time", "-pk")[:number])
    there = _still_there(site, request, entries)
    for entry in entries:
        kind = capfirst(entry.content_type.name) if entry.content_type else ""
        url = (entry.get_admin_url() or "") if _key(entry) in there else ""
        yield WorkItem(
            entry.object_repr,
            f"{kind} {DONE.get(entry.action_flag, DONE[CHANGE])}".strip(),
            entry.action_time,
            url,
        )


def _stage_edits(site: AdminSite, request: StaffRequest, number: int) -> Iterator[WorkItem]:
    """Bulk edits and their undos."""
    mine = StageEdit.objects.applied().filter(user=request.user)
    for edit in mine.order_by("-applied_at", "-pk")[:number]:
        if edit.applied_at:
            yield WorkItem(
                str(edit), summary(edit).removesuffix("."), edit.applied_at, _address(site, request, edit)
            )


def _imports(site: AdminSite, request: StaffRequest, number: int) -> Iterator[WorkItem]:
    mine = Import.objects.applied().filter(user=request.user).defer("headings", "columns")
    for record in mine.order_by("-applied_at", "-pk")[:number]:
        if record.applied_at:
            words = ngettext("%s row imported", "%s rows imported", record.done) % f"{record.done:,}"
            yield WorkItem(record.file_name, words, record.applied_at, _address(site, request, record))


def _address(site: AdminSite, request: StaffRequest, row: Model) -> str:
    """Where the row's page is; nothing for those who may not see it."""
    if not site.get_model_admin(type(row)).has_view_permission(request, row):
        return ""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def _key(entry: LogEntry) -> RowKey:
    row = entry.object_id
    return entry.content_type_id, int(row) if row and is_key(row) else None


def _still_there(site: AdminSite, request: StaffRequest, entries: Iterable[LogEntry]) -> set[RowKey]:
    """The rows that these entries name, if they exist and the user may see them; one query for all."""
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
