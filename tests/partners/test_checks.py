"""What is said before `migrate` of a database of a development version."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from partners.checks import DEVELOPMENT_MIGRATION, check_database

pytestmark = pytest.mark.django_db


def test_a_database_of_today_is_sound():
    assert check_database(databases=["default"]) == []
    assert check_database(databases=None) == []


def test_migrating_a_database_of_a_development_version_says_that_it_is_made_anew():
    MigrationRecorder(connection).record_applied(*DEVELOPMENT_MIGRATION)
    with pytest.raises(SystemCheckError, match=r"made by a development version.*\n.*an empty database"):
        call_command("migrate", skip_checks=False)
