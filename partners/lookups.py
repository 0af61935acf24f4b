"""Lookups for what a plain IN can't take, or plans badly: long lists of values, and queries that find few."""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignKey, Lookup
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler


@ForeignKey.register_lookup
@Field.register_lookup
class Among(Lookup):
    """`field__among=[...]`: as `in`, with the whole list of `int`s or `str`s as one parameter.

    Lists of one are compared with `=`, which databases plan best.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """SQLite reads the list as JSON, PostgreSQL as an array."""
        if not self.rhs:
            raise EmptyResultSet
        values = list(self.rhs)
        lhs, params = self.process_lhs(compiler, connection)
        if len(values) == 1:
            return f"{lhs} = %s", (*params, values[0])
        if connection.vendor == "postgresql":
            array = "bigint[]" if isinstance(values[0], int) else "text[]"
            return f"{lhs} = ANY(%s::{array})", (*params, values)
        found = "SELECT value FROM json_each(%s)"
        return f"{lhs} IN ({found})", (*params, json.dumps(values))


@Field.register_lookup
class InFew(In):
    """`field__in_few=query`: as `in`, for a query that is known to find few rows.

    PostgreSQL reads them first and looks each up, whatever it makes of how many they will be.
    """

    lookup_name = "in_few"

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        """The query's answer as an array."""
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"{lhs} = ANY(ARRAY{rhs})", (*lhs_params, *rhs_params)
