"""Reading columns from the database: by binary COPY on PostgreSQL, whose rows are numpy's as they come; in
batches on SQLite."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, cast

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet

from partners.core.streaming import streamed
from partners.models import Partner
from segments.arrays import Array, ArrayColumn, Keys
from segments.attributes import Relation
from segments.conditions import PARTNER
from segments.predicates import Ids
from segments.query.columns.blocks import Block, block_of
from segments.query.columns.layout import PARTNER_ID, Layout

BATCH = 10_000
COPY_HEADER_BYTES = 19
"""Signature, flags and the length of an extension, before the first row."""
COPY_TRAILER_BYTES = 2
KEY = Keys()


def read_all(layout: Layout) -> Block:
    """All partners; their names stay with the database, which tells their order."""
    own, rows = _read(layout, None)
    partners = Partner.objects.order_by("name_folded", "pk").values_list("pk", flat=True)
    return block_of(layout, own, rows, None, read_ids(partners))


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
    [found] = _copied(sql, params, [KEY.wire])
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
        return _columns_by_copy(relation.model, columns, partners)
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


def _columns_by_copy(
    model: type[Model], columns: Sequence[ArrayColumn], partners: Sequence[int] | None
) -> list[Array]:
    asked = [column.encoding.sql(_quoted(model, column.path)) for column in columns]
    params: list[Any] = [param for _sql, values in asked for param in values]
    table = connection.ops.quote_name(model._meta.db_table)
    sql = f"SELECT {', '.join(sql for sql, _values in asked)} FROM {table}"  # noqa: S608 - names of our own
    if partners is not None:
        sql += f" WHERE {_quoted(model, columns[0].path)} = ANY(%s::bigint[])"
        params.append(list(partners))
    arrays = _copied(sql, params, [column.encoding.wire for column in columns])
    return [array.astype(column.encoding.dtype) for array, column in zip(arrays, columns, strict=True)]


def _copied(sql: str, params: Iterable[Any], wire: Sequence[str]) -> list[Array]:
    """The columns of a query that are never NULL and have these types.

    So all rows are equally long: the number of columns in two bytes, then each with its length in four. The
    whole answer is one array of such records.
    """
    statement = f"COPY ({sql}) TO STDOUT (FORMAT BINARY)"
    # The cursor below Django's, whose own way to copy takes no parameters while queries are logged.
    with connection.cursor() as cursor, cursor.cursor.copy(statement, list(params)) as rows_in_bytes:
        answer = b"".join(rows_in_bytes)
    record = np.dtype(
        [("columns", ">i2")]
        + [part for at, kind in enumerate(wire) for part in ((f"length_{at}", ">i4"), (f"column_{at}", kind))]
    )
    rows = np.frombuffer(memoryview(answer)[COPY_HEADER_BYTES:-COPY_TRAILER_BYTES], record)
    return [rows[f"column_{at}"].astype(np.dtype(kind).newbyteorder("=")) for at, kind in enumerate(wire)]


def _quoted(model: type[Model], path: str) -> str:
    column = model._meta.pk if path == "pk" else model._meta.get_field(path)
    return connection.ops.quote_name(str(cast("Any", column).column))
