"""Headings that stand among the rows: once more, or those of another table."""

import pytest

from partners.imports.errors import ImportFileError
from partners.imports.importers.registry import importer_of
from partners.imports.importers.stage_words import unknown_words
from tests.partners.imports.files import checked, csv_file, numbers, reasons, received

pytestmark = pytest.mark.django_db

NAMED = ["Partner ID", "Name", "E-mail"]
FERN = [700001, "Fern", "a@x.example"]


@pytest.mark.parametrize(
    "other",
    [["Partner ID", "E-mail", "Name"], ["Contract ID", "Partner ID", "Stage", "Owner"], ["Group", "ID"]],
)
def test_a_second_table_below_is_refused_before_its_cells_are_taken_for_others(other):
    with pytest.raises(ImportFileError, match="Row 3 has other headings: the file holds two tables"):
        received(csv_file(NAMED, FERN, other, [700002, "b@x.example", "Moss"]))


def test_a_table_of_the_same_kind_above_one_with_more_headings_is_not_passed_over():
    with pytest.raises(ImportFileError, match="Row 3 has other headings"):
        received(
            csv_file(
                ["Partner ID", "Name"], [1, "Fern"], ["Partner ID", "Country", "Name"], [2, "DE", "Moss"]
            )
        )
    filters = [["Group", "Status"], ["VIP", "Joined"], []]
    record = received(csv_file(*filters, ["Partner ID", "Name", "Status"], [2, "Moss", "Joined"]))
    assert (record.headings, record.rows) == (["Partner ID", "Name", "Status"], 1)


def test_headings_of_another_language_are_known_by_their_words_in_another_order():
    with pytest.raises(ImportFileError, match="Row 3 has other headings"):
        received(csv_file(["Nummer", "Firma", "Post"], FERN, ["Nummer", "Post", "Firma"]))


@pytest.mark.parametrize(
    "again", [NAMED, ["PARTNER ID", "name", "E-Mail"], ["\ufeffPartner ID", "Name", "E-mail"]]
)
def test_headings_that_are_repeated_are_refused_as_such(again):
    record = checked(csv_file(NAMED, FERN, again, [700002, "Moss", ""]))
    assert numbers(record) == {"new": 2, "refused": 1}
    assert reasons(record) == [(3, "", "The row repeats the headings.")]


def test_a_repeated_heading_is_not_asked_about_as_a_word_for_a_stage():
    headings = ["Partner ID", "Status"]
    record = received(csv_file(headings, [1, "Approved"], headings, [2, "Approved"]))
    assert unknown_words(record, record.columns, importer_of("partners")) == {"approved": "Approved"}


def test_repeated_headings_make_no_group():
    record = checked(csv_file(["Group"], ["VIP"], ["Group"], ["Gold"]), "groups", creates=True)
    assert (record.created_names, numbers(record)) == (["Gold", "VIP"], {"new": 2, "refused": 1})


def test_names_that_are_headings_elsewhere_are_names():
    rows = [[700001, "Partner", "Company"], [700002, "Name", "Group"]]
    record = checked(csv_file(["Partner ID", "Name", "Groups"], *rows), creates=True)
    assert numbers(record) == {"new": 2}
    groups = checked(csv_file(["Group", "Partner ID"], ["Group", ""], ["Status", ""]), "groups", creates=True)
    assert numbers(groups) == {"new": 2}
