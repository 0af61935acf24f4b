"""How many queries are none of a page's own: of the sidebar, and on PostgreSQL those that set limits."""

from django.db import connection

OF_THE_SIDEBAR = 1
"""Its numbers, for those who may see any of them."""
OF_A_PAGE = OF_THE_SIDEBAR + (1 if connection.vendor == "postgresql" else 0)
"""With the settings; the page's own transaction is opened anyway."""
OF_A_BLOCK = 4 if connection.vendor == "postgresql" else 0
"""The settings, within a savepoint that is rolled back."""
