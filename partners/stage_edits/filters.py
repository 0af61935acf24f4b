"""Filters that have to do with bulk edits of stages."""

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.core.widgets import is_key
from partners.filters import MenuFilter
from partners.models.stage_edits import StageEdit
from partners.permissions import can_edit_stages
from partners.stages.history import HasStage


class KindFilter(MenuFilter):
    """Edits of the rows of one model."""

    title = _("what")
    parameter_name = "kind__exact"

    def options(self) -> Iterable[tuple[Any, Any]]:
        """Every model that has a stage, by its label."""
        models = (model for model in apps.get_models() if issubclass(model, HasStage))
        return [(model._meta.label, capfirst(model._meta.verbose_name_plural)) for model in models]

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The edits of this model's rows."""
        if value not in dict(self.options()):
            return rows.none()
        return rows.filter(kind=ContentType.objects.get_for_model(apps.get_model(value)))


class StageEditFilter(MenuFilter):
    """The rows that a bulk edit moved, left alone, or that were moved again since.

    It is reached from the edit's pages, and shows while it is on. Its value is the edit's number, with one of
    the words of `OTHERS` for rows that the edit did not move to where they are now.
    """

    title = _("stage edit")
    parameter_name = "stage_edit"

    def options(self) -> Iterable[tuple[Any, Any]]:
        """What can be asked about the edit that is chosen."""
        edit = _edit(self.value() or "")
        if not edit:
            return []
        others = [(f"{edit.pk}-{word}", label % edit) for word, (label, _rows) in OTHERS.items()]
        return [(edit.pk, str(edit)), *others]

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows in whose history the edit is, or the others."""
        edit, word = _edit(value), value.partition("-")[2]
        if not edit or not can_edit_stages(self.request.user):
            return rows.none()
        if word in OTHERS:
            return rows.filter(pk__in=OTHERS[word][1](edit, rows.model).values("pk"))
        return rows.none() if word else rows.filter(pk__in=edit.changes(rows.model).values("subject"))


OTHERS: dict[str, tuple[Any, Callable[[StageEdit, type[HasStage]], QuerySet[Any]]]] = {
    "left": (_("Left alone by %s"), StageEdit.left),
    "since": (_("Changed since %s"), StageEdit.changed_since),
}


def _edit(value: str) -> StageEdit | None:
    number = value.partition("-")[0]
    return StageEdit.objects.applied().filter(pk=int(number)).first() if is_key(number) else None
