"""Questions answered Yes or No, many in a query; among them what a partner meets, as the compiler asks."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, Value

from partners.models import Partner
from segments import compiler
from segments.definition import Definition, Group
from segments.members import asked_alone

COLUMNS = 200
VALUES = 10_000
"""How many columns and values one query has at most, or one column if that alone has more."""


def met_by(partner: int, asked: Iterable[Group | Definition]) -> dict[Group | Definition, bool]:
    """For each of these, whether the partner with this primary key meets it. Groups have to be sound."""
    questions = list(dict.fromkeys(asked))
    found = find_any(_question(partner, question) for question in questions)
    return dict(zip(questions, found, strict=True))


def find_any(questions: Iterable[QuerySet[Any, Any]]) -> list[bool]:
    """Whether each of these finds a row."""
    answers: list[bool] = []
    asked: list[str] = []
    values: list[Any] = []
    for question in questions:
        sql, params = _exists(question)
        if asked and (len(asked) == COLUMNS or len(values) + len(params) > VALUES):
            answers += _answers(asked, values)
            asked, values = [], []
        asked.append(sql)
        values += params
    return answers + _answers(asked, values) if asked else answers


def _question(partner: int, asked: Group | Definition) -> QuerySet[Partner]:
    ways = compiler.ways(asked) if isinstance(asked, Definition) else compiler.ways_of(asked)
    return Partner.objects.filter(asked_alone(ways), pk=partner)


def _exists(question: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    try:
        sql, params = question.order_by().values_list(Value(1))[:1].query.sql_with_params()
    except EmptyResultSet:
        return "1 = 0", ()
    return f"EXISTS ({sql})", params


def _answers(columns: list[str], values: list[Any]) -> list[bool]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", values)
        return [bool(answer) for answer in cursor.fetchone()]
