"""PostgreSQL writes the lines of a CSV file by itself: COPY, with labels and guard in SQL.

Every name in the statements is the catalogue's; whatever people typed is a parameter.
"""

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F

from partners.core.streaming import copied
from partners.exports.columns import TYPED, ExportColumn, Reads
from partners.exports.expressions import HARMLESS_PARAMS, HARMLESS_SQL, OneCell
from partners.exports.table import Chunks, ExportTable, long_question

CHUNK_BYTES = 128 * 1024
KEY = ExportColumn(key="key", label="", expression=F("pk"))


def copied_lines(table: ExportTable) -> Chunks:
    """The lines of the table's rows."""
    with long_question(), connection.cursor() as cursor:
        try:
            statement, params = copy_statement(table.found())
        except EmptyResultSet:
            return 0
        chunk = bytearray()
        for line in copied(cursor, statement, params):
            chunk += line
            if len(chunk) > CHUNK_BYTES:
                yield bytes(chunk)
                chunk.clear()
        yield bytes(chunk)
        number: int = cursor.rowcount
        return number


def copy_statement(table: ExportTable) -> tuple[str, list[object]]:
    """The statement and its parameters; EmptyResultSet if no partner can match.

    The texts that share a cell are put together partner by partner; where the partners are many, for all of
    them at once.
    """
    joined = [one for one in table.columns if table.is_large and isinstance(one.expression, OneCell)]
    asked = [*([KEY] if joined else []), *(column for column in table.columns if column not in joined)]
    rows, params = table.ordered().query(asked).query.sql_with_params()
    names = ", ".join(f'"{column.key}"' for column in asked)
    source, source_params = f"({rows}) AS rows ({names})", list(params)
    for column in joined:
        cells, params = column.expression.for_all()
        source += f' LEFT JOIN {cells} AS "{column.key}" ON "{column.key}".partner_id = rows.key'
        source_params += params
    selected: list[str] = []
    select_params: list[object] = []
    for column in table.columns:
        cell = f'"{column.key}".cell' if column in joined else f'rows."{column.key}"'
        sql, params = _cell(column, cell, alone=len(table.columns) == 1)
        selected.append(sql)
        select_params += params
    order = " ORDER BY rows.key" if joined else ""
    # The parameters in the order of their places: those of the SELECT list stand before those of FROM.
    return (
        f"COPY (SELECT {', '.join(selected)} FROM {source}{order}) TO STDOUT WITH (FORMAT csv)",  # noqa: S608 - names of our own
        [*select_params, *source_params],
    )


def _cell(column: ExportColumn, cell: str, *, alone: bool) -> tuple[str, tuple[object, ...]]:
    """What is written for a value: nothing for none, but quotes where it is the only one of its line."""
    params: tuple[object, ...] = ()
    if column.reads in TYPED:
        cell, params = HARMLESS_SQL.format(cell=cell), HARMLESS_PARAMS
    if alone:
        return f"coalesce(({cell})::text, '')", params
    return (cell if column.reads in (Reads.NUMBER, Reads.DATE) else f"nullif({cell}, '')"), params
