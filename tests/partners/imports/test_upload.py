"""Sending a file: what is refused before anything is kept."""

import io
import tracemalloc

import pytest

from partners.imports.reading.table import browser_limits
from partners.models.imports import Import
from tests.partners.imports.files import csv_file, workbook
from tests.partners.imports.pages import ADD, HEADINGS, send, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"%PDF-1.7", "This is a PDF file, not a table."),
        ("a.csv", b"", "The file is empty."),
        ("a.xlsx", b"PK\x03\x04nothing", "This is no workbook that can be read."),
        ("a.csv", b'Partner ID\n"1', "The last row, 2, ends within quotes. Is the file cut off?"),
    ],
)
def test_what_is_no_table_is_told_beside_the_file_and_nothing_is_kept(as_editor, name, content, reason):
    response = send(as_editor, io.BytesIO(content), name=name)
    assert response.status_code == 200
    assert reason in text_of(response)
    assert not Import.objects.exists()


def test_without_a_file_nothing_happens(as_editor):
    assert "Choose a file." in text_of(as_editor.post(ADD, {"kind": "partners"}))


def test_an_unknown_kind_is_refused(as_editor):
    response = send(as_editor, csv_file(HEADINGS, [1, "A", ""]), kind="secrets")
    assert "is none of the choices" in text_of(response)


class TwoGigabytes(io.RawIOBase):
    """A form with a file of zeros, made while it is read."""

    start = b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\npartners\r\n--x\r\n'
    start += b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    length = 2 << 30

    def __init__(self):
        self.left = self.length

    def read(self, size=-1):
        content = self.start if self.left == self.length else bytes(min(size, self.left))
        self.left -= len(content)
        return content


def test_two_gigabytes_are_refused_at_the_door(as_editor):
    body = TwoGigabytes()
    tracemalloc.start()
    response = as_editor.request(
        **{
            "PATH_INFO": ADD,
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
            "CONTENT_LENGTH": str(body.length),
            "wsgi.input": body,
        }
    )
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "The file is larger than 50 MB. The person who runs the site can import it" in text_of(response)
    assert not body.left
    assert most < 20_000_000
    assert not response.wsgi_request.FILES
    assert not Import.objects.exists()


def test_a_file_that_is_only_just_too_large_is_refused_too(as_editor, monkeypatch):
    file = io.BytesIO(b"Partner ID\n" + b"1\n" * (browser_limits().max_bytes // 2))
    assert "The file is larger than 50 MB." in text_of(send(as_editor, file))


def test_excel_is_a_file_like_any_other(as_editor):
    send(as_editor, workbook(HEADINGS, [1, "A", "New"]), name="partners.xlsx")
    assert Import.objects.get().rows == 1
