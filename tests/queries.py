"""How many queries are none of a page's own: of the sidebar, and on PostgreSQL those of limits within it."""

from django.db import connection

OF_THE_SIDEBAR = 1
"""Its numbers, for those who may see any of them."""
OF_A_BLOCK = 3 if connection.vendor == "postgresql" else 0
"""A savepoint that is rolled back and released; its settings go with the first question."""
