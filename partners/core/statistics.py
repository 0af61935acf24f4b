"""What PostgreSQL knows about the rows of its tables when it plans a query."""

from django.db import connections, models


def refresh_statistics(*written: type[models.Model], using: str = "default") -> None:
    """Look at these tables again, right after many of their rows were written.

    Until then PostgreSQL plans with what it knew before, perhaps for minutes where seconds would do; its own
    upkeep comes a minute later at best, and never inside the transaction that wrote. What is found counts
    from the next statement on. A table that somebody else is looking at is skipped: waiting for it, with rows
    locked, could end in a deadlock. SQLite plans the same whatever the tables hold, and is told nothing.
    """
    connection = connections[using]
    if connection.vendor != "postgresql" or not written:
        return
    tables = ", ".join(sorted(connection.ops.quote_name(model._meta.db_table) for model in written))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {tables}")
