"""Runs the function of a data migration on today's tables, with the models of that time."""

from importlib import import_module

from django.db import connection
from django.db.migrations.loader import MigrationLoader


class _Editor:
    connection = connection


def run_migration(app, name, function):
    """As `migrate` does where nothing but data is changed; the name comes without its number."""
    loader = MigrationLoader(connection)
    [migration] = (one for of, one in loader.disk_migrations if of == app and one[5:] == name)
    old = loader.project_state((app, migration)).apps
    getattr(import_module(f"{app}.migrations.{migration}"), function)(old, _Editor)
