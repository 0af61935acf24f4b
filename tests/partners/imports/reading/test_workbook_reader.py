import io
import json
import resource
import signal
import struct
import subprocess
import sys
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from partners.imports.errors import ImportFileError
from partners.imports.reading import workbook_process
from partners.imports.reading import workbook_reader as workbooks
from partners.imports.reading.options import Wanted
from partners.imports.reading.table import browser_limits, open_table
from tests.partners.imports.files import workbook
from tests.partners.imports.other_workbooks import xls, xlsb

HEADINGS = ["Partner ID", "Name", "Joined"]
CASES = Path(__file__).parents[1] / "cases"
PARTS = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}


def archive(parts, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as zipped:
        for name, content in parts.items():
            zipped.writestr(name, content)
    file.seek(0)
    return file


def read(file):
    table = open_table(file, file_limits=browser_limits())
    return table.headings, list(table.rows), table.read_as


def test_cells_are_read_with_their_types():
    row = [
        700123,
        "Éclair 東京 🌿",
        date(2025, 2, 3),
        datetime(2025, 2, 3, 10, 5),  # noqa: DTZ001 - Excel knows of no time zones
        True,
        1.5,
    ]
    headings, rows, read_as = read(workbook([*HEADINGS, "Seen", "Yes", "Rate"], row))
    assert headings == [*HEADINGS, "Seen", "Yes", "Rate"]
    assert rows == [(2, ["700123", "Éclair 東京 🌿", "2025-02-03", "2025-02-03 10:05:00", "TRUE", 1.5])]
    assert read_as == "Workbook, sheet “Partners”"


@pytest.mark.parametrize("serial", [1, 59, 60, 60.5])
def test_a_day_that_spreadsheets_count_in_different_ways_is_none(serial):
    """60 is 29 February 1900 in Excel, a day that never was."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["Partner ID", "Joined"])
    for row, number in enumerate((serial, 61), 1):
        sheet.write_number(row, 0, row)
        sheet.write_number(row, 1, number, day)
    book.close()
    file.seek(0)
    _headings, rows, _read_as = read(file)
    assert rows == [(2, ["1", "#EARLY!"]), (3, ["2", "1900-03-01"])]


def test_the_first_sheet_with_anything_in_it_is_read_and_the_others_are_told():
    headings, _rows, read_as = read(workbook(HEADINGS, [1, "A"], before=["Notes"]))
    assert headings == HEADINGS
    assert read_as == "Workbook, sheet “Partners” (other sheets that are not read: 1)"


def with_hidden_sheet(*rows):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    for number, row in enumerate(rows):
        page = book.add_worksheet(f"Page {number + 1}")
        page.write_row(0, 0, row)
    hidden = book.add_worksheet("Old")
    hidden.write_row(0, 0, HEADINGS)
    hidden.write_row(1, 0, [1, "A"])
    hidden.hide()
    book.close()
    return io.BytesIO(file.getvalue())


def test_a_hidden_sheet_is_told_and_read_only_if_it_is_chosen():
    table = open_table(with_hidden_sheet(["Cover"]), file_limits=browser_limits())
    assert (table.headings, table.summary["sheets"]) == (["Cover"], ["Page 1", "Old"])
    assert table.read_as == "Workbook, sheet “Page 1” (other sheets that are not read: 1)"
    assert table.summary["notes"] == ["The sheet “Old” is hidden and not read. It can be chosen."]
    table = open_table(with_hidden_sheet(["Cover"]), file_limits=browser_limits(), wanted=Wanted(sheet="Old"))
    assert (table.headings, table.summary["notes"]) == (HEADINGS, [])


def test_a_workbook_with_hidden_sheets_alone_says_so():
    with pytest.raises(ImportFileError, match="no table in the visible sheets"):
        read(with_hidden_sheet([]))


def test_rows_keep_the_numbers_that_the_spreadsheet_shows():
    _headings, rows, _read_as = read(workbook(HEADINGS, [], [1, "A"], [], [2, "B"]))
    assert [number for number, _cells in rows] == [3, 5]


@pytest.mark.parametrize("make", [xls, xlsb])
def test_workbooks_of_older_and_of_binary_kinds_are_read_too(make):
    headings, rows, read_as = read(make(["Partner ID", "Name"], [700123, "Éclair 東京"], [2.5, "B"]))
    assert headings == ["Partner ID", "Name"]
    assert rows == [(2, ["700123", "Éclair 東京"]), (3, [2.5, "B"])]
    assert read_as == "Workbook, sheet “Partners”"


def test_an_open_document_is_a_workbook_too():
    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    row = "<table:table-row>" + cell.format("Partner ID") + "</table:table-row>"
    names = "xmlns:{0}='urn:oasis:names:tc:opendocument:xmlns:{0}:1.0'"
    content = (
        f"<office:document-content {names.format('office')} {names.format('table')} {names.format('text')}>"
        f"<office:body><office:spreadsheet><table:table table:name='S'>{row}</table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    file = archive({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})
    assert read(file)[0] == ["Partner ID"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = archive(PARTS | {"xl/worksheets/sheet1.xml": b"0" * 60_000_000})
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(ImportFileError, match="larger than any table"):
        read(bomb)


def test_an_archive_of_thousands_of_parts_is_refused():
    with pytest.raises(ImportFileError, match="larger than any table"):
        read(archive(PARTS | {f"xl/{number}.xml": "" for number in range(2_001)}))


def test_a_workbook_of_more_than_a_gigabyte_is_refused_however_well_it_was_packed(change_limits):
    change_limits(workbook_max_unpacked_bytes=1_000)
    with pytest.raises(ImportFileError, match="larger than any table"):
        read(workbook(HEADINGS, [1, "A"]))


@pytest.mark.parametrize("said", [0, 10, 59_999_999, 60_000_001])
def test_a_bomb_that_lies_about_its_size_is_refused_before_it_is_opened(monkeypatch, said):
    monkeypatch.setattr(workbooks.subprocess, "Popen", None)
    monkeypatch.setattr(workbooks, "SMALL_BYTES", 100_000_000)
    file = archive(PARTS | {"xl/worksheets/sheet1.xml": b"0" * 60_000_000}).getvalue()
    lie = file.replace(struct.pack("<L", 60_000_000), struct.pack("<L", said))
    with pytest.raises(ImportFileError, match="has another size than it says"):
        read(io.BytesIO(lie))


def test_no_more_of_a_bomb_is_unpacked_than_it_says(monkeypatch):
    unpacked = []
    plain = zipfile.ZipExtFile.read
    monkeypatch.setattr(
        zipfile.ZipExtFile, "read", lambda part, n: unpacked.append(plain(part, n)) or unpacked[-1]
    )
    file = archive({"xl/workbook.xml": b"0" * 60_000_000}).getvalue()
    with pytest.raises(ImportFileError, match="has another size than it says"):
        read(io.BytesIO(file.replace(struct.pack("<L", 60_000_000), struct.pack("<L", 10))))
    assert sum(map(len, unpacked)) <= 10 + workbooks.CHUNK_BYTES


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_as_no_spreadsheet_packs_is_refused(method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as zipped:
        zipped.writestr("xl/workbook.xml", "<workbook/>")
    file.seek(0)
    with pytest.raises(ImportFileError, match="no workbook that can be read"):
        read(file)


def test_an_archive_with_a_password_is_refused_as_such():
    file = bytearray(archive(PARTS).getvalue())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := file.find(sign, at + 1)) >= 0:
            file[at + place] |= 1
    with pytest.raises(ImportFileError, match="protected by a password"):
        read(io.BytesIO(bytes(file)))


def test_two_cells_at_the_corners_of_the_sheet_do_no_harm():
    rows = [[]] * 1_048_576
    rows[0], rows[-1] = ["Partner ID"], [*[None] * 16_383, "x"]
    with pytest.raises(ImportFileError, match="would take more than 2 GB of memory"):
        read(workbook(*rows))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 and nothing of an archive", "no workbook that can be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "no workbook that can be read"),
        (archive({"word/document.xml": "<document/>"}).getvalue(), "an archive or a document, not a table"),
        (archive(PARTS).getvalue(), "no workbook that can be read"),
        (workbook().getvalue(), "There is no table in the file"),
        (workbook(["Partner ID"]).getvalue()[:2_000], "no workbook that can be read"),
    ],
)
def test_what_is_no_workbook_is_refused_in_plain_words(content, reason):
    with pytest.raises(ImportFileError, match=reason):
        read(io.BytesIO(content))


def test_whoever_stops_reading_ends_the_process(monkeypatch):
    started = []
    plain = subprocess.Popen
    monkeypatch.setattr(
        workbooks.subprocess,
        "Popen",
        lambda *args, **options: started.append(plain(*args, **options)) or started[-1],
    )
    # More than a pipe holds: the process waits for its reader.
    table = open_table(
        workbook(HEADINGS, *([number, "A" * 50] for number in range(5_000))), file_limits=browser_limits()
    )
    next(table.rows)
    [process] = started
    assert process.poll() is None
    table.rows.close()
    assert process.wait() == -signal.SIGKILL


# The process itself


def written(file):
    target = io.StringIO()
    workbook_process.write(file, target)
    return [json.loads(line) for line in target.getvalue().splitlines()]


def test_the_process_says_which_sheet_then_the_rows_then_their_number():
    assert written(workbook(HEADINGS, [1, "A", date(2025, 2, 3)])) == [
        {
            "sheet": "Partners",
            "sheets": ["Partners"],
            "hidden_sheets": [],
            "hidden_rows": 0,
            "hidden_columns": 0,
            "shown_otherwise": 0,
        },
        HEADINGS,
        ["1", "A", "2025-02-03"],
        {"rows": 2},
    ]


def test_the_process_says_why_it_can_not_read():
    assert written(workbook()) == [{"error": "empty"}]
    assert written(io.BytesIO(b"nothing")) == [{"error": "broken"}]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "xlsb", "ods"])
def test_a_workbook_with_a_password_is_refused_as_such(kind):
    with pytest.raises(ImportFileError, match=r"protected by a password\. Save it without one"):
        read(io.BytesIO((CASES / f"password-fictional.{kind}").read_bytes()))


def test_the_limits_are_set_on_the_process(monkeypatch):
    found = {}
    monkeypatch.setattr(resource, "setrlimit", lambda what, limit: found.update({what: limit}))
    workbook_process.limit_resources(memory_bytes=2 << 30, cpu_s=300)
    assert found[resource.RLIMIT_AS] == (2 << 30, 2 << 30)
    assert found[resource.RLIMIT_CPU] == (300, 300)


def test_times_and_what_else_there_may_be_are_texts():
    assert workbook_process.plain(time(10, 5)) == "10:05:00"


def test_the_interpreter_is_found_where_the_server_is_the_executable(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    assert workbooks._python() == str(Path(sys.prefix) / "bin" / "python3")


def test_a_number_that_is_none_is_a_text():
    assert workbook_process.plain(float("nan")) == "nan"
    assert workbook_process.plain(float("inf")) == "inf"
