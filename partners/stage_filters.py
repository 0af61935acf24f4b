"""Filters that have to do with bulk edits of stages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from partners.filters import ColumnFilter, MenuFilter
from partners.permissions import may_edit_stages
from partners.stage_edits import Kind, StageEdit
from partners.widgets import is_key


class KindFilter(ColumnFilter):
    """Edits of partners or of contracts."""

    title = _("what")
    parameter_name = "kind__exact"
    column = "kind"
    values = Kind.choices


class StageEditFilter(MenuFilter):
    """The rows that a bulk edit moved. It is reached from the edit's page, and shows while it is on."""

    title = _("stage edit")
    parameter_name = "stage_edit"
    allowed = may_edit_stages

    def options(self) -> Iterable[tuple[Any, Any]]:
        """The edit that is chosen."""
        value = self.value()
        edits = StageEdit.objects.applied().filter(pk=int(value)) if value and is_key(value) else ()
        return [(edit.pk, str(edit)) for edit in edits]

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows in whose history the edit is."""
        if not is_key(value) or not may_edit_stages(self.request.user):
            return rows.none()
        changes = rows.model.changes().objects.filter(edit=int(value))
        return rows.filter(pk__in=changes.values("subject"))
