"""Has each test commit what it does, and deletes it afterwards: `pytest -p tests.committing`.

By itself a test is one transaction, for which PgBouncer lends one connection: nothing would come to light.
"""

import pytest
from django.db import connection
from django.test import TransactionTestCase

KEPT = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables with what migrating writes, and no test changes."""
LARGE = 2**20
"""From so many bytes on a table is worth its TRUNCATE, after which no dead rows are left to be read."""
ONE_TRANSACTION = {
    "django_assert_max_num_queries",
    "django_assert_num_queries",
    "django_capture_on_commit_callbacks",
}
"""Fixtures with which a test stays one: it does what comes after a commit, or would count commits."""


def pytest_configure():
    # Django's own way takes a second for each test: TRUNCATE of all tables, and all permissions made anew.
    TransactionTestCase._fixture_teardown = _delete_rows


def pytest_collection_modifyitems(items):
    for item in items:
        if not item.get_closest_marker("once") and ONE_TRANSACTION.isdisjoint(item.fixturenames):
            item.add_marker(pytest.mark.django_db(transaction=True), append=False)


def _delete_rows(_test):
    tables = [name for name in connection.introspection.table_names() if name not in KEPT]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE pg_relation_size(name) > %s", [tables, LARGE]
        )
        emptied = [f"TRUNCATE {name} CASCADE;" for (name,) in cursor.fetchall()]
        deletions = [f"DELETE FROM {name};" for name in tables]
        # One transaction, in which no foreign key asks for an order.
        cursor.execute(
            f"BEGIN; SET LOCAL session_replication_role = replica; {' '.join(emptied + deletions)} COMMIT"
        )
