"""Writes many rows in few statements: each takes a whole list as one parameter, as JSON.

Both databases take such a list apart. Row objects would cost several times as much as all the rest.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, models
from django.utils import timezone

from partners.core.actor import current_actor
from partners.core.limits import limits
from partners.core.names import fold
from partners.stages.history import HasStage
from partners.stages.moves import apply_moves, moves_of

RowValues = dict[str, Any]
"""Of a row, by column."""


def insert_rows(model: type[models.Model], rows: Sequence[RowValues], *, passes_over: bool = False) -> None:
    """Add rows, all with the same columns. Nothing is checked or filled in.

    `passes_over` those that are there already, which are an IntegrityError otherwise.
    """
    if rows:
        columns, condition = _names(rows[0]), " WHERE true ON CONFLICT DO NOTHING" if passes_over else ""
        _execute(
            f"INSERT INTO {_table(model)} ({columns}) SELECT {columns} FROM {{given}}{condition}",  # noqa: S608 - names of ours
            rows,
            {name: _column(model, name) for name in rows[0]},
        )


def delete_rows(model: type[models.Model], rows: Sequence[RowValues]) -> None:
    """Delete the rows that have these values. What hangs on them isn't looked for."""
    if rows:
        columns = _names(rows[0])
        _execute(
            f"DELETE FROM {_table(model)} WHERE ({columns}) IN (SELECT {columns} FROM {{given}})",  # noqa: S608 - names of our own
            rows,
            {name: _column(model, name) for name in rows[0]},
        )


def add_rows(model: type[HasStage], rows: Sequence[RowValues], *, by: str) -> None:
    """Add rows with a stage, and the beginning of their history; what they don't say has its default.

    `by` is a unique column of each.
    """
    if not rows:
        return
    defaults: RowValues = {
        str(field.column): field.get_default()
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    whole = [_with_folded_name({**defaults, **row}) for row in rows]
    insert_rows(model, whole)
    history, actor = model.changes(), current_actor()
    stamp = actor.stamp()
    # `arrived_at` depends on the dates alone, and few dates differ: ask once for each, not for each row.
    moments: dict[tuple[Any, ...], datetime] = {}
    arrivals = []
    for row in whole:
        dates = tuple(row[name] for name in model.derived_columns)
        if dates not in moments:
            moments[dates] = model(**dict(zip(model.derived_columns, dates, strict=True))).arrived_at()
        arrivals.append({by: row[by], "at": moments[dates]})
    # CROSS JOIN, since SQLite then begins with what is given, and looks each row up by its unique column.
    _execute(
        f"INSERT INTO {_table(history)} (subject_id, from_stage, to_stage, at, user_id, user_name, why)"  # noqa: S608 - names of our own
        f" SELECT staged.id, '', staged.{model.stage_field}, given.at, %s, %s, %s"
        f" FROM {{given}} CROSS JOIN {_table(model)} AS staged WHERE staged.{by} = given.{by}",
        arrivals,
        {by: _column(model, by), "at": _column(history, "at")},
        before=(stamp["user_id"], stamp["user_name"], actor.why),
    )


def change_rows(model: type[HasStage], changes: Iterable[tuple[int, str, RowValues]]) -> None:
    """Give rows other values, each as its primary key, its stage, and the new values, none of them empty.

    Stages move through the history, and what follows them does; dates among the values are taken as they are.
    """
    stages, rows = [], []
    for pk, stage, values in changes:
        plain = dict(values)
        stages.append((pk, stage, plain.pop(model.stage_field, stage)))
        if plain:
            rows.append({**_with_folded_name(plain), "id": pk})
    # A move sets the dates that follow from it. Those that the file gives are written once more, after it.
    _update(model, rows)
    apply_moves(model, moves_of(stages), at=timezone.now())
    kept = [{name: row[name] for name in ("id", *model.derived_columns) if name in row} for row in rows]
    _update(model, [row for row in kept if len(row) > 1])


def _update(model: type[models.Model], rows: Sequence[RowValues]) -> None:
    names = sorted({name for row in rows for name in row} - {"id"})
    if names:
        # One statement for rows with different columns: NULL means "not in this row", so no value may be
        # NULL.
        values = ", ".join(
            f"{_quoted(name)} = coalesce(given.{_quoted(name)}, changed.{_quoted(name)})" for name in names
        )
        _execute(
            f"UPDATE {_table(model)} AS changed SET {values} FROM {{given}} WHERE changed.id = given.id",  # noqa: S608 - names of our own
            rows,
            {name: _column(model, name) for name in ("id", *names)},
        )


def _with_folded_name(row: RowValues) -> RowValues:
    if "name" in row:
        row["name_folded"] = fold(row["name"])
    return row


def _execute(
    sql: str, rows: Sequence[RowValues], columns: Mapping[str, Any], *, before: tuple[Any, ...] = ()
) -> None:
    """Run the statement with `given` as a table of these columns, for so many rows at a time."""
    # The whole batch is one JSON parameter, unpacked into rows by the database: no limit on the number of
    # parameters, and one statement text for any number of rows.
    if connection.vendor == "postgresql":
        types = ", ".join(f"{_quoted(name)} {_type(field)}" for name, field in columns.items())
        given = f"json_to_recordset(%s) AS given ({types})"
    else:
        values = ", ".join(f"json_extract(value, '$.{name}') AS {_quoted(name)}" for name in columns)
        given = f"(SELECT {values} FROM json_each(%s)) AS given"  # noqa: S608 - names of our own
    most = limits().statement_max_rows
    with connection.cursor() as cursor:
        for at in range(0, len(rows), most):
            some = json.dumps(rows[at : at + most], default=_plain)
            cursor.execute(sql.format(given=given), (*before, some))


def _plain(value: Any) -> Any:
    """Days and times as the database writes them."""
    if isinstance(value, datetime):
        return str(connection.ops.adapt_datetimefield_value(value))
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} can't be written.")


def _column(model: type[models.Model], name: str) -> Any:
    return next(field for field in model._meta.concrete_fields if field.column == name)


def _type(field: Any) -> str:
    """The column's type; that of the other's key, if it is a foreign key."""
    return str(field.target_field.rel_db_type(connection) if field.is_relation else field.db_type(connection))


def _table(model: type[models.Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _names(row: RowValues) -> str:
    return ", ".join(map(_quoted, row))
