import pytest

from partners.imports.errors import ImportFileError
from partners.imports.reading.headings import find_headings
from partners.imports.reading.table import browser_limits, open_table
from tests.partners.imports.files import csv_file, workbook

REMARKS = [["# Publishers of Aurora"], ["# 28 Nov 2026", "by ops@x.example"], []]
UNKNOWN = ["CID", "Firm", "Web", "State", "Since"]


def found(*rows):
    headings, rest, notes = find_headings(enumerate(rows, 1))
    return headings, [number for number, _cells in rest], notes


def test_headings_that_are_known_are_found_wherever_they_stand():
    rows = [*REMARKS, ["Aurora", "a", "b", "c"], ["Partner ID", "Name"], ["1", "Fern"]]
    assert found(*rows) == (["Partner ID", "Name"], [6], [])


def test_a_row_of_which_more_is_known_beats_one_above_it():
    above, units = ["", "Partner", "", "Contract"], ["(number)", "(text)", "", ""]
    named = ["Media Partner ID", "Name", "Groups", "Status"]
    headings, rest, [note] = found(above, named, units, ["1", "Fern"])
    assert (headings, rest) == (named, [3, 4])
    assert note.startswith("Row 2 is taken for the headings, of which most are known.")


def test_of_rows_of_which_as_much_is_known_the_first_has_the_headings():
    assert found(["Partner ID", "Name"], ["1", "Fern"], ["Partner ID", "Name"])[1] == [2, 3]


def test_remarks_above_headings_that_are_not_known_are_not_taken_for_them():
    headings, rest, [note] = found(*REMARKS, UNKNOWN, ["1", "Fern", "", "", ""], ["TOTAL"])
    assert (headings, rest) == (UNKNOWN, [5, 6])
    assert note.startswith("Row 4 is taken for the headings: none of the first 20 rows")


def test_a_title_in_merged_cells_is_not_taken_for_the_headings():
    headings, _rest, _notes = found(["Aurora", *["#MERGED!"] * 4], UNKNOWN, ["1"])
    assert headings == UNKNOWN


@pytest.mark.parametrize("first", [UNKNOWN, ["CID", "Firm"], ["", "CID", "Firm"]])
def test_the_first_row_has_the_headings_where_nothing_speaks_against_it(first):
    assert found(first, ["1", "Fern", "x"], ["2", "Moss", "y"]) == (first, [2, 3], [])


@pytest.mark.parametrize("first", [["951", "Fern"], ["Fern", "a@x.example"], ["Fern", "2025-02-03"]])
def test_a_first_row_of_values_is_said_to_be_taken_for_the_headings(first):
    headings, rest, [note] = found(first, ["952", "Moss"])
    assert (headings, rest) == (first, [2])
    assert note.startswith("Row 1 is taken for the headings, and is not imported.")


def test_a_number_among_known_headings_is_a_heading():
    assert found(["Name", "2025"], ["Moss", "952"])[2] == []


@pytest.mark.parametrize(
    "file",
    [
        csv_file(["Partner ID,Name"], ["1,Fern"], ['2,"Moss, Ltd"']),
        workbook(["Partner ID;Name"], ["1;Fern"]),
        csv_file(["Partner ID  Name"], ["1           Fern"]),
        csv_file(["Partner ID^Name"], ["1^Fern"]),
    ],
    ids=["rows in quotes", "rows in one cell", "columns of a fixed width", "an unknown separator"],
)
def test_several_headings_in_one_cell_are_told(file):
    [note] = open_table(file, file_limits=browser_limits()).summary["notes"]
    assert note.startswith("The file has one column: whole rows stand in one cell")


def test_several_headings_in_one_cell_below_a_remark_are_told():
    _headings, _rest, [note] = found(["# Publishers"], ["CID,Firm"], ["1,Fern"])
    assert note.startswith("The file has one column")


def test_one_column_is_not_told_where_it_is_one():
    for heading in ("Group", "Firm"):
        assert open_table(csv_file([heading], ["VIP"]), file_limits=browser_limits()).summary["notes"] == []


def test_where_there_is_nothing_there_are_no_headings():
    with pytest.raises(ImportFileError, match="There is no table in the file"):
        find_headings(enumerate([[], ["", ""]], 1))
