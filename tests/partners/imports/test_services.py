"""Long files, how many queries they take, and what is kept of them."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from partners.core.limits import limits
from partners.imports import services
from partners.imports.errors import ImportFileError
from partners.imports.importers.registry import importer_of
from partners.imports.reading.table import browser_limits, open_table
from partners.imports.services import apply_import, start_check, take
from partners.models import Partner, PartnerStageChange
from partners.models.imports import Import, ImportPart, ImportRow
from tests.factories import PartnerFactory, UserFactory
from tests.partners.core.test_statistics import rows_expected
from tests.partners.imports.files import checked, csv_file, imported, numbers, received

pytestmark = pytest.mark.django_db


def test_files_longer_than_a_part_and_a_statement_are_imported_whole(monkeypatch, change_limits):
    change_limits(import_part_rows=7)
    change_limits(import_write_rows=10)
    rows = [[number, f"Partner {number}"] for number in range(1, 101)]
    record = imported(csv_file(["Id", "Name"], *rows))
    assert numbers(record) == {"new": 100}
    assert Partner.objects.count() == PartnerStageChange.objects.count() == 100
    assert record.parts.count() == 15


def test_a_check_takes_the_same_queries_for_one_row_as_for_hundreds(django_assert_num_queries):
    def queries(rows):
        record = checked(csv_file(["Id", "Name", "Groups"], *rows), creates=True)
        start_check(record=record, columns=record.columns, creates=True, overwrites=False, order="")
        return record

    for rows in ([[1, "A", "VIP"]], [[number, "A", f"Group {number}"] for number in range(1, 101)]):
        record = queries(rows)
        with django_assert_num_queries(9):
            services.check_some(record=record, seconds=10)


def test_writing_takes_the_same_queries_for_few_rows_as_for_hundreds(django_assert_max_num_queries):
    rows = [[number, "A", "VIP; Gold"] for number in range(1, 501)]
    record = checked(csv_file(["Id", "Name", "Groups"], *rows), creates=True)
    with django_assert_max_num_queries(30):
        apply_import(record=record, user="ada")


@pytest.mark.django_db(transaction=True)
def test_others_can_write_while_rows_are_read_and_planned(monkeypatch):
    """On SQLite, an open transaction keeps everybody else from writing; on PostgreSQL it locks nobody."""
    seen = []

    def watched(function):
        def watching(*args):
            seen.append(connection.in_atomic_block and connection.vendor == "sqlite")
            return function(*args)

        return watching

    monkeypatch.setattr(services, "plan_rows", watched(services.plan_rows))
    monkeypatch.setattr(services.RowReader, "key", watched(services.RowReader.key))
    table = open_table(csv_file(["Id", "Name"], [1, "A"], [1, "A"], [2, "B"]), file_limits=browser_limits())
    rows = map(watched(lambda row: row), table.rows)
    record = take(table=replace(table, rows=rows), name="a.csv", importer=importer_of("partners"), user="ada")
    start_check(record=record, columns=record.columns, creates=False, overwrites=False, order="")
    assert services.check_some(record=record, seconds=10).status == "checked"
    assert len(seen) > 9
    assert not any(seen)


def test_of_a_file_that_breaks_off_nothing_is_kept(change_limits):
    change_limits(import_part_rows=1)
    with pytest.raises(ImportFileError, match="ends within quotes"):
        received(io.BytesIO(b'Id,Name\n1,A\n2,"B'))
    assert not Import.objects.exists()
    assert not ImportPart.objects.exists()


def test_of_two_who_check_the_same_rows_one_is_dropped(monkeypatch):
    record = received(csv_file(["Id", "Name"], [1, "A"], [2, "B"]))
    start_check(record=record, columns=record.columns, creates=False, overwrites=False, order="")
    plan, others = services.plan_rows, []

    def while_somebody_else_does(*args):
        if not others:
            others.append(True)
            services.check_some(record=record, seconds=10)
        return plan(*args)

    monkeypatch.setattr(services, "plan_rows", while_somebody_else_does)
    assert numbers(services.check_some(record=record, seconds=10)) == {"new": 2}
    assert record.planned.count() == 2


def test_a_check_that_was_begun_again_forgets_what_was_planned_for_the_one_before(monkeypatch):
    record = received(csv_file(["Id", "Name", "Title"], [1, "A", "B"]))
    start_check(record=record, columns=["id", "name", ""], creates=False, overwrites=False, order="")
    plan, others = services.plan_rows, []

    def while_somebody_matches_anew(*args):
        if not others:
            others.append(True)
            start_check(record=record, columns=["id", "", "name"], creates=False, overwrites=False, order="")
        return plan(*args)

    monkeypatch.setattr(services, "plan_rows", while_somebody_matches_anew)
    services.check_some(record=record, seconds=10)
    assert record.planned.get().changes["name"] == [None, "B"]


def test_two_checks_begun_at_once_gather_the_same_rows_once(monkeypatch):
    record = received(csv_file(["Id", "Name", "Groups"], [1, "A", "VIP"], [1, "A", "Gold"], [2, "B", "VIP"]))
    gathered, others = services._gathered, []

    def while_somebody_else_begins(held):
        parts = gathered(held)
        if not others:
            others.append(True)
            start_check(record=record, columns=record.columns, creates=True, overwrites=False, order="")
        return parts

    monkeypatch.setattr(services, "_gathered", while_somebody_else_begins)
    start_check(record=record, columns=record.columns, creates=True, overwrites=False, order="")
    assert numbers(services.check_some(record=record, seconds=10)) == {"new": 2, "repeated": 1}
    assert sum(len(part.rows) for part in record.parts.all()) == 3


def test_what_broke_off_while_it_was_written_is_carried_out_for_the_one_who_confirmed_it():
    record = checked(csv_file(["Id", "Name"], [1, "A"]))
    services.confirm(record=record, user="zoe")
    services.confirm(record=record, user="ada")
    assert services.write(record=record).user_name == "zoe"
    assert PartnerStageChange.objects.get().user_name == "zoe"


def test_dates_of_the_file_are_no_dates_that_the_move_gave():
    PartnerFactory(id=1, prospecting_stage="new", original_joined_date=None, last_transition_date=None)
    row = [1, "joined", "2020-02-03", "2021-02-03"]
    imported(csv_file(["Id", "Stage", "Original joined date", "Last transition date"], row))
    partner = Partner.objects.get()
    assert str(partner.original_joined_date) == "2020-02-03"
    assert str(partner.last_transition_date) == "2021-02-03"
    assert partner.stage_changes.last().joined_date is None


@pytest.mark.postgresql
def test_after_many_rows_the_planner_knows_what_was_written(change_limits):
    change_limits(analyze_min_rows=2)
    imported(csv_file(["Id", "Name"], [1, "A"], [2, "B"]))
    assert (rows_expected(Partner), rows_expected(PartnerStageChange)) == (2, 2)


# What is kept


def test_what_is_still_being_received_is_shown_nowhere():
    Import.objects.create(kind="partners", file_name="half.csv", status="receiving")
    assert not Import.objects.whole().exists()


def test_an_import_is_recorded():
    record = imported(csv_file(["Id", "Name"], [1, "A"]), name="week 7.csv", user=UserFactory(username="ada"))
    assert (record.user_name, record.file_name, record.kind, record.status) == (
        "ada",
        "week 7.csv",
        "partners",
        "applied",
    )
    assert len(record.digest) == 64
    assert record.applied_at
    assert str(record) == "week 7.csv"
    assert str(record.parts.get()) == f"{record.pk}: 0"
    assert str(record.planned.get()) == "2: new"


def test_files_that_nobody_imported_are_forgotten_after_a_week_and_rows_after_a_month():
    unused, done = checked(csv_file(["Id", "Name"], [1, "A"])), imported(csv_file(["Id", "Name"], [2, "B"]))
    long_ago = timezone.now() - timedelta(days=limits().import_details_days + limits().unused_import_days)
    Import.objects.filter(pk=unused.pk).update(created_at=long_ago)
    Import.objects.filter(pk=done.pk).update(applied_at=long_ago)
    services.forget_old_files()
    assert list(Import.objects.all()) == [done]
    assert not ImportPart.objects.exists()
    assert not ImportRow.objects.exists()
