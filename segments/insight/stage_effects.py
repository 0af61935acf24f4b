"""How large segments would be after a bulk edit of stages, without touching a row.

Only the partners of the rows that move can enter or leave a segment. They and all their contracts are copied
into temporary tables of the same names, which databases look up first: they hide the real ones, and the
compiler's SQL asks them unchanged. With `b` and `a` the counts in there before and after the move, a segment
of `n` partners would have `n - b + a`. Doing the edit and rolling it back would lock rows and write history.
"""

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Count, IntegerField, Value
from django.utils import timezone

from contracts.models import Contract
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner
from partners.models.stage_edits import StageEdit
from partners.stages.history import HasStage
from partners.stages.moves import StageMove, assignments, moving_rows, planned_rows, times
from segments.conditions import CATALOG
from segments.definition import Condition
from segments.errors import DefinitionError
from segments.models import Segment

SECONDS = 20.0
"""How long all of it may take."""
MEMORY = "128MB"
"""What PostgreSQL may take for the temporary tables, as far as they need it."""
SEGMENTS_A_QUERY = 10
VALUES_A_QUERY = 10_000
"""SQLite is built with room for some thousand values more."""
HIDING: dict[Any, str] = {Partner: "id", Contract: "partner_id"}
"""The models with a stage, and the column that says whose row it is."""
Moves = dict[type[HasStage], list[StageMove]]


@dataclass(frozen=True)
class SizeChange:
    """A segment that would have another size, before and after."""

    segment: Segment
    before: int
    after: int


@dataclass(frozen=True)
class Sizes:
    """The segments that would have another size, and those that could not be counted in time."""

    changes: list[SizeChange]
    uncounted: list[Segment]


def sizes_after(edit: StageEdit, segments: Iterable[Segment], *, seconds: float = SECONDS) -> Sizes:
    """What becomes of the segments if all that the edit plans is done.

    There are three counts: how segments are, how they would be, and the whole sizes of those that change.
    Each gets its part of the time that is left when it begins: how long the move takes is not known before.
    """
    end, moves = time.monotonic() + seconds, moves_of(edit)
    asked = [segment for segment in segments if may_change(segment, moves)]
    if not asked:
        return Sizes([], [])
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    with suppress(TooSlowError), _small_world(), time_limit(seconds=seconds, keeps=True):
        _hide_all(_affected(moves))
        before = _counts(asked, _after_part_of(4, end))
        _move(moves)
        after = _counts([segment for segment in asked if segment.pk in before], _after_part_of(2, end))
    grown = {key: number - before[key] for key, number in after.items()}
    changed = [segment for segment in asked if grown.get(segment.pk)]
    now = _counts(changed, end)
    told = [key for key, growth in grown.items() if not growth or key in now]
    return Sizes(
        [
            SizeChange(segment, now[segment.pk], now[segment.pk] + grown[segment.pk])
            for segment in changed
            if segment.pk in now
        ],
        [segment for segment in asked if segment.pk not in told],
    )


def _after_part_of(parts: int, end: float) -> float:
    """When one of so many equal parts of the time until the end is over."""
    now = time.monotonic()
    return now + (end - now) / parts


def moves_of(edit: StageEdit) -> Moves:
    """All that the edit plans: its own rows, unusual moves too, and the partners along."""
    moves: Moves = {edit.model: edit.moves(unusual=True)}
    if edit.number_along:
        along = [pk for ids in edit.chosen_along.values() for pk in ids]
        moves[Partner] = edit.moves_of_partners(along)
    return moves


def may_change(segment: Segment, moves: Moves) -> bool:
    """Whether the segment asks about what one of the moves changes. Nobody is in a broken one, ever."""
    try:
        conditions = list(segment.read().conditions())
    except DefinitionError:
        return False
    return any(
        _may_change(condition, model, move)
        for condition in conditions
        for model in moves
        for move in moves[model]
    )


def _may_change(condition: Condition, model: type[HasStage], move: StageMove) -> bool:
    """Among the stages that a condition names, or not among them, before the move and after: no change."""
    attribute = CATALOG[condition.field]
    if attribute.relation.model is not model:
        return False
    if attribute.path == model.stage_field:
        return (move.came_from in condition.value) != (move.to in condition.value)
    return attribute.path.partition("__")[0] in model.kept_by_history()


def _affected(moves: Moves) -> list[int]:
    partners = {pk for move in moves.get(Partner, ()) for pk in move.ids}
    contracts = [pk for move in moves.get(Contract, ()) for pk in move.ids]
    if contracts:
        partners.update(Contract.objects.filter(pk__any_of=contracts).values_list("partner_id", flat=True))
    return sorted(partners)


@contextmanager
def _small_world() -> Iterator[None]:
    """On PostgreSQL it is rolled back. On SQLite a transaction would keep others from writing meanwhile."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            _keep_in_memory()
            yield
            transaction.set_rollback(True)
        return
    try:
        yield
    finally:
        _show_all()


def _keep_in_memory() -> None:
    """Have temporary tables of some hundred thousand rows read once, and not again by each question.

    A session that has used temporary tables before keeps what it took for those, and is slower.
    """
    with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('temp_buffers', %s, true)", [MEMORY])


def _hide_all(partners: list[int]) -> None:
    for model, column in HIDING.items():
        _hide(model, column, partners)


def _show_all() -> None:
    """Take the temporary tables away; with the connection, if that fails: nothing may stay hidden."""
    try:
        with connection.cursor() as cursor:
            for model in HIDING:
                cursor.execute(f"DROP TABLE IF EXISTS temp.{model._meta.db_table}")
    except BaseException:
        connection.close()
        raise


def _hide(model: type[HasStage], column: str, partners: list[int]) -> None:
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
            if schema == "pg_temp":
                # Most rows may be others now: planned as before, a question of a tenth of a second took two.
                cursor.execute(f"ANALYZE {table}")


def _counts(segments: list[Segment], deadline: float) -> dict[int, int]:
    """How many partners each segment has in the world as it is, as far as they can be counted in time.

    Many are asked in a query, those with few values first. A query that is stopped has cost a quarter of the
    time: what it asked is asked again after all others, and from then on half as many are asked at once. So a
    slow segment is alone in the end, and only its own number is missing.
    """
    counts: dict[int, int] = {}
    waiting, at_once = sorted(segments, key=_values), SEGMENTS_A_QUERY
    while waiting and (left := deadline - time.monotonic()) > 0:
        some = _fitting(waiting[:at_once])
        waiting = waiting[len(some) :]
        is_last = not waiting and len(some) == 1
        try:
            counts |= _ask(some, left if is_last else left / 4)
        except TooSlowError:
            if len(some) > 1:
                waiting += some
                at_once = len(some) // 2
    return counts


def _values(segment: Segment) -> int:
    """How many values the segment's conditions have together."""
    return sum(len(condition.value) for condition in segment.read().conditions())


def _fitting(segments: list[Segment]) -> list[Segment]:
    """The first ones, as many as have no more values than a query may; at least one."""
    values = list(accumulate(map(_values, segments)))
    return segments[: max(bisect_right(values, VALUES_A_QUERY), 1)]


def _ask(segments: list[Segment], seconds: float) -> dict[int, int]:
    """How many partners each has, by one query."""
    with time_limit(seconds=seconds):
        first, *others = map(_counted, segments)
        found = dict(first.union(*others, all=True))
    return {segment.pk: found.get(segment.pk, 0) for segment in segments}


def _counted(segment: Segment) -> Any:
    rows = segment.partners().order_by().annotate(asked=Value(segment.pk, IntegerField()))
    return rows.values("asked").annotate(number=Count("pk")).values_list("asked", "number")
