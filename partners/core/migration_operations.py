"""What migrations tell PostgreSQL about tables; other databases are told nothing."""

from typing import Any

from django.db.migrations import RunPython
from django.db.migrations.operations.base import Operation


def sort_by_code(*tables: str) -> Operation:
    """Give the folded names of tables the collation that their field has come to have."""
    return _alter(tables, 'ALTER COLUMN name_folded TYPE text COLLATE "C"', elidable=True)


def vacuum_often(*tables: str) -> Operation:
    """Vacuum after few changes: with one row in twenty changed, index-only counts are four times slower."""
    return _alter(
        tables,
        "SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01,"
        " autovacuum_analyze_scale_factor = 0.02)",
    )


def _alter(tables: tuple[str, ...], change: str, *, elidable: bool = False) -> Operation:
    def alter(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for table in tables:
                schema_editor.execute(f"ALTER TABLE {table} {change}")

    return RunPython(alter, RunPython.noop, elidable=elidable)
