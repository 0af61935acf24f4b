"""Rows that have a stage, and the record of every change of it.

A stage is changed by `save()`, by a queryset's `update()`, `bulk_update()` and `bulk_create()`, and by
`partners.stages.moves.apply_moves()`. Each writes the record and keeps the dates that follow from it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, NotSupportedError, models, router, transaction
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.core.actor import UserStamped, current_actor
from partners.core.limits import limits
from partners.stages.choices import StageChoices
from partners.stages.moves import apply_moves, moves_of


class HistoryQuerySet(models.QuerySet["StageChange"]):
    """History is written once. Django deletes that of a deleted row without calling these."""

    def bulk_create(self, *args: Any, update_conflicts: bool = False, **kwargs: Any) -> "list[StageChange]":
        if update_conflicts:
            raise TypeError("History is not rewritten.")
        return super().bulk_create(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        raise TypeError("History is not rewritten.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("History is not deleted.")


def stage_checks(stages: type[models.TextChoices]) -> list[models.BaseConstraint]:
    """The constraints of a history: its stages exist, and only `from_stage` may be empty."""
    return [
        models.CheckConstraint(
            condition=Q(from_stage__in=["", *stages.values]), name="%(class)s_from_stage_check"
        ),
        models.CheckConstraint(condition=Q(to_stage__in=stages.values), name="%(class)s_to_stage_check"),
    ]


class StageChange(UserStamped):
    """A row came into a stage: from where (empty: it was new), when, by whom, why, by which bulk edit."""

    listed_when_deleted: ClassVar[bool] = False
    """Deleted with its row and not listed on the page that confirms: see `partners.core.deletion`."""

    subject: Any
    subject_id: int
    from_stage = models.CharField(_("from"), max_length=40, blank=True)
    to_stage = models.CharField(_("to"), max_length=40)
    at = models.DateTimeField(_("when"), default=timezone.now)
    why = models.CharField(_("why"), max_length=500, blank=True)
    edit = models.ForeignKey(
        "partners.StageEdit", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = HistoryQuerySet.as_manager()

    class Meta:
        abstract = True
        verbose_name = _("change of stage")
        verbose_name_plural = _("changes of stage")
        default_permissions = ()
        ordering = ["id"]
        indexes = [
            *UserStamped.Meta.indexes,
            models.Index(fields=["edit"], name="%(class)s_edit_idx", condition=Q(edit__isnull=False)),
        ]

    def __str__(self) -> str:
        stages = type(self).subject.field.related_model.stages
        return f"{self.subject_id}: {stages(self.to_stage).label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("History is not rewritten.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("History is not deleted.")


StagedT = TypeVar("StagedT", bound="HasStage")
UniqueKey = tuple[Any, ...]
"""The values of the fields that tell a row from all others."""
PkAndStage = tuple[int, str]


class StagedQuerySet(models.QuerySet[StagedT]):
    """Records changes of stage where Django saves no rows."""

    def update(self, **kwargs: Any) -> int:
        """As Django's; a new stage is recorded, with the dates that follow."""
        field = self.model.stage_field
        # Django refuses to update a slice, with its own error.
        if field not in kwargs or self.query.is_sliced:
            return super().update(**kwargs)
        to = kwargs.pop(field)
        to = to if hasattr(to, "resolve_expression") else Value(to)
        with transaction.atomic(using=self.db, savepoint=False):
            chosen = self.model.stored(self.db).filter(pk__in=self.order_by().values("pk"))
            rows = chosen.annotate(_to=to).order_by("pk").select_for_update(no_key=True)
            # The new stage may be an expression, worked out for each row before anything changes.
            stages = list(rows.values_list("pk", field, "_to"))
            if kwargs:
                self._update_rest([pk for pk, _from, _to in stages], kwargs)
            apply_moves(self.model, moves_of(stages), using=self.db)
        self._result_cache = None
        return len(stages)

    update.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own

    def _update_rest(self, keys: list[int], values: dict[str, Any]) -> None:
        most = limits().statement_max_rows
        for at in range(0, len(keys), most):
            some = self.model._default_manager.using(self.db).filter(pk__in=keys[at : at + most])
            some.update(**values)

    def bulk_create(
        self,
        objs: Iterable[StagedT],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        update_conflicts: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[StagedT]:
        """As Django's, with a record of every new row and of every other stage.

        NotSupportedError for `ignore_conflicts`: it can't be told which rows are new. ValueError if two
        rows have the same `unique_fields`: it can't be told which of the stages is meant.
        """
        if ignore_conflicts:
            raise NotSupportedError("Leave out the rows that exist, or update them: new ones are recorded.")
        rows, kept = list(objs), self.model.kept_by_history()
        known: dict[int, str] = {}
        others = [name for name in update_fields or () if name not in kept]
        with transaction.atomic(using=self.db, savepoint=False):
            # Three cases: plain insert, upsert of the stage alone, upsert of other columns. An upsert never
            # writes the stage itself, which would bypass the history: the moves in `_record` do.
            if not update_conflicts or not unique_fields:
                # Without unique fields Django says what is missing.
                made = super().bulk_create(rows, batch_size, update_conflicts=update_conflicts)
            elif update_fields and not others:
                made, known = self._bring(rows, batch_size, unique_fields)
            else:
                known = dict(self._known(rows, unique_fields).values())
                made = super().bulk_create(
                    rows,
                    batch_size,
                    update_conflicts=True,
                    update_fields=others,
                    unique_fields=unique_fields,
                )
                known |= self._made_meanwhile([row.pk for row in made if row.pk not in known])
            self._record(made, known, moved=bool(update_fields and self.model.stage_field in update_fields))
        return made

    def _bring(
        self, rows: list[StagedT], batch_size: int | None, unique_fields: Collection[str]
    ) -> tuple[list[StagedT], dict[int, str]]:
        """Insert the rows that are not there yet, and look up the others; all rows, and the others' stages.

        For an upsert that would update nothing but the stage and its dates, which the moves do afterwards: a
        statement without fields to update doesn't say which rows are new. If somebody else inserts one after
        the look-up, the insert fails as a whole, and both are repeated.
        """
        keys = self._keys(rows, unique_fields)
        while True:
            known = self._known(rows, unique_fields)
            new = [row for row, key in zip(rows, keys, strict=True) if key not in known]
            try:
                with transaction.atomic(using=self.db):
                    super().bulk_create(new, batch_size)
                break
            except IntegrityError:
                # If nothing more is known now, it was not a concurrent insert but another constraint.
                if self._known(rows, unique_fields).keys() == known.keys():
                    raise
        for row, key in zip(rows, keys, strict=True):
            if key in known:
                row.pk, _stage = known[key]
        return rows, dict(known.values())

    def _keys(self, rows: Iterable[StagedT], unique_fields: Collection[str]) -> list[UniqueKey]:
        """Each row's values of these fields, as the database has them; ValueError if two have the same."""
        meta = self.model._meta
        fields: list[Any] = [meta.pk if name == "pk" else meta.get_field(name) for name in unique_fields]
        keys = [tuple(field.to_python(getattr(row, field.attname)) for field in fields) for row in rows]
        told = [key for key in keys if None not in key]
        if len(set(told)) < len(told):
            raise ValueError(f"Some of the rows have the same {', '.join(unique_fields)}.")
        return keys

    def _known(self, rows: Sequence[StagedT], unique_fields: Collection[str]) -> dict[UniqueKey, PkAndStage]:
        """Of the rows that are there already, primary key and stage; locked until they are written."""
        keys, most = self._keys(rows, unique_fields), limits().statement_max_rows
        first, *_others = unique_fields
        found = self.model.stored(self.db).order_by("pk").select_for_update(no_key=True)
        # Narrowed by the first field, which an index covers; the whole key is compared here.
        there = {
            tuple(values): (pk, stage)
            for at in range(0, len(keys), most)
            for pk, stage, *values in found.filter(
                **{f"{first}__in": [key[0] for key in keys[at : at + most]]}
            ).values_list("pk", self.model.stage_field, *unique_fields)
        }
        return {key: there[key] for key in keys if key in there}

    def _made_meanwhile(self, keys: Sequence[int]) -> dict[int, str]:
        """Stages of rows that a concurrent transaction inserted between our look-up and the upsert.

        A row without history was inserted by us. One with history was theirs; the last entry is its stage.
        """
        history = self.model.changes().objects.using(self.db).order_by("pk")
        return dict(history.filter(subject__any_of=keys).values_list("subject", "to_stage"))

    def _record(self, rows: Iterable[StagedT], known: dict[int, str], *, moved: bool) -> None:
        new = [row.initial_change() for row in rows if row.pk not in known]
        self.model.changes().objects.using(self.db).bulk_create(new, batch_size=limits().statement_max_rows)
        if moved:
            stages = [
                (row.pk, known[row.pk], getattr(row, row.stage_field)) for row in rows if row.pk in known
            ]
            apply_moves(self.model, moves_of(stages), using=self.db)


class HasStage(models.Model):
    """A row with a stage. Its changes are rows of the model at the other end of `stage_changes`."""

    stages: ClassVar[type[StageChoices]]
    stage_field: ClassVar[str]
    derived_columns: ClassVar[dict[str, str]]
    """Columns that follow from a change, with their new values in SQL, as in `stages.moves.apply_moves`."""
    recorded: ClassVar[dict[str, str]] = {}
    """A date in the history: what a change gave that its undo has to take away; in SQL too."""
    shown_with: ClassVar[tuple[str, ...]] = ()
    """The relations whose rows are shown beside a row."""

    class Meta:
        abstract = True

    def save(
        self,
        *args: Any,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> None:
        """As Django's; another stage than the stored one is recorded, with the dates that follow."""
        names = None if update_fields is None else set(update_fields)
        loaded = self.stage_field not in self.get_deferred_fields()
        if not loaded or (names is not None and self.stage_field not in names):
            super().save(*args, using=using, update_fields=names, **kwargs)
            return
        using = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            # Locked from here to the end: nobody moves the row between the look and the write.
            stored = self._stored_stage(using)
            moved = stored not in (None, getattr(self, self.stage_field))
            at, recorded = timezone.now(), {}
            if moved:
                recorded = self.set_derived(at=at)
                names = names if names is None else names | self.kept_by_history()
            super().save(*args, using=using, update_fields=names, **kwargs)
            if stored is None:
                self.initial_change().save(using=using)
            elif moved:
                self._change(stored, at, **recorded).save(using=using)

    @classmethod
    def changes(cls) -> Any:
        """The model of the changes."""
        try:
            return cls._meta.get_field("stage_changes").related_model
        except FieldDoesNotExist:
            raise TypeError(f"{cls.__name__} needs a model of StageChange.") from None

    @classmethod
    def stored(cls, using: str) -> Any:
        """All rows of the database."""
        return cls._base_manager.using(using)

    @classmethod
    def kept_by_history(cls) -> set[str]:
        """The stage and the dates that follow from it."""
        return {cls.stage_field, *cls.derived_columns}

    @classmethod
    def is_usual(cls, came_from: str, to: str) -> bool:  # noqa: ARG003 - for models to answer
        """Whether this is a move that happens in the ordinary course of things."""
        return True

    @classmethod
    def partners_to_move(cls, ids: Sequence[int], to: str) -> set[int]:  # noqa: ARG003 - for models to answer
        """The partners who would come into the same stage when these rows do."""
        return set()

    def set_derived(self, *, at: datetime) -> dict[str, Any]:
        """Set the dates that follow from coming into the stage at this time; what is recorded of it."""
        raise NotImplementedError

    def arrived_at(self) -> datetime:
        """When the row, a new one, came into its stage."""
        raise NotImplementedError

    def initial_change(self) -> StageChange:
        """The first row of the history of a new row."""
        return self._change("", self.arrived_at())

    def _change(self, came_from: str, at: datetime, **recorded: Any) -> StageChange:
        by = current_actor()
        change: StageChange = self.changes()(
            subject_id=self.pk,
            from_stage=came_from,
            to_stage=getattr(self, self.stage_field),
            at=at,
            why=by.why,
            **by.stamp(),
            **recorded,
        )
        return change

    def _stored_stage(self, using: str) -> str | None:
        """The stage in the database, locked; None if the row is new."""
        if self.pk is None:
            return None
        there: Any = type(self).stored(using).filter(pk=self.pk).select_for_update(no_key=True)
        stage: str | None = there.values_list(self.stage_field, flat=True).first()
        return stage
