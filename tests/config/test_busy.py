"""What is said where the database lets nobody write, for somebody else is writing."""

import sqlite3

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from config.database_errors import is_busy
from partners.models import PartnerGroup
from tests.segments.forms import form

ADD = reverse("admin:partners_partnergroup_add")
BUILDER = reverse("admin:segments_segment_add")
LOCKED = OperationalError("database is locked")


def refuse_writing(execute, sql, params, many, context):
    """As SQLite does while another connection writes."""
    if sql.startswith(("INSERT", "UPDATE", "DELETE")):
        raise LOCKED
    return execute(sql, params, many, context)


@pytest.mark.django_db
def test_a_form_is_told_that_nothing_was_changed_and_when_to_try_again(as_editor):
    with connection.execute_wrapper(refuse_writing):
        answer = as_editor.post(ADD, {"name": "VIP"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    page = answer.content.decode()
    assert "The database is busy" in page
    assert "Nothing of yours was changed." in page
    assert not PartnerGroup.objects.exists()


@pytest.mark.django_db
def test_the_builder_shows_it_beside_its_rows(as_editor):
    sent = form(button="save", name="VIP")
    with connection.execute_wrapper(refuse_writing):
        answer = as_editor.post(BUILDER, sent, headers={"hx-request": "true"})
    assert answer.status_code == 503
    assert answer["HX-Retarget"] == "#builder-preview"
    page = answer.content.decode()
    assert "your rows stay as they are" in page
    assert "<html" not in page
    # htmx shows it only where it is told to.
    assert "503" in as_editor.get(BUILDER).content.decode().partition("responseHandling")[2][:100]


@pytest.mark.django_db
def test_what_fails_outside_of_a_view_is_told_as_well(editor, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    client = Client(raise_request_exception=False)
    client.force_login(editor)
    with connection.execute_wrapper(refuse_writing):
        answer = client.get(reverse("admin:partners_partnergroup_changelist"))
    assert answer.status_code == 503
    assert "The database is busy" in answer.content.decode()


@pytest.mark.parametrize(
    "error", [OperationalError("disk I/O error"), ValueError("database is locked"), None]
)
def test_other_errors_stay_errors(error):
    assert not is_busy(error)


def test_sqlite_says_it_in_these_words(tmp_path):
    path = tmp_path / "db.sqlite3"
    with sqlite3.connect(path) as one, sqlite3.connect(path, timeout=0) as other:
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as refusal:
            other.execute("BEGIN IMMEDIATE")
    assert is_busy(OperationalError(*refusal.value.args))
