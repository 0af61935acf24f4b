"""Reading columns from the database: on PostgreSQL all rows as one value in binary, on SQLite in batches."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, cast

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet

from partners.core.streaming import streamed
from partners.models import Partner
from segments.arrays import Array, ArrayColumn, Encoding, Keys
from segments.attributes import Relation
from segments.conditions import PARTNER
from segments.predicates import Ids
from segments.query.columns.blocks import Block, block_of
from segments.query.columns.layout import PARTNER_ID, Layout

BATCH = 10_000
COPY_HEADER_BYTES = 19 + 2 + 4
"""Signature, flags and the length of an extension; in the one row, the number of values and the length."""
COPY_TRAILER_BYTES = 2
KEY = Keys()


def read_all(layout: Layout) -> Block:
    """All partners; their names stay with the database, which tells their order."""
    own, rows = _read(layout, None)
    return block_of(layout, own, rows, None, _ids_by_name())


def _ids_by_name() -> Array:
    """All Partner IDs, in the order of (folded name, ID)."""
    partners = Partner.objects.order_by("name_folded", "pk").values_list("pk", flat=True)
    if connection.vendor != "postgresql":
        return read_ids(partners)
    sql = f"SELECT id AS c0, name_folded FROM {Partner._meta.db_table}"  # noqa: S608 - names of our own
    [found] = _packed(sql, [], [KEY], order="ORDER BY name_folded, c0")
    return found


def read_some(layout: Layout, partners: Sequence[int]) -> Block:
    """Those of these partners that there are."""
    own, rows = _read(layout, partners)
    found = Partner.objects.filter(pk__any_of=list(partners)).order_by()
    names = dict(found.values_list("pk", "name_folded"))
    return block_of(layout, own, rows, [names[key] for key in own[PARTNER_ID].tolist()])


def read_unnamed(layout: Layout, partners: Sequence[int] | None = None) -> Block:
    """The same of these partners or all, in no order of names: to be counted, not listed."""
    own, rows = _read(layout, partners)
    return block_of(layout, own, rows, None, own[PARTNER_ID])


def read_ids(ids: QuerySet[Any, Any] | Ids) -> Array:
    """What a query finds whose only column are keys, in its order."""
    if connection.vendor != "postgresql":
        return np.fromiter(streamed(ids, at_once=BATCH), np.int64)
    try:
        sql, params = ids.query.sql_with_params()
    except EmptyResultSet:
        return np.empty(0, np.int64)
    [found] = _packed(f"SELECT * FROM ({sql}) AS ids (c0)", params, [KEY])  # noqa: S608 - SQL of the compiler's own
    return found


def count_rows(relation: Relation) -> int:
    """How many rows it has."""
    return relation.model._default_manager.count()


def _read(
    layout: Layout, partners: Sequence[int] | None
) -> tuple[dict[ArrayColumn, Array], dict[Relation, tuple[Array, dict[ArrayColumn, Array]]]]:
    own = dict(zip([PARTNER_ID, *layout.columns[PARTNER]], _columns(layout, PARTNER, partners), strict=True))
    rows = {}
    for relation in layout.others:
        owners, *arrays = _columns(layout, relation, partners)
        rows[relation] = owners, dict(zip(layout.columns[relation], arrays, strict=True))
    return own, rows


def _columns(layout: Layout, relation: Relation, partners: Sequence[int] | None) -> list[Array]:
    """The Partner ID and the columns of each row, of some partners or all."""
    columns = [ArrayColumn(relation.partner or "pk", KEY), *layout.columns[relation]]
    if connection.vendor == "postgresql":
        return _columns_packed(relation.model, columns, partners)
    rows = relation.model._default_manager.order_by()
    if partners is not None:
        rows = rows.filter(**{f"{columns[0].path}__any_of": list(partners)})
    return _columns_by_batch(rows, columns)


def _columns_by_batch(rows: QuerySet[Any, Any], columns: Sequence[ArrayColumn]) -> list[Array]:
    found: list[list[Array]] = [[] for _column in columns]
    read = streamed(rows.values_list(*(column.path for column in columns)), at_once=BATCH)
    while batch := list(islice(read, BATCH)):
        for arrays, column, values in zip(found, columns, zip(*batch, strict=True), strict=True):
            arrays.append(column.encoding.encode(values))
    return [
        np.concatenate(arrays) if arrays else np.empty(0, column.encoding.dtype)
        for arrays, column in zip(found, columns, strict=True)
    ]


def _columns_packed(
    model: type[Model], columns: Sequence[ArrayColumn], partners: Sequence[int] | None
) -> list[Array]:
    asked = [column.encoding.sql(_quoted(model, column.path)) for column in columns]
    params: list[Any] = [param for _sql, values in asked for param in values]
    table = connection.ops.quote_name(model._meta.db_table)
    named = ", ".join(f"{sql} AS c{at}" for at, (sql, _values) in enumerate(asked))
    sql = f"SELECT {named} FROM {table}"  # noqa: S608 - names of our own
    if partners is not None:
        sql += f" WHERE {_quoted(model, columns[0].path)} = ANY(%s::bigint[])"
        params.append(f"{{{','.join(map(str, partners))}}}")
    return _packed(sql, params, [column.encoding for column in columns])


def _packed(sql: str, params: Iterable[Any], encodings: Sequence[Encoding], order: str = "") -> list[Array]:
    """The columns `c0`, `c1` … of a query, never NULL and as these encodings have them on the wire.

    So all rows are equally long, and the database puts them all into one value, which is one array of
    records: row by row, psycopg would take ten times as long.
    """
    fields = [f"{encoding.send}(c{at})" for at, encoding in enumerate(encodings)]
    packed = f"SELECT string_agg({' || '.join(fields)}, '' {order}) FROM ({sql}) AS rows"  # noqa: S608 - SQL of the compiler's own
    statement = f"COPY ({packed}) TO STDOUT (FORMAT BINARY)"
    # The cursor below Django's, whose own way to copy takes no parameters while queries are logged.
    with connection.cursor() as cursor, cursor.cursor.copy(statement, list(params)) as chunks:
        answer = memoryview(b"".join(chunks))
    record = np.dtype([(f"c{at}", encoding.wire) for at, encoding in enumerate(encodings)])
    rows = np.frombuffer(answer[COPY_HEADER_BYTES:-COPY_TRAILER_BYTES], record)
    return [rows[f"c{at}"].astype(encoding.dtype) for at, encoding in enumerate(encodings)]


def _quoted(model: type[Model], path: str) -> str:
    column = model._meta.pk if path == "pk" else model._meta.get_field(path)
    return connection.ops.quote_name(str(cast("Any", column).column))
