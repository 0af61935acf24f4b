"""What the library that reads workbooks leaves out, in files of LibreOffice, openpyxl and Excel's kinds."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from partners.imports.reading import workbook_process
from partners.imports.reading.workbook_inspector import padded
from partners.imports.reading.xml_inspector import in_ods
from tests.partners.imports.other_workbooks import xlsb

CASES = Path(__file__).parents[1] / "cases"


def lines(content, **options):
    target = io.StringIO()
    workbook_process.write(io.BytesIO(content), target, **options)
    return [json.loads(line) for line in target.getvalue().splitlines()]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_errors_zeros_and_what_is_hidden_are_seen_in_every_kind_of_workbook(kind):
    said, _headings, first, second, _third, _end = lines((CASES / f"unseen.{kind}").read_bytes())
    assert (said["hidden_rows"], said["hidden_columns"], said["shown_otherwise"]) == (1, 1, 2)
    assert first[:5] == ["S-1", "#N/A", "2025-02-03", "TRUE", "0012"]
    assert first[5] == "1.23456789012346E+19"
    assert second[:2] == ["S-2", "#DIV/0!"]
    assert second[3:5] == ["FALSE", "S-0013"]


def test_a_formula_that_was_never_worked_out_has_no_value():
    [_said, _headings, _first, second, *_rest] = lines((CASES / "unseen-openpyxl.xlsx").read_bytes())
    assert second == ["S-2", "#FORMULA!", "#FORMULA!", "FALSE", "S-0013", ""]


def test_errors_and_hidden_rows_of_the_binary_kind():
    file = xlsb(["Partner ID", "Name"], [1, "#N/A"], [2, "B"], [3, "#REF!"], hidden=[2])
    said, _headings, *rows, _end = lines(file.getvalue())
    assert said["hidden_rows"] == 1
    assert rows == [["1", "#N/A"], ["2", "B"], ["3", "#REF!"]]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_cells_that_merged_ones_cover_are_not_empty(kind):
    _said, headings, *rows, _end = lines((CASES / f"merged.{kind}").read_bytes())
    assert headings[:5] == ["Partner ID", "Name", "Groups", "Country", "Notes"]
    assert [row[:5] for row in rows][:4] == [
        ["1", "Fern", "VIP", "DE", ""],
        ["2", "Moss", "#MERGED!", "", ""],
        ["3", "Oak", "#MERGED!", "AT", ""],
        ["4", "Elm", "Shops", "#MERGED!", ""],
    ]
    assert all(row == [""] * len(row) for row in rows[4:])


def test_merged_cells_of_the_binary_kind():
    file = xlsb(["Partner ID", "Groups"], [1, "VIP"], [2, ""], [3, ""], merged=[(1, 2, 1, 1)])
    _said, _headings, *rows, _end = lines(file.getvalue())
    assert rows == [["1", "VIP"], ["2", "#MERGED!"], ["3", ""]]


def test_a_sheet_can_be_asked_for_and_starts_where_its_cells_do():
    said, *rows, _end = lines((CASES / "unseen.xlsx").read_bytes(), sheet="Other")
    assert said["sheet"] == "Other"
    assert rows == [[""], [""], ["x"]]


@pytest.mark.parametrize(
    ("number", "number_format", "shown"),
    [
        (12.0, "0000", "0012"),
        (12.0, '"S-"0000', "S-0012"),
        (12.0, "000\\-000", "000-012"),
        (12.0, "0000;-0000", "0012"),
        (5550001.0, '"S-"0000000', "S-5550001"),
        (5550001.0, '"S-"0', "S-5550001"),
        (5550001.0, '"S-"#', "S-5550001"),
        (5550001.0, '"S-"General', "S-5550001"),
        (12345.0, "\\S\\-0", "S-12345"),
        (12345.0, '"S-"00-00', "S-123-45"),
        (12345.0, '0" km"', ""),
        (12345.0, "000-00", ""),
        (12345.0, '"#"0', ""),
        (12345.0, "0000", ""),
        (12.0, "0", ""),
        (12.0, "0.00", ""),
        (12.0, "#,##0", ""),
        (12.0, "General", ""),
        (12.0, "yyyy", ""),
        (12.5, "0000", ""),
        (-12.0, "0000", ""),
    ],
)
def test_a_number_is_read_as_its_format_shows_it(number, number_format, shown):
    assert padded(number, number_format) == shown


def in_cell(kind, value, texts):
    """What an OpenDocument says in its only cell in place of the value; None if nothing."""
    names = {"office": "o", "table": "t", "text": "x"}
    content = f"""<office:c {" ".join(f'xmlns:{name}="{short}"' for name, short in names.items())}>
      <table:table table:name="A"><table:table-row>
        <table:table-cell office:value-type="{kind}" office:value="{value}">{texts}</table:table-cell>
      </table:table-row></table:table></office:c>"""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", content)
        return in_ods(archive, "A").cells.get(0, {}).get(0)


@pytest.mark.parametrize(
    ("shown", "read"), [("S-5550001", "S-5550001"), ("0005550001", "0005550001"), ("5,550,001", None)]
)
def test_a_number_of_an_opendocument_is_read_with_what_it_shows_before_it(shown, read):
    assert in_cell("float", 5550001, f"<text:p>{shown}</text:p>") == read
    note = "<office:annotation><text:p>12</text:p></office:annotation>"
    assert in_cell("float", 5550001, f"{note}<text:p>{shown}</text:p>") == read


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        ("<text:p>VIP<text:line-break/>Gold</text:p>", "VIP\nGold"),
        ("<text:p><text:span>VIP</text:span><text:tab/>Gold</text:p>", "VIP\tGold"),
        ("<text:p>A<text:s text:c='2'/>B<text:line-break/>C</text:p><text:p>D</text:p>", "A  B\nC\nD"),
        ("<text:p>VIP</text:p><text:p>Gold</text:p>", None),
    ],
)
def test_line_breaks_and_tabs_of_an_opendocument_are_read(texts, read):
    assert in_cell("string", "", texts) == read
