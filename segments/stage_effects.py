"""How large segments would be after a bulk edit of stages, without touching a row.

Only the partners of the rows that move can enter or leave a segment. They and all their contracts are copied
into temporary tables that hide the real ones, segments are asked in this small world before and after the
move, and the world is rolled back.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, IntegerField, Value
from django.utils import timezone

from contracts.models import Contract
from partners.models import Partner
from partners.stage_edits import StageEdit
from partners.stage_history import Staged
from partners.stage_moves import Move, assignments, moving_rows, planned_rows, times
from segments.conditions import CATALOG
from segments.errors import DefinitionError
from segments.models import Segment

SEGMENTS_A_QUERY = 25
HIDING: dict[Any, str] = {Partner: "id", Contract: "partner_id"}
"""The models with a stage, and the column that says whose row it is."""
Moves = dict[type[Staged], list[Move]]


@dataclass(frozen=True)
class SizeChange:
    """A segment that would have another size, before and after."""

    segment: Segment
    before: int
    after: int


def size_changes(edit: StageEdit, segments: Iterable[Segment]) -> list[SizeChange]:
    """Those of the segments that would have another size if all that the edit plans were done."""
    moves = moves_of(edit)
    asked = [segment for segment in segments if may_change(segment, moves)]
    with _small_world(_affected(moves)):
        before = _counts(asked)
        _move(moves)
        after = _counts(asked)
    grown = {key: after.get(key, 0) - before.get(key, 0) for key in {*before, *after}}
    changed = [segment for segment in asked if grown.get(segment.pk)]
    sizes = _counts(changed)
    return [
        SizeChange(segment, sizes.get(segment.pk, 0), sizes.get(segment.pk, 0) + grown[segment.pk])
        for segment in changed
    ]


def moves_of(edit: StageEdit) -> Moves:
    """All that the edit plans: its own rows, unusual moves too, and the partners along."""
    moves: Moves = {edit.model: edit.moves(unusual=True)}
    if edit.number_along:
        along = [pk for ids in edit.chosen_along.values() for pk in ids]
        moves[Partner] = edit.moves_of_partners(along)
    return moves


def may_change(segment: Segment, moves: Moves) -> bool:
    """Whether the segment asks about what such a move changes. Nobody is in a broken one, ever."""
    try:
        conditions = list(segment.read().conditions())
    except DefinitionError:
        return False
    kinds = [CATALOG[condition.field] for condition in conditions]
    return any(
        kind.on.model is model and kind.path.partition("__")[0] in model.kept_by_history()
        for kind in kinds
        for model in moves
    )


def _affected(moves: Moves) -> list[int]:
    partners = {pk for move in moves.get(Partner, ()) for pk in move.ids}
    contracts = [pk for move in moves.get(Contract, ()) for pk in move.ids]
    if contracts:
        partners.update(Contract.objects.filter(pk__among=contracts).values_list("partner_id", flat=True))
    return sorted(partners)


@contextmanager
def _small_world(partners: list[int]) -> Iterator[None]:
    with transaction.atomic():
        try:
            for model, column in HIDING.items():
                _hide(model, column, partners)
            yield
        finally:
            transaction.set_rollback(True)


def _hide(model: type[Staged], column: str, partners: list[int]) -> None:
    """Put a temporary table of these partners' rows in front of the model's own."""
    table = model._meta.db_table
    postgresql = connection.vendor == "postgresql"
    own = "= ANY(%s::bigint[])" if postgresql else "IN (SELECT value FROM json_each(%s))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM {table} WHERE {column} {own}",  # noqa: S608
            [partners if postgresql else f"[{','.join(map(str, partners))}]"],
        )
        if postgresql:
            cursor.execute(f"CREATE INDEX ON pg_temp.{table} ({column})")
            cursor.execute(f"ANALYZE pg_temp.{table}")
            cursor.execute("SELECT %s::regclass = %s::regclass", [table, f"pg_temp.{table}"])
            if not cursor.fetchone()[0]:
                raise RuntimeError(f"search_path puts another {table} before temporary tables.")
        else:
            cursor.execute(f"CREATE INDEX temp.small_{table} ON {table} ({column})")


def _move(moves: Moves) -> None:
    schema = "pg_temp" if connection.vendor == "postgresql" else "temp"
    for model, rows in moves.items():
        planned, params = planned_rows(rows, "default")
        if not planned:
            continue
        table = f"{schema}.{model._meta.db_table}"
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} AS staged SET {assignments(model)}"  # noqa: S608
                f" FROM ({moving_rows(model, planned, table)}) AS move WHERE move.id = staged.id",
                {**params, **times(timezone.now(), "default"), "back": False},
            )


def _counts(segments: list[Segment]) -> dict[int, int]:
    """How many partners each segment has in the world as it is; many in a query."""
    counts: dict[int, int] = {}
    for at in range(0, len(segments), SEGMENTS_A_QUERY):
        first, *others = map(_counted, segments[at : at + SEGMENTS_A_QUERY])
        counts.update(first.union(*others, all=True))
    return counts


def _counted(segment: Segment) -> Any:
    rows = segment.partners().order_by().annotate(asked=Value(segment.pk, IntegerField()))
    return rows.values("asked").annotate(number=Count("pk")).values_list("asked", "number")
