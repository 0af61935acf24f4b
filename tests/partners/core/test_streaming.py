"""A cursor that stays open is in a transaction: a pool may give each statement another connection."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners.core.streaming import copied, streamed
from partners.core.time_limit import TooSlowError, time_limit
from partners.exports.columns import COLUMNS
from partners.exports.table import ExportTable
from partners.exports.writers.csv_writer import csv_chunks
from partners.exports.writers.excel import write_excel
from partners.imports.importers.registry import importer_of
from partners.imports.presenters import rows_file
from partners.models import Partner
from partners.models.imports import RowOutcome
from tests.factories import PartnerFactory, UserFactory
from tests.partners.imports.files import checked, csv_file


@pytest.fixture
def opened(monkeypatch):
    """For each cursor that stays open, whether it is in a transaction."""
    found = []
    chunked = connection.chunked_cursor

    def open_one():
        found.append(connection.in_atomic_block)
        return chunked()

    monkeypatch.setattr(connection, "chunked_cursor", open_one)
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", False)
    return found


@pytest.mark.django_db(transaction=True)
def test_rows_are_read_in_one_transaction_on_postgresql_and_in_none_on_sqlite(opened):
    partners = PartnerFactory.create_batch(5)
    assert list(streamed(Partner.objects.order_by("pk"), at_once=2)) == partners
    assert opened == [connection.vendor == "postgresql"]
    assert not connection.in_atomic_block


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_downloads_checks_and_exports_open_no_cursor_outside_a_transaction(opened, client, tmp_path):
    client.force_login(UserFactory(is_superuser=True))
    PartnerFactory.create_batch(3)
    record = checked(csv_file(["Id", "Name", "Stage"], ["one", "A", "New"], [1, "B", "New"]))
    refused = client.get(reverse("admin:partners_import_refused", args=[record.pk]))
    assert b"one,A,New" in b"".join(refused.streaming_content)
    table = ExportTable(COLUMNS, Partner.objects.order_by("pk"))
    assert b"".join(csv_chunks(table))
    with (tmp_path / "file.xlsx").open("wb") as file:
        write_excel(table, file)
    assert opened
    assert all(opened)


@pytest.mark.django_db
def test_refused_rows_are_read_in_the_same_queries_however_many_they_are():
    def refused(number):
        record = checked(csv_file(["Id", "Name", "Stage"], *[["one", "A", "New"]] * number))
        with CaptureQueriesContext(connection) as queries:
            lines = "".join(rows_file(record, RowOutcome.REFUSED, importer_of(record.kind))).splitlines()
        assert len(lines) == number + 1
        return len(queries)

    assert refused(1) == refused(20)


@pytest.mark.once
def test_nothing_else_opens_such_a_cursor():
    opening = re.compile(r"\.iterator\(|ServerCursor|chunked_cursor")
    folders = [Path(settings.BASE_DIR, name) for name in ("config", "partners", "contracts", "segments")]
    code = [file for folder in folders for file in folder.rglob("*.py")]
    assert [file.name for file in code if opening.search(file.read_text())] == ["streaming.py"]


def copy(statement):
    with connection.cursor() as cursor:
        return b"".join(copied(cursor, statement, ()))


@pytest.mark.django_db
@pytest.mark.postgresql
@pytest.mark.parametrize("statement", ["COPY (SELECT pg_sleep(5)) TO STDOUT", "COPY (SELECT 1) TO STDOUT"])
def test_what_is_copied_is_stopped_in_time_as_any_question_is(statement):
    seconds = 0.05 if "sleep" in statement else 0
    with pytest.raises(TooSlowError), time_limit(seconds=seconds):
        copy(statement)
    assert copy("COPY (SELECT 1) TO STDOUT") == b"1\n"


@pytest.mark.django_db
@pytest.mark.postgresql
def test_what_is_wrong_with_a_copy_is_told_as_of_any_question():
    with pytest.raises(DataError), transaction.atomic():
        copy("COPY (SELECT 1 / 0) TO STDOUT")
