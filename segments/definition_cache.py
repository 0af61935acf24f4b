"""Stored definitions, read once a process, with what follows from each without looking at data.

The key is the stored JSON itself, beside the language of the words and the database of the SQL: what is kept
depends on nothing else. So it is right however the definition was written, by which process and in which
database. The names of rows are never kept: they change by themselves.
"""

import json
from collections import OrderedDict
from datetime import date, tzinfo
from functools import cached_property
from threading import Lock
from typing import Any

from django.db import connection
from django.utils.translation import get_language

from partners.core.limits import limits
from partners.core.moment import Moment
from segments.analysis.finding import Finding
from segments.analysis.findings import findings, is_long
from segments.analysis.implication import canonical_form
from segments.definition import Condition, Definition
from segments.nesting import segments_named
from segments.query.exists import Sql, rows_asked
from segments.query.row_clauses import RowClause, row_clauses


class CachedDefinition:
    """A definition, and what follows from it; each thing is worked out when it is asked for first."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._rows: tuple[tuple[date, tzinfo], dict[Condition, Sql]] | None = None

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What looks wrong with it by itself."""
        return tuple(findings(self.definition))

    @cached_property
    def meaning(self) -> frozenset[Any]:
        """Equal for two definitions only if they always have the same partners; empty if nothing is known."""
        return frozenset() if is_long(self.definition) else canonical_form(self.definition)

    def rows(self, moment: Moment) -> dict[Condition, Sql]:
        """For each condition, and what `rows_asked` adds, the SQL that says whether a row is as it asks.

        Of a moment nothing but its day and zone counts, so the SQL of the last day asked for is kept;
        not that of conditions on other segments, which can be defined anew any time.
        """
        day, conditions = (moment.today, moment.zone), self.definition.conditions()
        if self._rows and self._rows[0] == day:
            return self._rows[1]
        rows = rows_asked(conditions, moment)
        if not segments_named(conditions):
            self._rows = day, rows
        return rows

    @cached_property
    def clauses(self) -> tuple[tuple[RowClause, ...], ...]:
        """For each group, those that are excepted too, what is asked of its partners' rows."""
        return tuple(tuple(row_clauses(group)) for group in self.definition.groups)


NOBODY = CachedDefinition(Definition(()))
"""Used for a broken definition where there is no place for an error: it matches no partner."""


class _DefinitionCache:
    """A cache of the definitions used last, up to `definition_cache_max_characters` together."""

    def __init__(self) -> None:
        self.length = 0
        self._found: OrderedDict[tuple[str, ...], CachedDefinition] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, ...]) -> CachedDefinition | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: tuple[str, ...], understood: CachedDefinition) -> None:
        with self._lock:
            if key not in self._found:
                self._found[key] = understood
                self.length += len(key[0])
            while self.length > limits().definition_cache_max_characters:
                oldest, _understood = self._found.popitem(last=False)
                self.length -= len(oldest[0])


_cache = _DefinitionCache()


def cached_definition(stored: Any) -> CachedDefinition:
    """A stored definition, read and cached; DefinitionError says what is wrong with a broken one."""
    try:
        # What follows from it has texts in a language, and SQL for a database.
        key = (json.dumps(stored), get_language() or "", connection.vendor)
    except (TypeError, ValueError, RecursionError):  # nothing that JSON can hold: it can't be a definition
        return CachedDefinition(Definition.from_json(stored))
    found = _cache.get(key)
    if found is None:
        found = CachedDefinition(Definition.from_json(stored))
        _cache.put(key, found)
    return found
