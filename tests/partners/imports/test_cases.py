"""Small files that are easily read wrong, each with its right result: see cases/README.md."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contracts.models import Contract
from partners.models import Partner, PartnerGroup
from partners.models.imports import Import
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory
from tests.partners.imports.files import checked, csv_file, imported, numbers, reasons, received
from tests.partners.imports.pages import match, page_of, send, text_of

pytestmark = pytest.mark.django_db

CASES = Path(__file__).parent / "cases"


def case(name):
    return BytesIO((CASES / name).read_bytes())


@pytest.fixture
def program():
    """What files of contracts speak of."""
    TemplateTermFactory(name="Public", currency="EUR")
    return PartnerFactory(id=700001, name="Fern")


def contracts_in(name, **options):
    return checked(case(name), "contracts", name=name, creates=True, **options)


def test_a_contract_id_with_a_fraction_of_zero_is_the_one_that_is_there(program):
    ContractFactory(number="12345", partner=program)
    assert numbers(contracts_in("contract-id-float.csv")) == {"changed": 1}


def test_placeholders_are_no_contract_ids(program):
    record = contracts_in("placeholders-contracts.csv")
    assert [(row, column) for row, column, _why in reasons(record)] == [(row, "number") for row in (2, 3, 4)]
    assert record.created_names == []


def test_what_is_not_available_is_not_namibia():
    imported(case("country-na.csv"), name="country-na.csv")
    assert set(Partner.objects.values_list("country", flat=True)) == {""}
    assert not Partner.objects.filter(pk=700003).exists()


def test_what_merged_cells_cover_is_not_taken_for_empty():
    record = imported(case("merged.xlsx"), name="merged.xlsx", creates=True)
    assert [(row, column, reason[:23]) for row, column, reason in reasons(record)] == [
        (3, "groups", "The cell is merged with"),
        (4, "groups", "The cell is merged with"),
        (5, "country", "The cell is merged with"),
    ]
    assert numbers(record) == {"new": 1, "refused": 3}


def test_what_nobody_sees_is_not_stored():
    imported(case("invisible-signs.csv"), name="p.csv", creates=True)
    assert [group.name for group in PartnerGroup.objects.all()] == ["VIP"]
    stored = Partner.objects.order_by("pk").values_list("pk", "name", "email", "groups__name")
    assert list(stored) == [
        (700001, "Fern", "a@x.example", "VIP"),
        (700002, "Moss", "b@x.example", "VIP"),
        (700003, "Oak", "c@x.example", "VIP"),
        (700004, "Elm", "d@x.example", "VIP"),
    ]


def test_a_text_that_was_kept_from_a_spreadsheet_is_read_as_the_text():
    imported(case("excel-text-trick.csv"), name="p.csv")
    assert Partner.objects.get(pk=700001).name == "Fern"


def test_years_of_two_digits(program):
    [(row, column, why)] = reasons(contracts_in("dates-two-digit-years.csv"))
    assert (row, column) == (4, "start_date")
    assert "could be 25 Feb 2003 or 3 Feb 2025 or 2 Mar 2025" in why
    for order, day in (("day", date(2025, 2, 3)), ("month", date(2025, 3, 2))):
        Contract.objects.all().delete()
        imported(case("dates-two-digit-years.csv"), "contracts", name="c.csv", creates=True, order=order)
        starts = dict(Contract.objects.values_list("number", "start_date"))
        assert starts == {"S-1": date(2025, 2, 13), "S-2": date(2025, 2, 13), "S-3": day}


def test_an_end_that_stands_for_none_is_refused_with_what_to_do(program):
    refused = reasons(contracts_in("ends-far-away.csv"))
    assert [(row, column) for row, column, _why in refused] == [(2, "end_date"), (3, "end_date")]
    assert all("Leave the cell empty" in why for _row, _column, why in refused)


def test_groups_below_each_other_in_a_cell_are_several():
    imported(case("groups-in-lines.csv"), name="p.csv", creates=True)
    assert [group.name for group in Partner.objects.get().groups.order_by("name")] == ["Garden", "VIP"]


def test_a_table_of_250_columns_is_read():
    assert numbers(checked(case("250-columns.xlsx"), name="250-columns.xlsx")) == {"new": 1}


def test_a_cell_of_a_workbook_with_an_error_or_without_a_value_is_not_empty(program):
    refused = reasons(contracts_in("contract-end-error-or-formula.xlsx"))
    assert [(row, column) for row, column, _why in refused] == [(2, "end_date"), (3, "end_date")]
    assert "holds the error #REF!" in refused[0][2]
    assert "a formula without a value" in refused[1][2]


def test_an_error_refuses_a_partner_too():
    refused = reasons(checked(case("partner-error-cells.xlsx"), name="p.xlsx"))
    assert [(row, column) for row, column, _why in refused] == [(2, "name"), (3, "email")]
    assert ["the error #N/A" in refused[0][2], "the error #VALUE!" in refused[1][2]] == [True, True]


def test_a_contract_id_is_no_rounded_number_and_no_yes(program):
    record = contracts_in("contract-ids-in-number-cells.xlsx")
    assert [(row, column) for row, column, _why in reasons(record)] == [(2, "number"), (3, "number")]
    assert [row.key for row in record.planned.filter(outcome="new")] == ["0012"]
    assert record.reading["notes"] == [
        "1 number is read with the zeros or letters before it that the workbook shows."
    ]


def test_the_sheet_with_what_is_needed_is_read_not_the_cover():
    record = checked(case("numbers-cover-sheet.xlsx"), name="p.xlsx")
    assert numbers(record) == {"new": 1}
    assert (record.reading["sheet"], record.reading["sheets"]) == ("Partners", ["Export Summary", "Partners"])


@pytest.mark.parametrize(
    ("name", "encoding", "right", "garbage"),
    [
        (
            "cyrillic-windows-1251.csv",
            "cp1251",
            "\u0426\u0432\u0435\u0442\u044b \u0438 \u0441\u0430\u0434",
            "cp1252",
        ),
        ("japanese-shift-jis.csv", "cp932", "\u82b1\u3068\u5ead\u306e\u5e97", "cp1252"),
    ],
)
def test_the_encoding_of_a_file_that_does_not_say_it_is_asked(as_superuser, name, encoding, right, garbage):
    page = send(as_superuser, case(name), name=name)
    record = Import.objects.get()
    offered = dict(record.reading["encodings"])
    assert next(iter(offered)) == encoding
    assert right in offered[encoding]
    assert right in text_of(page)
    assert "What the columns mean" not in text_of(page)
    assert "between cells" not in text_of(page)
    # Nothing goes on before somebody has chosen.
    page = as_superuser.post(page_of(record), match(record), follow=True)
    assert "Which line is spelled right?" in text_of(page)
    assert record.status == "received"
    page = as_superuser.post(page_of(record), {"read": "1"}, follow=True)
    assert "Choose the line in which all is spelled right" in text_of(page)
    for chosen in (garbage, encoding):
        if chosen in offered:
            page = as_superuser.post(page_of(record), {"read": "1", "encoding": chosen}, follow=True)
            assert "What the columns mean" in text_of(page)
    record.refresh_from_db()
    page = as_superuser.post(page_of(record), match(record), follow=True)
    as_superuser.post(page_of(record), {"confirm": "1"}, follow=True)
    assert Partner.objects.get(pk=700001).name == right


def test_another_sheet_can_be_chosen(as_superuser):
    page = send(as_superuser, case("numbers-cover-sheet.xlsx"), name="p.xlsx")
    record = Import.objects.get()
    assert "Sheet" in text_of(page)
    page = as_superuser.post(page_of(record), {"read": "1", "sheet": "Export Summary"}, follow=True)
    assert "Numbers Sheet Name" in text_of(page)
    page = as_superuser.post(page_of(record), {"read": "1", "sheet": "Partners"}, follow=True)
    record.refresh_from_db()
    assert (record.headings, record.rows) == (["Partner ID", "Name"], 1)
    page = as_superuser.post(page_of(record), {"read": "1", "sheet": "Nowhere"}, follow=True)
    assert "is none of the choices" in text_of(page)


def test_the_command_asks_for_the_encoding_and_takes_it():
    path = str(CASES / "cyrillic-windows-1251.csv")
    with pytest.raises(CommandError, match=r"Say with --encoding .* cp1251: \u0426\u0432\u0435\u0442\u044b"):
        call_command("import_program", path, verbosity=0)
    assert not Partner.objects.exists()
    call_command("import_program", path, "--encoding", "windows-1251", verbosity=0)
    assert Partner.objects.get().name.startswith("\u0426\u0432\u0435\u0442\u044b")


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "utf-8"])
def test_an_encoding_that_does_not_fit_is_refused(encoding):
    with pytest.raises(CommandError, match=r"There is no encoding|characters that its encoding doesn't have"):
        call_command(
            "import_program", str(CASES / "japanese-shift-jis.csv"), "--encoding", encoding, verbosity=0
        )


def test_the_command_takes_the_sheet():
    path = str(CASES / "numbers-cover-sheet.xlsx")
    with pytest.raises(CommandError, match=r"There is no sheet “Data”\. There are: Export Summary, Partners"):
        call_command("import_program", path, "--sheet", "Data", verbosity=0)
    call_command("import_program", path, "--sheet", "Partners", verbosity=0)
    assert Partner.objects.get().name == "Fern"


def test_texts_that_another_program_spoilt_are_told_before_they_are_written(as_superuser):
    PartnerFactory(id=700004, name="Tom &amp; Ann")
    names = ["KÃ¼che", "Food &amp; Drinks", "Fern", "Tom &amp; Ann"]
    file = csv_file(["Partner ID", "Name"], *([700001 + place, name] for place, name in enumerate(names)))
    page = text_of(as_superuser.get(page_of(checked(file))))
    assert "2 texts look spoilt: “KÃ¼che” was probably “Küche”, “Food &amp; Drinks” was probably" in page
    groups = checked(csv_file(["Partner ID", "Name", "Groups"], [700006, "Moss", '"R&amp;D"']), creates=True)
    assert "1 text looks spoilt: “R&amp;D” was probably “R&D”" in text_of(as_superuser.get(page_of(groups)))
    other = checked(csv_file(["Partner ID", "Name"], [700005, "Küche"]))
    assert "spoilt" not in text_of(as_superuser.get(page_of(other)))


def test_which_of_two_headings_is_taken_is_said_as_it_was_chosen(as_superuser):
    record = received(csv_file(["ID", "MP ID", "Name"], [1, 700001, "Fern"]))
    page = text_of(as_superuser.get(page_of(record)))
    assert "Partner ID may be each of “ID”, “MP ID”: “MP ID”, the column 2 of the file, is taken." in page
    chosen = {"column-0": "id", "column-1": "", "column-2": "name"}
    page = text_of(as_superuser.post(page_of(record), match(record, **chosen), follow=True))
    assert "“ID”, the column 1 of the file, is taken." in page
