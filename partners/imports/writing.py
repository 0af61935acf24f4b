"""Writes many rows at once: new ones in one statement, other values with the history of their stages."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.utils import timezone

from partners.stage_history import Staged
from partners.stage_moves import carry_out, moves_of

ROWS_A_STATEMENT = 1_000


def insert_rows(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Add rows, each its values by column, all with the same columns. Nothing is checked or filled in.

    Several times as fast as row objects would be: the whole list is one parameter, as JSON, which both
    databases take apart.
    """
    if not rows:
        return
    columns = list(rows[0])
    quote = connection.ops.quote_name
    quoted = ", ".join(map(quote, columns))
    if connection.vendor == "postgresql":
        fields = {field.column: field for field in model._meta.concrete_fields}
        types = ", ".join(f"{quote(column)} {_type(fields[column])}" for column in columns)
        source = f"SELECT {quoted} FROM json_to_recordset(%s) AS given ({types})"  # noqa: S608 - names of ours
    else:
        values = ", ".join(f"json_extract(value, '$.{column}')" for column in columns)
        source = f"SELECT {values} FROM json_each(%s)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({quoted}) {source}",
            [json.dumps(rows)],
        )


def _type(field: Any) -> str:
    """The column's type; that of the other's key, if it is a foreign key."""
    return str(field.target_field.rel_db_type(connection) if field.is_relation else field.db_type(connection))


def change_rows(
    model: type[Staged], changes: Iterable[tuple[int, Staged, dict[str, Any]]], *, by: str
) -> None:
    """Give rows other values, each as its primary key, the row as it is, and the new values.

    `by` is the unique field that finds them. Stages move through the history, and what follows them does; the
    dates that are among the values are taken as they are.
    """
    now, stage_field = timezone.now(), model.stage_field
    rows, stages = [], []
    names: set[str] = set()
    for pk, row, values in changes:
        if stage := values.get(stage_field):
            stages.append((pk, getattr(row, stage_field), stage))
            setattr(row, stage_field, stage)
            row.follow(at=now)
        for name, value in values.items():
            setattr(row, name, value)
        names |= values.keys() - {stage_field}
        rows.append(row)
    carry_out(model, moves_of(stages), at=now)
    if names:
        # Django's own: the stages have been moved.
        plain: models.QuerySet[Staged] = models.QuerySet(model)
        plain.bulk_create(
            rows,
            batch_size=ROWS_A_STATEMENT,
            update_conflicts=True,
            unique_fields=[by],
            update_fields=sorted(names | ({"name_folded"} if "name" in names else set())),
        )
