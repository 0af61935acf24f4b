"""What is said where the database does nothing, for somebody else is writing or it is not there."""

import errno
import sqlite3

import psycopg
import pytest
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from config.database_errors import is_busy, is_full, is_out_of_reach
from partners.models import PartnerGroup
from tests.segments.forms import form

ADD = reverse("admin:partners_partnergroup_add")
BUILDER = reverse("admin:segments_segment_add")
GROUPS = reverse("admin:partners_partnergroup_changelist")


def of_postgresql(kind):
    """An error as Django has it, made of psycopg's."""
    error = OperationalError("of PostgreSQL")
    error.__cause__ = error.__context__ = kind("of PostgreSQL")
    return error


LOCKED = OperationalError("database is locked")
IN_THE_WAY = [
    LOCKED,
    of_postgresql(psycopg.errors.DeadlockDetected),
    of_postgresql(psycopg.errors.SerializationFailure),
    of_postgresql(psycopg.errors.LockNotAvailable),
    of_postgresql(psycopg.errors.QueryCanceled),
]
OUT_OF_REACH = [
    *map(
        of_postgresql,
        (
            psycopg.OperationalError,
            psycopg.errors.AdminShutdown,
            psycopg.errors.CannotConnectNow,
            psycopg.errors.TooManyConnections,
            psycopg.errors.ProtocolViolation,
            psycopg.errors.ConnectionFailure,
        ),
    )
]
FULL = [
    of_postgresql(psycopg.errors.DiskFull),
    of_postgresql(psycopg.errors.OutOfMemory),
    OperationalError("database or disk is full"),
    OSError(errno.ENOSPC, "No space left on device"),
]


def failing_with(error, statements):
    def execute_or_fail(execute, sql, params, many, context):
        if sql.startswith(statements):
            raise error
        return execute(sql, params, many, context)

    return connection.execute_wrapper(execute_or_fail)


def refusing_to_write(error=LOCKED):
    """As a database does while another connection writes."""
    return failing_with(error, ("INSERT", "UPDATE", "DELETE"))


@pytest.mark.django_db
@pytest.mark.parametrize("error", IN_THE_WAY)
def test_a_form_is_told_that_nothing_was_changed_and_when_to_try_again(as_editor, error):
    with refusing_to_write(error):
        answer = as_editor.post(ADD, {"name": "VIP"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    page = answer.content.decode()
    assert "The database is busy" in page
    assert "Nothing of yours was changed." in page
    assert not PartnerGroup.objects.exists()


@pytest.mark.django_db
def test_the_builder_shows_it_beside_its_rows(as_editor):
    sent = form(button="save", name="VIP")
    with refusing_to_write():
        answer = as_editor.post(BUILDER, sent, headers={"hx-request": "true"})
    assert answer.status_code == 503
    assert answer["HX-Retarget"] == "#builder-trouble"
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
    with refusing_to_write():
        answer = client.get(GROUPS)
    assert answer.status_code == 503
    assert "The database is busy" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("error", OUT_OF_REACH)
@pytest.mark.parametrize("statements", ["SELECT", "INSERT"])
def test_a_database_that_is_not_there_is_named_as_such_and_the_log_says_why(
    editor, caplog, error, statements
):
    client = Client(raise_request_exception=False)
    client.force_login(editor)
    with failing_with(error, statements):
        answer = client.post(ADD, {"name": "VIP"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "The database can&#x27;t be reached" in answer.content.decode()
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("disk I/O error"),
        ValueError("database is locked"),
        OSError(errno.EACCES, "Permission denied"),
        None,
    ],
)
def test_other_errors_stay_errors(error):
    assert not is_busy(error)
    assert not is_out_of_reach(error)
    assert not is_full(error)


@pytest.mark.django_db
@pytest.mark.parametrize("error", FULL)
def test_a_server_that_is_full_is_named_as_such_and_nothing_is_half_done(editor, caplog, error):
    client = Client(raise_request_exception=False)
    client.force_login(editor)
    with failing_with(error, "INSERT INTO " + connection.ops.quote_name("django_admin_log")):
        answer = client.post(ADD, {"name": "VIP"})
    assert (answer.status_code, answer.has_header("Retry-After")) == (503, False)
    assert "The server is full" in answer.content.decode()
    assert not PartnerGroup.objects.exists()
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_sqlite_says_that_it_is_full_in_these_words(editor):
    client = Client(raise_request_exception=False)
    client.force_login(editor)
    with connection.cursor() as cursor:
        [pages] = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            answers = [client.post(ADD, {"name": f"{number} {'x' * 190}"}) for number in range(200)]
        finally:
            cursor.execute(f"PRAGMA max_page_count = {2**30}")
    assert {answer.status_code for answer in answers} == {302, 503}
    assert "The server is full" in answers[-1].content.decode()
    kept = sum(answer.status_code == 302 for answer in answers)
    assert PartnerGroup.objects.count() == LogEntry.objects.count() == kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
@pytest.mark.session
def test_a_server_that_is_a_standby_by_now_is_left_for_the_primary(editor):
    client = Client(raise_request_exception=False)
    client.force_login(editor)
    connection.ensure_connection()
    standby = connection.connection
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    answer = client.post(ADD, {"name": "VIP"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert connection.connection is not standby
    assert client.post(ADD, {"name": "VIP"}).status_code == 302


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("code", ["40P01", "40001", "55P03", "57014"])
def test_postgresql_says_that_others_are_in_the_way_with_these_codes(code):
    with pytest.raises(OperationalError) as refusal, connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")
    assert is_busy(refusal.value)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_postgresql_is_out_of_reach_once_it_has_ended_the_connection():
    with connection.cursor() as cursor, pytest.raises(OperationalError) as refusal:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_out_of_reach(refusal.value)
    with pytest.raises(OperationalError) as refusal, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert is_out_of_reach(refusal.value)
    connection.close()


def test_sqlite_says_it_in_these_words(tmp_path):
    path = tmp_path / "db.sqlite3"
    with sqlite3.connect(path) as one, sqlite3.connect(path, timeout=0) as other:
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as refusal:
            other.execute("BEGIN IMMEDIATE")
    assert is_busy(OperationalError(*refusal.value.args))
