"""What a bulk edit of stages does: choose, plan, carry out once, undo. The last two are a transaction each.

Those who choose and plan read much and write a row: they lock nothing while they read.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.core.actor import Actor, UserOrName, acting_as
from partners.core.bulk_changes import tell_bulk_change
from partners.core.limits import limits
from partners.core.statistics import refresh_statistics
from partners.models import Partner
from partners.models.stage_edits import Chosen, StageEdit
from partners.stages.history import HasStage
from partners.stages.moves import StageMove, apply_moves, moves_of


def choose(*, rows: QuerySet[HasStage], user: UserOrName) -> StageEdit:
    """Keep the keys of these rows by their present stage: exactly what is shown will be moved."""
    forgotten = StageEdit.objects.filter(
        applied_at=None, created_at__lt=timezone.now() - timedelta(days=limits().unused_stage_edit_days)
    )
    forgotten.only("pk").delete()
    model: type[HasStage] = rows.model
    chosen = _by_stage(rows.order_by().prefetch_related(None).values_list("pk", model.stage_field))
    kind = ContentType.objects.get_for_model(model)
    return StageEdit.objects.create(kind=kind, chosen=chosen, **Actor(user).stamp())


def plan(*, edit: StageEdit, to: str, why: str) -> None:
    """Write down the new stage, and which partners would move along. An applied edit is not touched."""
    edit.to_stage, edit.why = to, why
    along = Partner.objects.filter(
        pk__any_of=sorted(edit.model.partners_to_move(_ids(edit.moves(unusual=True)), to))
    )
    edit.chosen_along = _by_stage(
        along.exclude(prospecting_stage=to).order_by().values_list("pk", "prospecting_stage")
    )
    StageEdit.objects.filter(pk=edit.pk, applied_at=None).update(
        to_stage=to, why=why, chosen_along=edit.chosen_along
    )


@transaction.atomic
def apply_edit(*, edit: StageEdit, allows_unusual: bool, moves_along: bool, user: UserOrName) -> StageEdit:
    """Apply the edit for its reason, once: a second call returns what the first has done.

    Nothing is done, and the answer has no `applied_at`, if somebody has planned another stage meanwhile.
    """
    held = StageEdit.objects.select_for_update().get(pk=edit.pk)
    if held.applied_at or held.to_stage != edit.to_stage:
        return held
    held.allows_unusual, held.moves_along = allows_unusual, moves_along
    held.set_actor(Actor(user))
    held.why, held.applied_at = edit.why, timezone.now()
    moves = held.moves(unusual=allows_unusual)
    along = held.moves_along_with(moves) if moves_along else []
    with acting_as(user, why=held.why):
        held.planned, held.changed, held.chosen = _apply_edit(held, held.model, moves, shown=moves)
        still = []
        if along:
            moved = set(_ids(moves)).difference(*held.chosen.values())
            still = held.moves_of_partners(held.model.partners_to_move(list(moved), held.to_stage))
        held.planned_along, held.changed_along, held.chosen_along = _apply_edit(
            held, Partner, still, shown=along
        )
        held.save()
        tell_bulk_change(_("Bulk edit of stages: %s") % held.why)
    return held


def _apply_edit(
    edit: StageEdit, model: type[HasStage], moves: list[StageMove], *, shown: list[StageMove]
) -> tuple[int, int, Chosen]:
    """Make those of the moves shown that are to be made; how many were shown, how many made, what stayed."""
    number, changed = len(_ids(shown)), _move(model, moves, edit)
    if changed == number:
        return number, changed, {}
    moved = set(edit.changes(model).values_list("subject", flat=True))
    stayed = {move.came_from: [pk for pk in move.ids if pk not in moved] for move in shown}
    return number, changed, {stage: ids for stage, ids in stayed.items() if ids}


@transaction.atomic
def undo_edit(*, edit: StageEdit, why: str, user: UserOrName) -> StageEdit:
    """Move back the rows that are still where the edit put them; a second call returns the first undo."""
    held = StageEdit.objects.select_for_update().get(pk=edit.pk)
    if done := StageEdit.objects.filter(undoes=held).first():
        return done
    now = timezone.now()
    undo = StageEdit.objects.create(
        kind=held.kind, undoes=held, why=why, applied_at=now, **Actor(user).stamp()
    )
    with acting_as(user, why=why):
        undo.planned, undo.changed = held.changed, _put_back(held, held.model, undo)
        if held.changed_along:
            undo.planned_along, undo.changed_along = held.changed_along, _put_back(held, Partner, undo)
        undo.save()
        tell_bulk_change(_("Bulk edit of stages undone: %s") % why)
    return undo


def _put_back(edit: StageEdit, model: type[HasStage], undo: StageEdit) -> int:
    rows = edit.last_changes(model).values_list("subject", "to_stage", "from_stage", *model.recorded)
    return _move(model, moves_of(rows), undo)


def _move(model: type[HasStage], moves: list[StageMove], edit: StageEdit) -> int:
    moved = apply_moves(model, moves, at=edit.applied_at, edit=edit)
    if moved >= limits().analyze_min_rows:
        refresh_statistics(model, model.changes())
    return moved


def _by_stage(rows: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for pk, stage in rows:
        found[stage].append(pk)
    return dict(found)


def _ids(moves: Iterable[StageMove]) -> list[int]:
    return [pk for move in moves for pk in move.ids]
