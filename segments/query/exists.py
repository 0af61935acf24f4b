"""Questions answered Yes or No, many in a query; among them what a partner meets, as the compiler asks."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import QuerySet, Value

from partners.models import Partner
from segments.compiler import compile_definition
from segments.definition import Definition

MAX_COLUMNS = 1_000
MAX_VALUES_A_QUERY = 30_000
"""How many columns and values one query has at most, or one column if that alone has more."""
Sql = tuple[str, tuple[Any, ...]]
"""A condition that is true or false, and its values."""


def which_hold(partner: int, asked: Iterable[Definition]) -> dict[Definition, bool]:
    """For each of these, whether the partner with this primary key meets it."""
    return are_met(partner, {definition: sql_of(definition) for definition in asked})


def are_met(partner: int, asked: dict[Any, Sql]) -> dict[Any, bool]:
    """Which of these conditions, made by `sql_of`, the partner with this primary key meets."""
    table, key = map(connection.ops.quote_name, (Partner._meta.db_table, str(Partner._meta.pk.column)))
    own = f"FROM {table} WHERE {table}.{key} = %s", (partner,)
    return dict(zip(asked, _answers(asked.values(), own), strict=True))


def sql_of(definition: Definition) -> Sql:
    """SQL that says of a row of the table of partners whether it meets the definition."""
    query = Partner.objects.filter(compile_definition(definition, correlated=True)).query
    try:
        sql, params = query.get_compiler(connection=connection).compile(query.where)
    except EmptyResultSet:
        return "1 = 0", ()
    except FullResultSet:
        return "1 = 1", ()
    return f"({sql})", tuple(params)


def exist_many(questions: Iterable[QuerySet[Any, Any]]) -> list[bool]:
    """Whether each of these finds a row."""
    return _answers(map(_exists, questions))


def _exists(question: QuerySet[Any, Any]) -> Sql:
    try:
        sql, params = question.order_by().values_list(Value(1))[:1].query.sql_with_params()
    except EmptyResultSet:
        return "1 = 0", ()
    return f"EXISTS ({sql})", params


def _answers(asked: Iterable[Sql], own: Sql = ("", ())) -> list[bool]:
    """The answers in their order; `own` is what the columns are asked of. False where that is no row."""
    answers: list[bool] = []
    columns: list[str] = []
    values: list[Any] = []
    for sql, params in asked:
        if columns and (len(columns) == MAX_COLUMNS or len(values) + len(params) > MAX_VALUES_A_QUERY):
            answers += _asked(columns, values, own)
            columns, values = [], []
        columns.append(sql)
        values += params
    return answers + _asked(columns, values, own) if columns else answers


def _asked(columns: list[str], values: list[Any], own: Sql) -> list[bool]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} {own[0]}", [*values, *own[1]])
        row = cursor.fetchone() or [False for _column in columns]
        return [bool(answer) for answer in row]
