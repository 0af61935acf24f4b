"""What an export writes, an import reads as it was: into an empty database and out of it again, identical."""

from datetime import date
from io import BytesIO

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from partners.core.names import fold
from partners.core.placeholders import WORDS
from partners.exports.columns import COLUMNS
from partners.exports.table import ExportTable
from partners.exports.writers.csv_writer import csv_chunks
from partners.exports.writers.excel import write_excel
from partners.models import BusinessModel, Membership, Partner, PartnerGroup, ProspectingStage
from tests.laws import law
from tests.partners.exports.reading import csv_rows, excel_sheets
from tests.partners.imports.files import imported, numbers

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SIGNS = "aZé'\"=+-@;|,\\%_ 0中ع😀ß\u3000"
typed = st.text(SIGNS, min_size=1, max_size=8).map(str.strip).filter(lambda text: any(map(str.isalnum, text)))
MISREAD = [
    *sorted(filter(str.isalpha, WORDS)),
    "N/A",
    "#REF!",
    "TRUE",
    "'=1",
    "''=1",
    '="a"',
    "'n/a",
    "##",
    "####",
    "'###",
    "1.23456E+12",
    "'1,2345e+07",
    "N / A",
    "2026-06-01",
    "['VIP']",
    "{VIP}",
    "[]",
    "##1",
    "'t Hof",
]
texts = typed | st.sampled_from(MISREAD)
days = (
    st.none() | st.dates(date(1900, 1, 1), date(2199, 12, 31)) | st.dates(date(1900, 1, 1), date(1900, 3, 2))
)
partners = st.lists(
    st.fixed_dictionaries(
        {
            "name": texts,
            "email": st.sampled_from(["", "ada@example.org", "O'Neil+x@example.com", "-dash@example.org"]),
            "website": st.sampled_from(["", "https://a.example/?q=1,2;3", "http://x.example"]),
            "prospecting_stage": st.sampled_from(ProspectingStage.values),
            "country": st.sampled_from(["", "DE", "NA", "NO"]),
            "business_model": st.sampled_from(["", *BusinessModel.values]),
            "original_joined_date": days,
            "last_transition_date": days,
        }
    ),
    min_size=1,
    max_size=4,
)
groups = st.lists(texts, max_size=3, unique_by=fold)


def store(rows, names):
    stored = [PartnerGroup.objects.create(name=name) for name in names]
    for number, row in enumerate(rows, start=1):
        Partner.objects.bulk_create([Partner(pk=number * 7, **row)])
        for group in stored[: number % (len(stored) + 1)]:
            Membership.objects.create(partner_id=number * 7, group=group)


def empty():
    PartnerGroup.objects.all().delete()
    Partner.objects.all().delete()


def table():
    return ExportTable(tuple(COLUMNS[:10]), Partner.objects.all())


def as_csv():
    return b"".join(csv_chunks(table()))


def as_excel():
    file = BytesIO()
    write_excel(table(), file)
    return file.getvalue()


def test_the_columns_of_an_export_are_those_of_an_import():
    assert [column.key for column in COLUMNS[:10]] == [
        "partner_id",
        "name",
        "email",
        "website",
        "prospecting_stage",
        "groups",
        "country",
        "business_model",
        "original_joined_date",
        "last_transition_date",
    ]


@pytest.mark.parametrize(
    ("exported", "read", "name"), [(as_csv, csv_rows, "p.csv"), (as_excel, excel_sheets, "p.xlsx")]
)
@law(40)
@given(partners, groups)
def test_exported_imported_and_exported_again_is_identical(exported, read, name, rows, names):
    with transaction.atomic():
        store(rows, names)
        before = exported()
        empty()
        record = imported(BytesIO(before), name=name, creates=True)
        assert numbers(record) == {"new": len(rows)}
        assert read(exported()) == read(before)
        again = imported(BytesIO(before), name=name, creates=True)
        assert numbers(again) == {"unchanged": len(rows)}
        transaction.set_rollback(True)
