"""Operations for migrations that tell the database about tables what Django's models have no words for.

Migrations import nothing else of the program, for they must not change with it. So these classes keep their
names, arguments and effect; what has to be done otherwise becomes a class of its own.
"""

from collections.abc import Callable, Iterable, Iterator

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class TableOperation(Operation):
    """Tells the database something about a model's table. The models stay as they are."""

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Nothing changes for Django."""

    def forward_sql(self, table: str, vendor: str) -> Iterable[str]:
        """The statements for a table in a database of this vendor."""
        raise NotImplementedError

    def backward_sql(self, table: str, vendor: str) -> Iterable[str]:
        """Those that take them back."""
        raise NotImplementedError

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django's signature
        to_state: ProjectState,
    ) -> None:
        self._tell(app_label, schema_editor, to_state, self.forward_sql)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django's signature
        to_state: ProjectState,
    ) -> None:
        self._tell(app_label, schema_editor, to_state, self.backward_sql)

    def _tell(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        statements: Callable[[str, str], Iterable[str]],
    ) -> None:
        model, connection = state.apps.get_model(app_label, self.model_name), schema_editor.connection
        if self.allow_migrate_model(connection.alias, model):
            for statement in statements(model._meta.db_table, connection.vendor):
                schema_editor.execute(statement)


class AlterTableOnPostgreSQL(TableOperation):
    """Changes a model's table on PostgreSQL; other databases are told nothing."""

    forwards: str
    """What stands after ALTER TABLE and its name."""
    backwards: str

    def forward_sql(self, table: str, vendor: str) -> Iterable[str]:
        return [f'ALTER TABLE "{table}" {self.forwards}'] if vendor == "postgresql" else []

    def backward_sql(self, table: str, vendor: str) -> Iterable[str]:
        return [f'ALTER TABLE "{table}" {self.backwards}'] if vendor == "postgresql" else []


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


class LogChanges(TableOperation):
    """Has triggers write down in the change log which partners each statement on a table is about.

    So no writer escapes, not even SQL typed by hand. `partner_column` leads from a row to its partner. The
    log is the table `partners_partnerchange`; a partner of NULL stands for all of them. On SQLite most
    alterations make a table anew, without its triggers: this one has to follow them.
    """

    EVENTS = {
        "insert": "SELECT {partner} FROM new_rows",
        "update": "SELECT {partner} FROM old_rows UNION SELECT {partner} FROM new_rows",
        "delete": "SELECT {partner} FROM old_rows",
    }
    TRANSITION_TABLES = {
        "insert": "REFERENCING NEW TABLE AS new_rows",
        "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
        "delete": "REFERENCING OLD TABLE AS old_rows",
    }
    ROWS_ON_SQLITE = {"insert": ["NEW"], "update": ["OLD", "NEW"], "delete": ["OLD"]}

    def __init__(self, model_name: str, partner_column: str) -> None:
        super().__init__(model_name)
        self.partner_column = partner_column

    def describe(self) -> str:
        return f"Log which partners change with {self.model_name}"

    def forward_sql(self, table: str, vendor: str) -> Iterable[str]:
        return self._sqlite(table) if vendor == "sqlite" else self._postgresql(table)

    def backward_sql(self, table: str, vendor: str) -> Iterable[str]:
        if vendor == "postgresql":
            return [f"DROP FUNCTION {table}_log_changes() CASCADE"]
        return [f"DROP TRIGGER {table}_log_{event}" for event in self.EVENTS]

    def _postgresql(self, table: str) -> Iterator[str]:
        """A trigger for each statement: one for each row would take several times as long."""
        log = "INSERT INTO partners_partnerchange (transaction, partner)"
        branches = "".join(
            f" WHEN '{event.upper()}' THEN {log} SELECT DISTINCT writer, changed.{self.partner_column}"  # noqa: S608 - names of our own
            f" FROM ({rows.format(partner=self.partner_column)}) AS changed;"
            for event, rows in self.EVENTS.items()
        )
        yield (
            f"CREATE FUNCTION {table}_log_changes() RETURNS trigger LANGUAGE plpgsql"
            " SET search_path FROM CURRENT"
            " AS $$ DECLARE writer bigint := pg_current_xact_id()::text::bigint;"
            f" BEGIN CASE TG_OP{branches} WHEN 'TRUNCATE' THEN {log} VALUES (writer, NULL);"
            " END CASE; RETURN NULL; END $$"
        )
        for event, rows in {**self.TRANSITION_TABLES, "truncate": ""}.items():
            yield (
                f"CREATE TRIGGER {table}_log_{event} AFTER {event.upper()} ON {table} {rows}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_log_changes()"
            )

    def _sqlite(self, table: str) -> Iterator[str]:
        """SQLite has triggers for rows only, and no TRUNCATE."""
        for event, rows in self.ROWS_ON_SQLITE.items():
            # UNION drops what is the same before and after.
            changed = " UNION ".join(f"SELECT 0, {row}.{self.partner_column}" for row in rows)
            yield (
                f"CREATE TRIGGER {table}_log_{event} AFTER {event.upper()} ON {table} FOR EACH ROW BEGIN"
                f' INSERT INTO partners_partnerchange ("transaction", partner) {changed}; END'
            )


class LogChangesAgain(LogChanges):
    """Has the triggers of `LogChanges` on SQLite after the table was made anew, which takes them away.

    In a migration that makes it anew, the first operation and the last one: either way they are there then.
    """

    def describe(self) -> str:
        return f"Go on logging which partners change with {self.model_name}"

    def forward_sql(self, table: str, vendor: str) -> Iterable[str]:
        return self._missing_triggers(table) if vendor == "sqlite" else []

    def backward_sql(self, table: str, vendor: str) -> Iterable[str]:
        return self.forward_sql(table, vendor)

    def _missing_triggers(self, table: str) -> Iterator[str]:
        for trigger in self._sqlite(table):
            yield trigger.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS", 1)


class ReadChanges(TableOperation):
    """Makes a function on PostgreSQL that says which partners changed since a snapshot was taken.

    `{table}_since(snapshot, pruned)` gives those of the transactions that it did not see: they committed
    since. `pruned` is the key of the row that says, as its transaction, up to where the log was pruned; if
    rows have gone that the snapshot did not see, NULL is among what is found.

    Between equal snapshots the log is not looked at, where a long transaction may have many rows; nor is the
    look planned, which takes longer than all else that is asked of a snapshot. Each look is planned anew:
    what was right for a small table would be wrong as it grows.

    A dump that was restored brings the log of a server whose numbers may be ahead of this one's. What is seen
    now has a number before xmax, so those at or after it are of the other server, and no changes.
    """

    def describe(self) -> str:
        return f"Say who changed by {self.model_name}"

    def forward_sql(self, table: str, vendor: str) -> Iterable[str]:
        return self._postgresql(table) if vendor == "postgresql" else []

    def _postgresql(self, table: str) -> Iterator[str]:
        xmin, xmax = "pg_snapshot_xmin(seen)::text::bigint", "pg_snapshot_xmax(now)::text::bigint"
        changed = (
            f"SELECT DISTINCT partner FROM {table} WHERE transaction >= {xmin} AND transaction < {xmax}"  # noqa: S608 - names of our own
            f" AND CASE id WHEN pruned THEN transaction > {xmin}"
            " ELSE NOT pg_visible_in_snapshot(transaction::text::xid8, seen) END"
        )
        yield (
            f"CREATE FUNCTION {table}_since(seen pg_snapshot, pruned bigint) RETURNS bigint[]"
            " LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET plan_cache_mode = force_custom_plan"
            " AS $$ DECLARE now pg_snapshot := pg_current_snapshot();"
            " BEGIN IF now::text = seen::text THEN RETURN ARRAY[]::bigint[]; END IF;"
            f" RETURN ARRAY({changed}); END $$"
        )

    def backward_sql(self, table: str, vendor: str) -> Iterable[str]:
        return [f"DROP FUNCTION {table}_since(pg_snapshot, bigint)"] if vendor == "postgresql" else []
