"""How large segments would be after a bulk edit of stages, without touching a row.

Only the partners of the rows that move can enter or leave a segment. They and all their contracts are copied
into temporary tables of the same names, which databases look up first: they hide the real ones, and the
compiler's SQL asks them unchanged. With `b` and `a` the counts in there before and after the move, a segment
of `n` partners would have `n - b + a`. Doing the edit and rolling it back would lock rows and write history.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from contracts.models import Contract
from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner
from partners.models.stage_edits import StageEdit
from partners.stages.history import HasStage
from partners.stages.moves import StageMove, assignments, circumstances, moving_rows, planned_rows
from segments.conditions import ATTRIBUTES, CATALOG
from segments.definition import Condition
from segments.errors import DefinitionError
from segments.models import Segment
from segments.nesting import with_all_named
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.layout import Layout
from segments.query.columns.reading import read_all, read_some
from segments.query.columns.state import State
from segments.query.members import evaluator

MAX_COUNTED_ALONE = 20
"""Where there are no columns, so few segments are counted by SQL, sooner than all partners are read."""
MAX_PARTNERS = 500_000
"""Of more partners than these, copying their rows takes longer than anybody waits."""
SHADOWED: dict[Any, str] = {Partner: "id", Contract: "partner_id"}
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


def sizes_after(edit: StageEdit, segments: Iterable[Segment], moment: Moment, *, seconds: float) -> Sizes:
    """What becomes of the segments if all that the edit plans is done.

    Of the time, a third is left for the move and what comes after it, which asks less than what comes before.
    What is not counted by the end is left out.
    """
    end, moves = time.monotonic() + seconds, moves_of(edit)
    asked = [segment for segment in segments if may_change(segment, moves, moment)]
    if not asked:
        return Sizes([], [])
    affected, everybody = _affected(moves), Partner.objects.order_by().values_list("pk", flat=True)
    if are_all := len(affected) * 2 > everybody.count():
        affected = list(everybody)
    if len(affected) > MAX_PARTNERS:
        return Sizes([], asked)
    before, after = _before_and_after(asked, affected, moves, moment, end)
    # Only affected partners enter or leave: whole size afterwards = whole size now - before + after.
    growth = {key: number - before[key] for key, number in after.items()}
    changed = [segment for segment in asked if growth.get(segment.pk)]
    now = before if are_all else _whole_sizes(changed, moment, end)
    told = [key for key, number in growth.items() if not number or key in now]
    return Sizes(
        [
            SizeChange(segment, now[segment.pk], now[segment.pk] + growth[segment.pk])
            for segment in changed
            if segment.pk in now
        ],
        [segment for segment in asked if segment.pk not in told],
    )


def _before_and_after(
    segments: list[Segment], partners: list[int], moves: Moves, moment: Moment, end: float
) -> tuple[dict[int, int], dict[int, int]]:
    """How many of these partners each segment has, and would have, as far as it is known in time."""
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    with suppress(TooSlowError), _shadow_tables(), time_limit(seconds=end - time.monotonic(), keeps=True):
        _shadow_all(partners)
        # From here on the names of these tables mean the copies.
        before = _sizes(segments, _masks(moment, partners), end - (end - time.monotonic()) / 3)
        _move(moves, moment.instant)
        told = [segment for segment in segments if segment.pk in before]
        after = _sizes(told, _masks(moment, partners), end)
    return before, after


def _whole_sizes(segments: list[Segment], moment: Moment, end: float) -> dict[int, int]:
    """How many partners each has, as far as it is known in time."""
    sizes: dict[int, int] = {}
    with suppress(TooSlowError), time_limit(seconds=end - time.monotonic()):
        masks = evaluator(moment)
        if masks or len(segments) > MAX_COUNTED_ALONE:
            return _sizes(segments, masks or _masks(moment), end)
    for segment in sorted(segments, key=_values):
        with suppress(TooSlowError), time_limit(seconds=(end - time.monotonic()) / 4):
            sizes[segment.pk] = segment.members(moment).count
    return sizes


def _masks(moment: Moment, partners: list[int] | None = None) -> Evaluator:
    """What these partners or all meet, read in the tables as they are now."""
    layout = Layout.of(ATTRIBUTES)
    block = read_all(layout) if partners is None else read_some(layout, partners)
    return Evaluator(State.of(layout, block), moment)


def _sizes(segments: list[Segment], masks: Evaluator, end: float) -> dict[int, int]:
    """How many partners each has, as far as it is known in time.

    Those with few values come first: a very long segment costs no other one its number.
    """
    sizes: dict[int, int] = {}
    with suppress(TooSlowError), time_limit(seconds=end - time.monotonic()):
        for segment in sorted(segments, key=_values):
            if time.monotonic() > end:
                break
            sizes[segment.pk] = masks.state.count(masks.of_definition(segment.read()))
    return sizes


def _values(segment: Segment) -> int:
    """How many values the segment's conditions have together."""
    return sum(len(condition.items) for condition in segment.read().conditions())


def moves_of(edit: StageEdit) -> Moves:
    """All that the edit plans: its own rows, unusual moves too, and the partners that move along."""
    moves: Moves = {edit.model: edit.moves(unusual=True)}
    if edit.number_along:
        along = [pk for ids in edit.chosen_along.values() for pk in ids]
        moves[Partner] = edit.moves_of_partners(along)
    return moves


def may_change(segment: Segment, moves: Moves, moment: Moment) -> bool:
    """Whether it, or a segment that it names, asks about what a move changes. A broken one has nobody."""
    try:
        definition = segment.read()
    except DefinitionError:
        return False
    return any(
        _may_change(condition, model, move)
        for one in with_all_named([definition], moment)
        for condition in one.conditions()
        for model in moves
        for move in moves[model]
    )


def _may_change(condition: Condition, model: type[HasStage], move: StageMove) -> bool:
    """Among the stages that a condition names, or not among them, before the move and after: no change."""
    attribute = CATALOG[condition.field]
    if attribute.relation.model is not model:
        return False
    if attribute.path == model.stage_field:
        return (move.came_from in condition.items) != (move.to in condition.items)
    return attribute.path.partition("__")[0] in model.kept_by_history()


def _affected(moves: Moves) -> list[int]:
    partners = {pk for move in moves.get(Partner, ()) for pk in move.ids}
    contracts = [pk for move in moves.get(Contract, ()) for pk in move.ids]
    if contracts:
        partners.update(Contract.objects.filter(pk__any_of=contracts).values_list("partner_id", flat=True))
    return sorted(partners)


@contextmanager
def _shadow_tables() -> Iterator[None]:
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
        _drop_shadows()


def _keep_in_memory() -> None:
    """Have temporary tables of some hundred thousand rows read once, and not again by each question.

    A session that has used temporary tables before keeps what it took for those, and is slower.
    """
    with suppress(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('temp_buffers', %s, true)", [f"{limits().stage_effects_memory_mb}MB"]
        )


def _shadow_all(partners: list[int]) -> None:
    for model, column in SHADOWED.items():
        _shadow(model, column, partners)


def _drop_shadows() -> None:
    """Take the temporary tables away; with the connection, if that fails: nothing may stay hidden."""
    try:
        with connection.cursor() as cursor:
            for model in SHADOWED:
                cursor.execute(f"DROP TABLE IF EXISTS temp.{model._meta.db_table}")
    except BaseException:
        connection.close()
        raise


def _shadow(model: type[HasStage], column: str, partners: list[int]) -> None:
    """Put a temporary table of these partners' rows in front of the model's own."""
    table = model._meta.db_table
    postgresql = connection.vendor == "postgresql"
    own = "= ANY(%s::bigint[])" if postgresql else "IN (SELECT value FROM json_each(%s))"
    # Indexes by which the compiler's SQL looks rows up; CREATE TABLE … AS copies none.
    columns = {column, *(field.column for field in model._meta.concrete_fields if field.unique)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {table} AS SELECT * FROM {table} WHERE {column} {own}",  # noqa: S608 - names of our own
            [partners if postgresql else f"[{','.join(map(str, partners))}]"],
        )
        if postgresql:
            for indexed in columns:
                cursor.execute(f"CREATE INDEX ON pg_temp.{table} ({indexed})")
            cursor.execute(f"ANALYZE pg_temp.{table}")
            cursor.execute("SELECT %s::regclass = %s::regclass", [table, f"pg_temp.{table}"])
            # Otherwise everything below would ask, and change, the real rows.
            if not cursor.fetchone()[0]:
                raise RuntimeError(f"search_path puts another {table} before temporary tables.")
        else:
            for indexed in columns:
                cursor.execute(f"CREATE INDEX temp.small_{table}_{indexed} ON {table} ({indexed})")


def _move(moves: Moves, at: datetime) -> None:
    schema = "pg_temp" if connection.vendor == "postgresql" else "temp"
    for model, rows in moves.items():
        planned, params = planned_rows(rows, "default")
        if not planned:
            continue
        table = f"{schema}.{model._meta.db_table}"
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} AS staged SET {assignments(model)}"  # noqa: S608 - names of our own
                f" FROM ({moving_rows(model, planned, table)}) AS move WHERE move.id = staged.id",
                params | circumstances(at, "default"),
            )
            if schema == "pg_temp":
                # Most rows may be others now: planned as before, a question of a tenth of a second took two.
                cursor.execute(f"ANALYZE {table}")
