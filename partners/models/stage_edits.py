"""A bulk edit of stages: what was chosen, what would happen to it, what happened, and the way back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from partners.core.actor import UserStamped
from partners.stages.choices import StageChoices
from partners.stages.history import HasStage
from partners.stages.moves import StageMove

Chosen = Mapping[str, list[int]]
"""Primary keys by the stage that their rows were in when they were chosen. Of an edit that was carried out,
those that were left alone: the history has the others."""


@dataclass(frozen=True)
class ChosenStage:
    """The chosen rows that come from one stage."""

    stage: StageChoices
    number: int
    usual: bool


class StageEditQuerySet(models.QuerySet["StageEdit"]):
    """Edits by intention."""

    def applied(self) -> "StageEditQuerySet":
        """Those that were carried out, without the lists of what they left alone."""
        return self.filter(applied_at__isnull=False).defer("chosen", "chosen_along")


class StageEdit(UserStamped):
    """Many rows come into one stage; or, as an undo, each goes back where another edit took it from."""

    kind = models.ForeignKey(
        ContentType, models.PROTECT, related_name="+", db_index=False, verbose_name=_("what")
    )
    """The model whose rows are moved: any with a stage, those of the apps above too."""
    to_stage = models.CharField(_("new stage"), max_length=40, blank=True)
    why = models.CharField(_("reason"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("chosen"), auto_now_add=True)
    applied_at = models.DateTimeField(_("when"), null=True, editable=False)
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="undone_by", verbose_name=_("undoes")
    )
    chosen = models.JSONField(default=dict)
    chosen_along = models.JSONField(default=dict)
    allows_unusual = models.BooleanField(_("unusual moves"), default=False)
    moves_along = models.BooleanField(_("partners move along"), default=True)
    planned = models.PositiveIntegerField(_("to be moved"), default=0)
    changed = models.PositiveIntegerField(_("moved"), default=0)
    planned_along = models.PositiveIntegerField(_("partners to be moved along"), default=0)
    changed_along = models.PositiveIntegerField(_("partners moved along"), default=0)

    objects = StageEditQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage edit")
        verbose_name_plural = _("stage edits")
        default_permissions = ()
        ordering = ["-applied_at", "-id"]
        indexes = [
            *UserStamped.Meta.indexes,
            models.Index(fields=["-applied_at", "-id"], name="stageedit_applied_idx"),
        ]

    def __str__(self) -> str:
        if self.undoes_id:
            return str(_("Undo of stage edit %s")) % self.undoes_id
        return str(_("Stage edit %s")) % self.pk

    @property
    def model(self) -> type[HasStage]:
        """The model whose rows are moved, such as Partner."""
        kind = ContentType.objects.get_for_id(self.kind_id)
        model: type[HasStage] = apps.get_model(kind.app_label, kind.model)
        return model

    @property
    def kind_label(self) -> str:
        """What is moved, as a heading: Partners."""
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def row_label(self) -> str:
        """What each row is that is moved, as the heading of a column: Partner."""
        return capfirst(str(self.model._meta.verbose_name))

    @property
    def stage(self) -> StageChoices | None:
        """The new stage with its label, meaning and tone; None for an undo, and before it is chosen."""
        return self.model.stages(self.to_stage) if self.to_stage else None

    @property
    def goes_back(self) -> bool:
        """Whether it takes back what was done, rather than doing it, for the first time or once more."""
        return bool(self.undoes and not self.undoes.goes_back)

    @property
    def left_alone(self) -> int:
        """How many were no more, when it was carried out, where they had been shown."""
        return self.planned - self.changed

    @property
    def left_alone_along(self) -> int:
        """How many partners did not move along though it was shown."""
        return self.planned_along - self.changed_along

    @cached_property
    def number_chosen(self) -> int:
        """How many rows were chosen."""
        return sum(map(len, self.chosen.values()))

    @property
    def number_along(self) -> int:
        """How many partners would move along."""
        return sum(map(len, self.chosen_along.values()))

    @property
    def number_along_usual(self) -> int:
        """How many partners would move along with the usual moves alone."""
        moves = self.moves_along_with(self.moves(unusual=False))
        return sum(len(move.ids) for move in moves)

    def parts(self) -> list[ChosenStage]:
        """The chosen rows by their stage, in the order of the screens, without those already there.

        None before the new stage is chosen.
        """
        if not self.to_stage:
            return []
        return [
            ChosenStage(stage, len(self.chosen[stage]), self.model.is_usual(stage, self.to_stage))
            for stage in self.model.stages
            if self.chosen.get(stage) and stage != self.to_stage
        ]

    @property
    def already(self) -> int:
        """How many of the chosen rows are in the new stage."""
        return len(self.chosen.get(self.to_stage, ()))

    @property
    def unusual(self) -> int:
        """How many of the moves would be unusual."""
        return sum(part.number for part in self.parts() if not part.usual)

    @property
    def usual(self) -> int:
        """How many of the moves would be usual ones."""
        return sum(part.number for part in self.parts() if part.usual)

    def moves(self, *, unusual: bool) -> list[StageMove]:
        """What would be moved, with the unusual moves or without."""
        parts = [part for part in self.parts() if part.usual or unusual]
        return self._moves({part.stage: self.chosen[part.stage] for part in parts})

    def moves_of_partners(self, still: Iterable[int]) -> list[StageMove]:
        """Of the partners that were shown as moving along, the moves of those who still would."""
        there = set(still)
        return self._moves(
            {stage: [pk for pk in ids if pk in there] for stage, ids in self.chosen_along.items()}
        )

    def moves_along_with(self, moves: Iterable[StageMove]) -> list[StageMove]:
        """Of the partners that were shown as moving along, the moves of those who would with these alone."""
        ids = [pk for move in moves for pk in move.ids]
        if len(ids) == self.usual + self.unusual:
            return self._moves(self.chosen_along)
        return self.moves_of_partners(self.model.partners_to_move(ids, self.to_stage))

    def _moves(self, chosen: Chosen) -> list[StageMove]:
        return [StageMove(stage, self.to_stage, tuple(ids)) for stage, ids in chosen.items()]

    def left(self, model: type[HasStage]) -> QuerySet[HasStage]:
        """The rows that were to be moved, and were not; those that are still there."""
        rows = model._default_manager.all()
        if self.undoes:
            moved = self.changes(model).filter(subject=OuterRef("pk"))
            return rows.filter(~Exists(moved), pk__in=self.undoes.changes(model).values("subject"))
        chosen = self.chosen if model is self.model else self.chosen_along
        return rows.filter(pk__any_of=[pk for ids in chosen.values() for pk in ids])

    def changed_since(self, model: type[HasStage]) -> QuerySet[HasStage]:
        """The rows that were moved again after the edit had moved them."""
        return model._default_manager.filter(pk__in=self.overtaken(model).values("subject"))

    def changes(self, model: type[HasStage] | None = None) -> QuerySet[Any]:
        """The history rows that this edit wrote."""
        rows: QuerySet[Any] = (model or self.model).changes().objects.filter(edit=self)
        return rows

    def last_changes(self, model: type[HasStage]) -> QuerySet[Any]:
        """Those after which nothing more happened to the row: what an undo would put back."""
        return self.changes(model).filter(~Exists(_later(model)))

    def overtaken(self, model: type[HasStage]) -> QuerySet[Any]:
        """Those after which the row was moved again: what an undo leaves alone."""
        return self.changes(model).filter(Exists(_later(model)))


def _later(model: type[HasStage]) -> QuerySet[Any]:
    later: QuerySet[Any] = model.changes().objects.filter(subject=OuterRef("subject"), pk__gt=OuterRef("pk"))
    return later
