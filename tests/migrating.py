"""Runs the function of a data migration on today's tables, with the models of that time."""

from importlib import import_module

from django.db import connection
from django.db.migrations.loader import MigrationLoader


class _Editor:
    connection = connection


def run_migration(app, name, function):
    """As `migrate` does where nothing but data is changed."""
    old = MigrationLoader(connection).project_state((app, name)).apps
    getattr(import_module(f"{app}.migrations.{name}"), function)(old, _Editor)
