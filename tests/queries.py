"""How many queries of PostgreSQL's own a limit takes: it is set in the database, on SQLite beside it."""

from django.db import connection

OF_A_PAGE = 1 if connection.vendor == "postgresql" else 0
"""The settings; the page's own transaction is opened anyway."""
OF_A_BLOCK = 4 if connection.vendor == "postgresql" else 0
"""The settings, within a savepoint that is rolled back."""
