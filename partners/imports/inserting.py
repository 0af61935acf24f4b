"""Writes many plain rows in one statement, several times as fast as row objects would."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def insert_rows(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Add rows, each its values by column, all with the same columns. Nothing is checked or filled in.

    The whole list is one parameter, as JSON, which both databases take apart.
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
