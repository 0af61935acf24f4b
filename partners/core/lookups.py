"""Lookups for what a plain IN can't take or plans badly, and for texts whatever their letters, on SQLite too.

`PartnersConfig.ready()` registers them.
"""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup
from django.db.models.lookups import IContains, In
from django.db.models.sql.compiler import SQLCompiler


class AnyOf(Lookup):
    """`field__any_of=[...]`: as `in`, with the whole list of `int`s or `str`s as one parameter."""

    lookup_name = "any_of"
    prepare_rhs = False

    def _sides(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        if not self.rhs:
            raise EmptyResultSet
        sql, params = self.process_lhs(compiler, connection)
        return sql, tuple(params)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """SQLite reads the list as JSON."""
        lhs, params = self._sides(compiler, connection)
        values = "SELECT value FROM json_each(%s)"
        return f"{lhs} IN ({values})", (*params, json.dumps(list(self.rhs)))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """PostgreSQL has arrays. Numbers are written as one text: psycopg would look at each of them."""
        lhs, params = self._sides(compiler, connection)
        if isinstance(self.rhs[0], int):
            return f"{lhs} = ANY(%s::bigint[])", (*params, f"{{{','.join(map(str, self.rhs))}}}")
        return f"{lhs} = ANY(%s::text[])", (*params, list(self.rhs))


class InMaterialized(In):
    """`field__in_materialized=query`: as `in`, for a query that is known to find few rows.

    PostgreSQL reads them first and looks each up, whatever it makes of how many they will be.
    """

    lookup_name = "in_materialized"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """The query's answer as an array."""
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"{lhs} = ANY(ARRAY{rhs})", (*lhs_params, *rhs_params)


class MemberOf(Lookup):
    """`key__member_of=query`: as `in`, of a query that calls its column `member`; it may be a union.

    Its negation is a NOT EXISTS, which PostgreSQL takes as an anti-join; NOT IN it would ask row by row.
    """

    lookup_name = "member_of"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """EXISTS over the query as a table."""
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        sql = f"EXISTS (SELECT 1 FROM {rhs} AS members WHERE members.member = {lhs})"  # noqa: S608 - compiled by Django
        return sql, (*rhs_params, *lhs_params)


class ContainsInAnyLetters(IContains):
    """`field__icontains=text`: as Django's; on SQLite, which knows only A to Z, as on PostgreSQL."""

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """Both sides in capitals, which `add_capitals` makes."""
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"CAPITALS({lhs}) LIKE CAPITALS({rhs}) ESCAPE '\\'", (*lhs_params, *rhs_params)


def capitals(text: Any) -> Any:
    """Each letter as a capital; one whose capital would be several, such as ß, stays, as on PostgreSQL.

    Anything else than a text stays too.
    """
    if not isinstance(text, str) or text.isascii():
        return text
    return "".join(capital if len(capital := letter.upper()) == 1 else letter for letter in text)


def add_capitals(connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Give a new connection to SQLite the function."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("CAPITALS", 1, capitals, deterministic=True)
