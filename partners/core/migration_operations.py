"""Operations for migrations that tell PostgreSQL about tables; other databases are told nothing.

Migrations import nothing else of the program, for they must not change with it. So these classes keep their
names, arguments and effect; what has to be done otherwise becomes a class of its own.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AlterTableOnPostgreSQL(Operation):
    """Changes a model's table in a way that Django's models have no words for."""

    forwards: str
    """What stands after ALTER TABLE and its name."""
    backwards: str

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models stay as they are."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django's signature
        to_state: ProjectState,
    ) -> None:
        self._alter(app_label, schema_editor, to_state, self.forwards)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django's signature
        to_state: ProjectState,
    ) -> None:
        self._alter(app_label, schema_editor, to_state, self.backwards)

    def _alter(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState, change: str
    ) -> None:
        model = state.apps.get_model(app_label, self.model_name)
        if schema_editor.connection.vendor == "postgresql" and self.allow_migrate_model(
            schema_editor.connection.alias, model
        ):
            schema_editor.execute(f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)} {change}")


class VacuumOften(AlterTableOnPostgreSQL):
    """Vacuum after few changes: with one row in twenty changed, index-only counts are four times slower."""

    forwards = (
        "SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.01,"
        " autovacuum_analyze_scale_factor = 0.02)"
    )
    backwards = (
        "RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor,"
        " autovacuum_analyze_scale_factor)"
    )

    def describe(self) -> str:
        return f"Vacuum {self.model_name} often"


class SortFoldedNamesByCode(AlterTableOnPostgreSQL):
    """Sort `name_folded` by the numbers of its letters, as SQLite does: what `FoldedNameField` stands on.

    A migration knows that field as a TextField, so each table of a `Named` model needs this operation.
    """

    forwards = 'ALTER COLUMN name_folded TYPE text COLLATE "C"'
    backwards = 'ALTER COLUMN name_folded TYPE text COLLATE "default"'

    def describe(self) -> str:
        return f"Sort folded names of {self.model_name} by code"
