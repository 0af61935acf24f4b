"""Reading columns from the database: on PostgreSQL all rows as one value in binary, on SQLite in batches."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, cast

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet

from partners.core.streaming import copied, streamed
from partners.models import Partner
from segments.arrays import Array, ArrayColumn, Encoding, Keys
from segments.attributes import Relation
from segments.conditions import PARTNER
from segments.predicates import Ids
from segments.query.columns.blocks import Block, block_of
from segments.query.columns.layout import PARTNER_ID, Layout
from segments.query.columns.names import Names

BATCH = 10_000
COPY_HEADER_BYTES = 19 + 2
"""Signature, flags and the length of an extension; the number of values in the one row."""
COPY_LENGTH_BYTES = 4
"""Before each value; NULL has the length -1."""
KEY = Keys()


def read_all(layout: Layout) -> Block:
    """All partners."""
    return block_of(layout, *_read(layout, None), *_by_name(None))


def read_some(layout: Layout, partners: Sequence[int]) -> Block:
    """Those of these partners that there are."""
    return block_of(layout, *_read(layout, partners), *_by_name(partners))


def _by_name(partners: Sequence[int] | None) -> tuple[Array, Names]:
    """The Partner IDs of some partners or all in the order of (folded name, ID), and the folded names."""
    if connection.vendor == "postgresql":
        return _by_name_packed(partners)
    found = Partner.objects.order_by("name_folded", "pk")
    if partners is not None:
        found = found.filter(pk__any_of=list(partners))
    rows = list(streamed(found.values_list("pk", "name_folded"), at_once=BATCH))
    return np.array([key for key, _name in rows], np.int64), Names.of([name for _key, name in rows])


def _by_name_packed(partners: Sequence[int] | None) -> tuple[Array, Names]:
    where, params = _of_partners(Partner, "pk", partners)
    # The index of names has this order. Asked for by the aggregates themselves, it would be sorted for each.
    sql = (
        "SELECT id AS c0, octet_length(name_folded)::int8 AS c1, name_folded"  # noqa: S608 - names of our own
        f" FROM {Partner._meta.db_table}{where} ORDER BY name_folded, id"
    )
    record = [KEY, KEY]
    letters = "string_agg(convert_to(name_folded, 'UTF8'), '')"
    packed, joined = _one_row([_packing(record), letters], sql, params)
    ids, lengths = _unpacked(packed, record)
    return ids, Names.of_lengths(bytes(joined), lengths)


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
    where, keys = _of_partners(model, columns[0].path, partners)
    sql = f"SELECT {named} FROM {table}{where}"  # noqa: S608 - names of our own
    return _packed(sql, [*params, *keys], [column.encoding for column in columns])


def _of_partners(model: type[Model], path: str, partners: Sequence[int] | None) -> tuple[str, list[str]]:
    """The WHERE, with its parameters, of the rows of some partners or all."""
    if partners is None:
        return "", []
    return f" WHERE {_quoted(model, path)} = ANY(%s::bigint[])", [f"{{{','.join(map(str, partners))}}}"]


def _packed(sql: str, params: Iterable[Any], encodings: Sequence[Encoding]) -> list[Array]:
    """The columns `c0`, `c1` … of a query, never NULL and as these encodings have them on the wire.

    So all rows are equally long, and the database puts them all into one value, which is one array of
    records: row by row, psycopg would take ten times as long.
    """
    [packed] = _one_row([_packing(encodings)], sql, params)
    return _unpacked(packed, encodings)


def _packing(encodings: Sequence[Encoding]) -> str:
    fields = [f"{encoding.send}(c{at})" for at, encoding in enumerate(encodings)]
    return f"string_agg({' || '.join(fields)}, '')"


def _unpacked(packed: memoryview, encodings: Sequence[Encoding]) -> list[Array]:
    record = np.dtype([(f"c{at}", encoding.wire) for at, encoding in enumerate(encodings)])
    rows = np.frombuffer(packed, record)
    return [rows[f"c{at}"].astype(encoding.dtype) for at, encoding in enumerate(encodings)]


def _one_row(aggregates: Sequence[str], sql: str, params: Iterable[Any]) -> list[memoryview]:
    """These aggregates of a query, as PostgreSQL sends them in binary; NULL is empty."""
    asked = f"SELECT {', '.join(aggregates)} FROM ({sql}) AS rows"  # noqa: S608 - SQL of the compiler's own
    statement = f"COPY ({asked}) TO STDOUT (FORMAT BINARY)"
    with connection.cursor() as cursor:
        answer = memoryview(b"".join(copied(cursor, statement, list(params))))
    found, at = [], COPY_HEADER_BYTES
    for _aggregate in aggregates:
        start = at + COPY_LENGTH_BYTES
        at = start + max(0, int.from_bytes(answer[at:start], signed=True))
        found.append(answer[start:at])
    return found


def _quoted(model: type[Model], path: str) -> str:
    column = model._meta.pk if path == "pk" else model._meta.get_field(path)
    return connection.ops.quote_name(str(cast("Any", column).column))
