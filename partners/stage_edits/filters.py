"""Filters that have to do with bulk edits of stages."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.filtersets import ListFilterSet, MenuFilter
from partners.core.widgets import is_key
from partners.models.stage_edits import StageEdit
from partners.permissions import can_edit_stages
from partners.stages.history import HasStage

STAGE_EDIT = "stage_edit"
"""The name of the filter by stage edit."""
OTHERS: dict[str, tuple[StrOrPromise, Callable[[StageEdit, type[HasStage]], QuerySet[HasStage]]]] = {
    "left": (_("Left alone by %s"), StageEdit.left),
    "since": (_("Changed since %s"), StageEdit.changed_since),
}


def _kinds() -> list[tuple[str, StrOrPromise]]:
    """Every model that has a stage, by its label."""
    models = (model for model in apps.get_models() if issubclass(model, HasStage))
    return [(model._meta.label, str(capfirst(model._meta.verbose_name_plural))) for model in models]


class StageEditFilterSet(ListFilterSet):
    """Edits of the rows of one model."""

    kind__exact = MenuFilter(method="of_model", label=_("What"), choices=_kinds)

    class Meta:
        model = StageEdit
        fields: list[str] = []

    def of_model(self, edits: QuerySet[StageEdit], _name: str, label: str) -> QuerySet[StageEdit]:
        """The edits of this model's rows."""
        return edits.filter(kind=ContentType.objects.get_for_model(apps.get_model(label)))


class StageEditFilter(MenuFilter):
    """The rows that a bulk edit moved, left alone, or that were moved again since.

    It is reached from the edit's pages, and shows while it is on. Its value is the edit's number, with one of
    the words of `OTHERS` for rows that the edit did not move to where they are now.
    """

    def __init__(self) -> None:
        super().__init__(label=_("Stage edit"), allowed=can_edit_stages)

    @property
    def field(self) -> Any:
        """With what can be asked about the edit that is asked for."""
        self.extra["choices"] = _choices(self.parent.data.get(STAGE_EDIT, ""))
        return super().field

    def filter(self, rows: QuerySet[HasStage], value: str) -> QuerySet[HasStage]:
        """The rows in whose history the edit is, or the others."""
        edit, word = _edit(value), value.partition("-")[2]
        if not edit:
            return rows
        if word:
            return rows.filter(pk__in=OTHERS[word][1](edit, rows.model).values("pk"))
        return rows.filter(pk__in=edit.changes(rows.model).values("subject"))


def _choices(value: str) -> list[tuple[str, StrOrPromise]]:
    edit = _edit(value)
    if not edit:
        return []
    others = [(f"{edit.pk}-{word}", label % edit) for word, (label, _rows) in OTHERS.items()]
    return [(str(edit.pk), str(edit)), *others]


def _edit(value: str) -> StageEdit | None:
    number = value.partition("-")[0]
    return StageEdit.objects.applied().filter(pk=int(number)).first() if is_key(number) else None
