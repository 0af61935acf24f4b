"""Moves many rows from stage to stage, set-based, with a row of history for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction
from django.utils import timezone

from partners.acting import who_acts

if TYPE_CHECKING:
    from partners.stage_edits import StageEdit
    from partners.stage_history import Staged

ROWS_A_STATEMENT = 10_000


@dataclass(frozen=True)
class Move:
    """These rows, by primary key, go from one stage to another."""

    came_from: str
    to: str
    ids: tuple[int, ...]


def moves_of(rows: Iterable[tuple[int, str, str]]) -> list[Move]:
    """The moves of rows given as primary key, stage before and stage after; who stays makes none."""
    ids: dict[tuple[str, str], list[int]] = {}
    for pk, came_from, to in rows:
        if came_from != to:
            ids.setdefault((came_from, to), []).append(pk)
    return [Move(came_from, to, tuple(keys)) for (came_from, to), keys in ids.items()]


def carry_out(
    model: "type[Staged]",
    moves: Iterable[Move],
    *,
    at: datetime | None = None,
    edit: "StageEdit | None" = None,
    using: str = "default",
) -> int:
    """Move the rows that are where their move begins, and write their history; the number moved.

    Rows that have been moved elsewhere, or deleted, are left alone. In the SQL of the followers `staged` is
    the row, `move` its move (`from_stage`, `to_stage`), `%(at)s` the time, `%(day)s` the day and `%(back)s`
    whether an edit is taken back.
    """
    planned, params = planned_rows(moves, using)
    if not planned:
        return 0
    by = who_acts()
    params |= {
        **followed(at or timezone.now(), using, back=bool(edit and edit.goes_back)),
        "who": by.name,
        "why": by.why,
        "edit": edit.pk if edit else None,
    }
    with transaction.atomic(using=using, savepoint=False), connections[using].cursor() as cursor:
        if connections[using].vendor == "postgresql":
            cursor.execute(_one_statement(model, planned), params)
            return int(cursor.rowcount)
        record, update, latest = _two_statements(model, planned)
        cursor.execute(latest)
        params["latest"] = cursor.fetchone()[0]
        cursor.execute(record, params)
        cursor.execute(update, params)
        return int(cursor.rowcount)


def followed(at: datetime, using: str, *, back: bool = False) -> dict[str, Any]:
    """The parameters of the followers' SQL."""
    ops = connections[using].ops
    return {
        "at": ops.adapt_datetimefield_value(at),
        "day": ops.adapt_datefield_value(timezone.localdate(at)),
        "back": back,
    }


def planned_rows(moves: Iterable[Move], using: str) -> tuple[str, dict[str, Any]]:
    """The moves as a query for (id, from_stage, to_stage), and its parameters: a whole list is one.

    The query is empty if there is nothing to move.
    """
    arrays = connections[using].vendor == "postgresql"
    ids = (
        "SELECT unnest(%(ids{n})s::bigint[]) AS id"
        if arrays
        else "SELECT DISTINCT value AS id FROM json_each(%(ids{n})s)"
    )
    params: dict[str, Any] = {}
    parts = []
    for n, move in enumerate(move for move in moves if move.ids):
        params |= {f"from{n}": move.came_from, f"to{n}": move.to}
        params[f"ids{n}"] = list(move.ids) if arrays else f"[{','.join(map(str, move.ids))}]"
        parts.append(
            f"SELECT id, CAST(%(from{n})s AS varchar(40)) AS from_stage,"  # noqa: S608 - no values in it
            f" CAST(%(to{n})s AS varchar(40)) AS to_stage"
            f" FROM ({ids.format(n=n)}) AS ids"
        )
    return " UNION ALL ".join(parts), params


def assignments(model: "type[Staged]") -> str:
    """What an UPDATE of `staged` by `move` sets: the stage and what follows from it."""
    columns = {model.stage_field: "move.to_stage", **model.followers}
    return ", ".join(f"{column} = {value}" for column, value in columns.items())


def _one_statement(model: "type[Staged]", planned: str) -> str:
    """Lock in the order of the keys, so that two edits wait for each other; update; write history."""
    table, history = model._meta.db_table, model.changes()._meta.db_table
    return (
        f"WITH planned (id, from_stage, to_stage) AS ({planned}),"  # noqa: S608 - no values in it
        " move AS ("
        f" SELECT staged.id, planned.from_stage, planned.to_stage FROM {table} AS staged"
        f" JOIN planned ON planned.id = staged.id AND planned.from_stage = staged.{model.stage_field}"
        " ORDER BY staged.id FOR NO KEY UPDATE OF staged),"
        f" moved AS (UPDATE {table} AS staged SET {assignments(model)} FROM move WHERE staged.id = move.id"
        " RETURNING staged.id, move.from_stage, move.to_stage)"
        f" INSERT INTO {history} (subject_id, from_stage, to_stage, at, who, why, edit_id)"
        " SELECT id, from_stage, to_stage, %(at)s, %(who)s, %(why)s, %(edit)s FROM moved"
    )


def _two_statements(model: "type[Staged]", planned: str) -> tuple[str, str, str]:
    """For SQLite, where nobody else writes meanwhile: history first, then the rows that it speaks of."""
    table, history = model._meta.db_table, model.changes()._meta.db_table
    record = (
        f"WITH planned (id, from_stage, to_stage) AS ({planned})"  # noqa: S608 - no values in it
        f" INSERT INTO {history} (subject_id, from_stage, to_stage, at, who, why, edit_id)"
        " SELECT staged.id, planned.from_stage, planned.to_stage, %(at)s, %(who)s, %(why)s, %(edit)s"
        f" FROM planned CROSS JOIN {table} AS staged ON staged.id = planned.id"
        f" AND staged.{model.stage_field} = planned.from_stage"
    )
    update = (
        f"UPDATE {table} AS staged SET {assignments(model)} FROM {history} AS move"  # noqa: S608
        " WHERE move.subject_id = staged.id AND move.id > %(latest)s"
    )
    return record, update, f"SELECT coalesce(max(id), 0) FROM {history}"  # noqa: S608
