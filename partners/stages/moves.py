"""Moves many rows from stage to stage, set-based, with a row of history for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction
from django.utils import timezone

from partners.core.actor import current_actor

if TYPE_CHECKING:
    from partners.models.stage_edits import StageEdit
    from partners.stages.history import HasStage


@dataclass(frozen=True)
class StageMove:
    """These rows, by primary key, go from one stage to another.

    `undoes` is the date that the change which is taken back has recorded; None if there is none.
    """

    came_from: str
    to: str
    ids: tuple[int, ...]
    undoes: date | None = None


def moves_of(rows: Iterable[tuple[Any, ...]]) -> list[StageMove]:
    """The moves of rows given as primary key, stage before, stage after, and perhaps `undoes` of the move.

    A row that stays makes none.
    """
    ids: dict[tuple[Any, ...], list[int]] = {}
    for pk, *move in rows:
        if move[0] != move[1]:
            ids.setdefault(tuple(move), []).append(pk)
    return [StageMove(came_from, to, tuple(keys), *undoes) for (came_from, to, *undoes), keys in ids.items()]


def apply_moves(
    model: "type[HasStage]",
    moves: Iterable[StageMove],
    *,
    at: datetime | None = None,
    edit: "StageEdit | None" = None,
    using: str = "default",
) -> int:
    """Move the rows that are where their move begins, and write their history; the number moved.

    Rows that have been moved elsewhere, or deleted, are left alone. In the SQL of what is recorded `staged`
    is the row as it was, `move` its move (`from_stage`, `to_stage`, `undoes`), `%(at)s` the time, `%(day)s`
    the day, `%(back)s` whether it is an undo and `%(again)s` whether it is that or the undo of one. For
    `derived_columns`, `move` has what is recorded too.
    """
    planned, params = planned_rows(moves, using)
    if not planned:
        return 0
    by = current_actor()
    params |= {
        **circumstances(at or timezone.now(), using, edit),
        "why": by.why,
        **by.stamp(),
        "edit": edit.pk if edit else None,
    }
    with transaction.atomic(using=using, savepoint=False), connections[using].cursor() as cursor:
        if connections[using].vendor == "postgresql":
            cursor.execute(_one_statement(model, planned), params)
            return int(cursor.rowcount)
        record, update, latest = _two_statements(model, planned)
        # SQLite's UPDATE … RETURNING can't feed an INSERT: new rows of history are known by their keys.
        cursor.execute(latest)
        params["latest"] = cursor.fetchone()[0]
        cursor.execute(record, params)
        cursor.execute(update, params)
        return int(cursor.rowcount)


def circumstances(at: datetime, using: str, edit: "StageEdit | None" = None) -> dict[str, Any]:
    """The parameters of what is recorded that are the same for all moves (`apply_moves`)."""
    ops = connections[using].ops
    return {
        "at": ops.adapt_datetimefield_value(at),
        "day": ops.adapt_datefield_value(timezone.localdate(at)),
        "back": bool(edit and edit.goes_back),
        "again": bool(edit and edit.undoes),
    }


def planned_rows(moves: Iterable[StageMove], using: str) -> tuple[str, dict[str, Any]]:
    """The moves as a query for (id, from_stage, to_stage, undoes), and its parameters: a whole list is one.

    The query is empty if there is nothing to move.
    """
    arrays = connections[using].vendor == "postgresql"
    ids = (
        "SELECT unnest(%(ids{n})s::bigint[]) AS id"
        if arrays
        else "SELECT DISTINCT value AS id FROM json_each(%(ids{n})s)"
    )
    a_date = "date" if arrays else "text"
    params: dict[str, Any] = {}
    parts = []
    for n, move in enumerate(move for move in moves if move.ids):
        undoes = connections[using].ops.adapt_datefield_value(move.undoes)
        params |= {f"from{n}": move.came_from, f"to{n}": move.to, f"undoes{n}": undoes}
        params[f"ids{n}"] = list(move.ids) if arrays else f"[{','.join(map(str, move.ids))}]"
        parts.append(
            f"SELECT id, CAST(%(from{n})s AS varchar(40)) AS from_stage,"  # noqa: S608 - no values in it
            f" CAST(%(to{n})s AS varchar(40)) AS to_stage, CAST(%(undoes{n})s AS {a_date}) AS undoes"
            f" FROM ({ids.format(n=n)}) AS ids"
        )
    return " UNION ALL ".join(parts), params


def assignments(model: "type[HasStage]") -> str:
    """What an UPDATE of `staged` by `move` sets: the stage and what follows from it."""
    columns = {model.stage_field: "move.to_stage", **model.derived_columns}
    return ", ".join(f"{column} = {value}" for column, value in columns.items())


def _one_statement(model: "type[HasStage]", planned: str) -> str:
    """Lock in the order of the keys, so that two edits wait for each other; update; write history."""
    # NO KEY: others may insert rows that reference these meanwhile, whose foreign keys take KEY SHARE locks.
    # RETURNING move.* gives what was read before the update; `staged` has the new values by then.
    return (
        f"WITH move AS ({moving_rows(model, planned)} ORDER BY staged.id FOR NO KEY UPDATE OF staged),"  # noqa: S608 - names of our own
        f" moved AS (UPDATE {model._meta.db_table} AS staged SET {assignments(model)} FROM move"
        " WHERE staged.id = move.id RETURNING move.*)"
        f" {_insert_history(model, 'moved')}"
    )


def _insert_history(model: "type[HasStage]", moved: str) -> str:
    """The statement that writes the history of these rows, as `moving_rows` has them."""
    recorded = "".join(f", {column}" for column in model.recorded)
    return (
        f"INSERT INTO {model.changes()._meta.db_table}"  # noqa: S608 - no values in it
        f" (subject_id, from_stage, to_stage{recorded}, at, user_id, user_name, why, edit_id)"
        f" SELECT id, from_stage, to_stage{recorded}, %(at)s, %(user_id)s, %(user_name)s, %(why)s, %(edit)s"
        f" FROM {moved}"
    )


def moving_rows(model: "type[HasStage]", planned: str, table: str = "") -> str:
    """A query for the rows of the model's table, or of this one, that are where their move begins.

    Each is (id, from_stage, to_stage) and what is recorded. The moves come first: SQLite takes a CROSS JOIN
    in the order in which it is written, and looks each of the rows up by its key.
    """
    recorded = "".join(f", {value} AS {column}" for column, value in model.recorded.items())
    return (
        f"SELECT staged.id, move.from_stage, move.to_stage{recorded}"  # noqa: S608 - no values in it
        f" FROM ({planned}) AS move CROSS JOIN {table or model._meta.db_table} AS staged"
        f" WHERE staged.id = move.id AND staged.{model.stage_field} = move.from_stage"
    )


def _two_statements(model: "type[HasStage]", planned: str) -> tuple[str, str, str]:
    """For SQLite, which has one writer at a time: history first, then the rows that the new history names."""
    table, history = model._meta.db_table, model.changes()._meta.db_table
    record = _insert_history(model, f"({moving_rows(model, planned)}) AS move")
    update = (
        f"UPDATE {table} AS staged SET {assignments(model)} FROM {history} AS move"  # noqa: S608 - names of our own
        " WHERE move.subject_id = staged.id AND move.id > %(latest)s"
    )
    return record, update, f"SELECT coalesce(max(id), 0) FROM {history}"  # noqa: S608 - names of our own
