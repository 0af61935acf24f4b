"""A lookup for long lists of values, which a plain IN can't take: SQLite stops at 32,766 parameters."""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignKey, Lookup
from django.db.models.sql.compiler import SQLCompiler


@ForeignKey.register_lookup
@Field.register_lookup
class Among(Lookup):
    """`field__among=[...]`: as `in`, with the whole list of `int`s or `str`s as one parameter."""

    lookup_name = "among"
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
