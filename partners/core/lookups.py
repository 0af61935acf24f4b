"""Lookups for what a plain IN can't take, or plans badly: long lists of values, and queries that find few.

`PartnersConfig.ready()` registers them.
"""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup
from django.db.models.lookups import In
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
        """PostgreSQL has arrays."""
        lhs, params = self._sides(compiler, connection)
        array = "%s::bigint[]" if isinstance(self.rhs[0], int) else "%s::text[]"
        return f"{lhs} = ANY({array})", (*params, list(self.rhs))


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
