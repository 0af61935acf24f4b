"""Questions answered Yes or No, many in a query; among them what a partner meets, as the compiler asks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import compress
from typing import Any, cast

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import Model, QuerySet, Value

from partners.core.moment import Moment
from partners.models import Partner
from segments.attributes import Relation
from segments.compiler import compile_definition, row_condition
from segments.conditions import CATALOG
from segments.definition import Condition, Definition

MAX_COLUMNS_PER_QUERY = 1_000
MAX_VALUES_PER_QUERY = 30_000
"""How many columns and values one query has at most, or one column if that alone has more."""
Sql = tuple[str, tuple[Any, ...]]
"""A condition that is true or false, and its values."""
ALWAYS: Sql = ("1 = 1", ())
NEVER: Sql = ("1 = 0", ())


def which_hold(partner: int, asked: Iterable[Definition], moment: Moment) -> dict[Definition, bool]:
    """For each of these, whether the partner with this primary key meets it."""
    sql = {
        one: _where(Partner.objects.filter(compile_definition(one, moment, correlated=True)))
        for one in dict.fromkeys(asked)
    }
    answers = _answers(sql.values(), _from(Partner, "pk", partner))
    return dict(zip(sql, answers, strict=True))


def row_sql(condition: Condition, moment: Moment) -> Sql:
    """SQL that says of a row of the condition's relation whether it is as the positive form asks."""
    rows = row_condition([condition], moment)
    if rows is None:
        return NEVER
    manager = CATALOG[condition.field].relation.model._default_manager
    found = manager.filter(rows)
    if sum(map(bool, found.query.alias_refcount.values())) > 1:
        # Asked of other tables too, which the row's own is not joined with here.
        found = manager.filter(pk__in=found.order_by().values("pk"))
    return _where(found)


def rows_asked(conditions: Iterable[Condition], moment: Moment) -> dict[Condition, Sql]:
    """The `row_sql` of each of these conditions; of those on several segments also that of each alone."""
    several = list(conditions)
    asked = [*several, *(alone for one in several for alone in each_alone(one))]
    return {condition: row_sql(condition, moment) for condition in asked}


def each_alone(condition: Condition) -> list[Condition]:
    """For each of the segments that it names, the condition on that one alone; nothing if it names none."""
    if not CATALOG[condition.field].names_segments:
        return []
    return [replace(condition, value=(key,)) for key in dict.fromkeys(condition.items)]


def met_by_rows(
    relation: Relation, partner: int, asked: Mapping[Condition, Sql]
) -> dict[int, set[Condition]]:
    """Which of these conditions, with their `row_sql`, the partner's rows meet, by primary key of the row."""
    met: dict[int, set[Condition]] = defaultdict(set)
    conditions = iter(asked)
    own = _from(relation.model, relation.partner or "pk", partner)
    for columns, values in _batches(asked.values()):
        some = [next(conditions) for _column in columns]
        for pk, *answers in _rows([_column(relation.model, "pk"), *columns], values, own):
            met[pk].update(compress(some, answers))
    return met


def exist_many(questions: Iterable[QuerySet[Model]]) -> list[bool]:
    """Whether each of these finds a row."""
    return _answers(map(_exists, questions), ("", ()))


def _exists(question: QuerySet[Model]) -> Sql:
    try:
        sql, params = question.order_by().values_list(Value(1))[:1].query.sql_with_params()
    except EmptyResultSet:
        return NEVER
    return f"EXISTS ({sql})", params


def _where(rows: QuerySet[Model]) -> Sql:
    """What the queryset asks of a row, as a column."""
    try:
        sql, params = rows.query.get_compiler(connection=connection).compile(rows.query.where)
    except EmptyResultSet:
        return NEVER
    except FullResultSet:
        return ALWAYS
    return f"({sql})", tuple(params)


def _from(model: type[Model], path: str, key: int) -> Sql:
    """Where columns are asked of the rows that have this foreign key or primary key."""
    table = connection.ops.quote_name(model._meta.db_table)
    return f"FROM {table} WHERE {_column(model, path)} = %s", (key,)


def _column(model: type[Model], path: str) -> str:
    field = model._meta.pk if path == "pk" else model._meta.get_field(path)
    return ".".join(map(connection.ops.quote_name, (model._meta.db_table, str(cast("Any", field).column))))


def _batches(asked: Iterable[Sql]) -> Iterator[tuple[list[str], list[Any]]]:
    """The columns and their values, as many together as one query takes."""
    columns: list[str] = []
    values: list[Any] = []
    for sql, params in asked:
        if columns and (
            len(columns) == MAX_COLUMNS_PER_QUERY or len(values) + len(params) > MAX_VALUES_PER_QUERY
        ):
            yield columns, values
            columns, values = [], []
        columns.append(sql)
        values += params
    if columns:
        yield columns, values


def _answers(asked: Iterable[Sql], own: Sql) -> list[bool]:
    """What the first row answers, in their order; False where there is no row."""
    answers: list[bool] = []
    for columns, values in _batches(asked):
        row = next(iter(_rows(columns, values, own)), [False] * len(columns))
        answers += map(bool, row)
    return answers


def _rows(columns: list[str], values: list[Any], own: Sql) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} {own[0]}", [*values, *own[1]])
        return cast("list[tuple[Any, ...]]", cursor.fetchall())
