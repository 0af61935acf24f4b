"""What is said before `migrate` of a database of a development version, and of what no screen can show."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from partners.checks import DEVELOPMENT_MIGRATION, check_database, check_extensions
from partners.core.extensions import EXTENSIONS, extend
from partners.models import Membership


@pytest.mark.django_db
def test_a_database_of_today_is_sound():
    assert check_database(databases=["default"]) == []
    assert check_database(databases=None) == []


@pytest.mark.django_db
def test_migrating_a_database_of_a_development_version_says_that_it_is_made_anew():
    recorder = MigrationRecorder(connection)
    recorder.record_applied(*DEVELOPMENT_MIGRATION)
    with pytest.raises(SystemCheckError, match=r"made by a development version.*\n.*an empty database"):
        call_command("migrate", skip_checks=False)
    recorder.record_unapplied(*DEVELOPMENT_MIGRATION)


def test_all_that_apps_add_to_screens_is_shown():
    assert check_extensions() == []


@pytest.mark.parametrize("model", [Membership, User], ids=["without an admin", "with an admin of Django's"])
def test_what_is_added_to_a_model_that_has_no_screen_of_ours_is_an_error_that_names_both(model, monkeypatch):
    monkeypatch.setitem(EXTENSIONS, model, [])
    extend(model, columns=["pk"])
    (error,) = check_extensions()
    assert (error.id, error.obj) == ("partners.E002", model)
    assert error.msg.startswith(f"{__file__}:")
    assert model._meta.label in error.msg
