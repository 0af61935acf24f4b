"""How many queries are none of a page's own: of the sidebar, and on PostgreSQL those that set limits."""

from django.db import connection

OF_THE_SIDEBAR = 1
"""Its numbers, for those who may see any of them."""
OF_A_PAGE = OF_THE_SIDEBAR + (1 if connection.vendor == "postgresql" else 0)
"""With the settings, which go alone within a test's transaction; the page's own is opened anyway."""
OF_A_BLOCK = 3 if connection.vendor == "postgresql" else 0
"""A savepoint that is rolled back and released; its settings go with the first question."""
