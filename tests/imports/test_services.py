"""Long files, how many queries they take, and what is kept of them."""

import pytest
from django.utils import timezone

from partners.imports import services
from partners.imports.record import Import, ImportPart, ImportRow
from partners.imports.services import carry_out, start_check
from partners.models import Partner, PartnerStageChange
from tests.factories import UserFactory
from tests.imports.files import checked, csv_file, imported, numbers

pytestmark = pytest.mark.django_db


def test_files_longer_than_a_part_and_a_statement_are_imported_whole(monkeypatch):
    monkeypatch.setattr(services, "ROWS_A_PART", 7)
    monkeypatch.setattr(services, "ROWS_WRITTEN_AT_ONCE", 10)
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
        with django_assert_num_queries(8):
            services.check_some(record=record, seconds=10)


def test_writing_takes_the_same_queries_for_few_rows_as_for_hundreds(django_assert_max_num_queries):
    rows = [[number, "A", "VIP; Gold"] for number in range(1, 501)]
    record = checked(csv_file(["Id", "Name", "Groups"], *rows), creates=True)
    with django_assert_max_num_queries(30):
        carry_out(record=record, user="ada")


# What is kept


def test_an_import_is_recorded():
    record = imported(csv_file(["Id", "Name"], [1, "A"]), name="week 7.csv", user=UserFactory(username="ada"))
    assert (record.who, record.file_name, record.kind, record.status) == (
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
    long_ago = timezone.now() - services.KEPT_IN_DETAIL - services.KEPT_UNUSED
    Import.objects.filter(pk=unused.pk).update(created_at=long_ago)
    Import.objects.filter(pk=done.pk).update(applied_at=long_ago)
    services.forget_old_files()
    assert list(Import.objects.all()) == [done]
    assert not ImportPart.objects.exists()
    assert not ImportRow.objects.exists()
