"""A file on its way to a browser: its name, its record, and what happens when it breaks off."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.http import FileResponse
from django.utils import timezone

from partners.core.actor import acting_as
from partners.exports import services as files
from partners.exports.columns import COLUMNS, chosen
from partners.exports.services import ExportSource, download, file_name
from partners.exports.table import ExportTable, email_list
from partners.models import Partner
from partners.models.exports import Export, Format
from tests.factories import PartnerFactory
from tests.partners.exports.reading import content_of, csv_rows, excel_sheets

NAMES = chosen(["name"], COLUMNS)


def source(name="Prospects", **values):
    return ExportSource(Partner.objects.all(), name, what=f"Segment “{name}”", **values)


def answer(kind=Format.CSV, name="Prospects"):
    with acting_as("ada"):
        return download(
            source(name, asked="Partners in New."),
            ExportTable(NAMES, Partner.objects.all()),
            kind,
        )


class TestNames:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Prospects", "Prospects"),
            ("合作伙伴 — Straße", "合作伙伴 — Straße"),
            ("../../etc/passwd", "-..-etc-passwd"),
            ('a\\b:c*d?"e<f>g|h%2F', "a-b-c-d--e-f-g-h-2F"),
            ("\u202egnp.exe\r\nX: y\0", "gnp.exeX- y"),
            (" . ", "Partners"),
            ("é" * 200, "é" * 75),
        ],
    )
    def test_are_safe_on_every_system(self, name, expected):
        assert file_name(name, "csv") == f"{expected} {timezone.localdate()}.csv"

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Gold", 'attachment; filename="Gold {}.csv"'),
            ("Straße", "attachment; filename*=utf-8''Stra%C3%9Fe%20{}.csv"),
            ("x\r\nSet-Cookie: a", 'attachment; filename="xSet-Cookie- a {}.csv"'),
        ],
    )
    def test_reach_every_browser(self, name, expected):
        assert answer(name=name)["Content-Disposition"] == expected.format(timezone.localdate())

    @pytest.mark.django_db
    def test_tell_an_e_mail_list_from_the_partners(self):
        response = download(source(), email_list(Partner.objects.all()), Format.CSV)
        assert "Prospects e-mails " in response["Content-Disposition"]


@pytest.mark.django_db
class TestRecord:
    @pytest.mark.parametrize("kind", Format)
    def test_says_who_took_what_when_and_how_much(self, kind):
        PartnerFactory.create_batch(3)
        content_of(answer(kind))
        export = Export.objects.get()
        assert (export.user_name, export.what, export.asked) == (
            "ada",
            "Segment “Prospects”",
            "Partners in New.",
        )
        assert (export.columns, export.format, export.rows) == ("Name", kind, 3)
        assert timezone.now() - timedelta(minutes=5) < export.at <= timezone.now()

    def test_is_there_before_the_first_line_leaves(self):
        answer()
        assert Export.objects.get().rows is None

    def test_calls_an_e_mail_list_by_its_name(self):
        content_of(download(source(), email_list(Partner.objects.all()), Format.CSV))
        assert Export.objects.get().columns == "E-mail list"


@pytest.mark.django_db
class TestAnswer:
    def test_in_csv_is_streamed(self):
        PartnerFactory(name="Moss")
        response = answer()
        assert response.streaming
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Cache-Control"] == "no-store"
        assert csv_rows(content_of(response)) == [["Name"], ["Moss"]]

    def test_in_excel_knows_its_length(self):
        PartnerFactory(name="Moss")
        response = answer(Format.EXCEL)
        assert isinstance(response, FileResponse)
        content = content_of(response)
        assert response["Content-Length"] == str(len(content))
        assert response["Content-Type"].endswith("spreadsheetml.sheet")
        assert excel_sheets(content) == {"Partners": [{"A": "Name"}, {"A": "Moss"}]}


@pytest.fixture
def breaking(monkeypatch):
    """Files that break off after some lines."""

    def chunks(table, _written):
        yield b"Name\n"
        raise DatabaseError("gone")

    def excel(table, file):
        file.write(b"PK")
        raise DatabaseError("gone")

    monkeypatch.setattr(files, "csv_chunks", chunks)
    monkeypatch.setattr(files, "write_excel", excel)


@pytest.mark.django_db
class TestBreakingOff:
    def test_csv_says_so_in_its_last_line_and_raises_so_that_the_server_hangs_up(self, breaking):
        parts = []
        with pytest.raises(DatabaseError):
            parts.extend(iter(answer().streaming_content))
        chunks = iter(answer().streaming_content)
        assert next(chunks) == b"Name\n"
        assert next(chunks) == b"\nThe export broke off here. This file is not complete.\n"
        with pytest.raises(DatabaseError):
            next(chunks)
        assert set(Export.objects.values_list("rows", flat=True)) == {None}

    def test_excel_is_no_file_at_all(self, breaking):
        with pytest.raises(DatabaseError):
            answer(Format.EXCEL)
        assert Export.objects.get().rows is None


@pytest.mark.django_db(transaction=True)
def test_who_goes_away_leaves_nothing_open(monkeypatch):
    monkeypatch.setattr("partners.exports.writers.csv_writer.LINES_PER_CHUNK", 1)
    monkeypatch.setattr("partners.exports.writers.postgresql_copy.CHUNK_BYTES", 1)
    PartnerFactory.create_batch(50)
    response = answer()
    chunks = iter(response.streaming_content)
    next(chunks), next(chunks)
    response.close()
    assert not connection.in_atomic_block
    assert Export.objects.get().rows is None
    assert Partner.objects.count() == 50


@pytest.mark.django_db(transaction=True)
def test_a_file_holds_the_rows_of_one_moment(monkeypatch):
    monkeypatch.setattr("partners.exports.writers.csv_writer.LINES_PER_CHUNK", 1)
    PartnerFactory.create_batch(3, name="Before")
    response = answer()
    chunks = iter(response.streaming_content)
    parts = [next(chunks), next(chunks)]
    assert csv_rows(b"".join([*parts, *chunks])) == [["Name"], *[["Before"]] * 3]
