"""Excel files: real numbers and dates, texts that stay texts, and as many sheets as it takes."""

from datetime import date
from io import BytesIO

import pytest

from partners.exports.columns import COLUMNS, chosen
from partners.exports.table import ExportTable, email_list
from partners.exports.writers import excel
from partners.exports.writers.excel import write_excel
from partners.models import Partner
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, UserFactory
from tests.partners.exports.reading import excel_sheets, style_of

pytestmark = pytest.mark.django_db


def made(*keys, partners=None):
    file = BytesIO()
    columns = chosen(keys, COLUMNS) if keys else tuple(COLUMNS)
    number = write_excel(ExportTable(columns, Partner.objects.all() if partners is None else partners), file)
    return file.getvalue(), number


def rows(*keys, **values):
    content, number = made(*keys, **values)
    [sheet] = excel_sheets(content).values()
    assert number == len(sheet) - 1
    return [list(row.values()) for row in sheet]


def test_every_column_reads_as_agreed():
    partner = PartnerFactory(
        id=700123,
        name="Éclair, Reviews",
        email="ada@eclair.example",
        website="https://eclair.example",
        prospecting_stage="rejected_by_you",
        country="DE",
        business_model="content_reviews",
        original_joined_date=date(1900, 3, 1),
        last_transition_date=date(2026, 1, 31),
        owner=UserFactory(username="ada"),
        last_contacted=date(2026, 2, 1),
        next_step="Call",
        next_step_date=date(2026, 2, 2),
        groups=[PartnerGroupFactory(name="VIP"), PartnerGroupFactory(name="a;b")],
    )
    ContractFactory(partner=partner, stage="joined")
    content, _number = made()
    assert rows()[0] == [str(column.label) for column in COLUMNS]
    assert rows()[1] == [
        700123,
        "Éclair, Reviews",
        "ada@eclair.example",
        "https://eclair.example",
        "Rejected by You",
        '"a;b"; VIP',
        "DE",
        "Content/Reviews",
        61,
        46053,
        "ada",
        46054,
        "Call",
        46055,
        "Joined",
    ]
    assert (
        style_of(content, "A") == "1"
    )  # a whole number without thousands marks, as Excel numbers its formats
    assert style_of(content, "I") == "yyyy-mm-dd"


def test_texts_stay_as_they_are_and_are_no_formulas_or_links():
    for pk, name in enumerate(["=1+1", "@SUM(A1)", "{=x}", "https://moss.example", "0017", "a\tb"], start=1):
        PartnerFactory(id=pk, name=name)
    assert [row[1] for row in rows("partner_id", "name", partners=Partner.objects.order_by("pk"))[1:]] == [
        "=1+1",
        "@SUM(A1)",
        "'{=x}",  # what stands in braces an import takes for no text
        "https://moss.example",
        "0017",
        "a\tb",
    ]


def test_a_partner_id_that_excel_would_round_is_a_text():
    PartnerFactory(id=10**15 - 1, name="a")
    PartnerFactory(id=10**15 + 1, name="b")
    assert [row[0] for row in rows("partner_id")[1:]] == [10**15 - 1, "1000000000000001"]


def test_a_text_too_long_for_a_cell_is_cut_and_shows_it(monkeypatch):
    monkeypatch.setattr(excel, "MAX_TEXT_LENGTH", 5)
    PartnerFactory(name="Aurora")
    PartnerFactory(name="Ferns")
    assert [row[0] for row in rows("name")[1:]] == ["Auro…", "Ferns"]


@pytest.mark.parametrize(("partners", "lengths"), [(0, [1]), (3, [4]), (4, [4, 2]), (7, [4, 4, 2])])
def test_what_one_sheet_can_not_hold_goes_on_on_the_next(monkeypatch, partners, lengths):
    monkeypatch.setattr(excel, "MAX_ROWS_PER_SHEET", 4)
    for pk in range(1, partners + 1):
        PartnerFactory(id=pk)
    content, number = made("partner_id")
    sheets = excel_sheets(content)
    assert number == partners
    assert list(sheets) == ["Partners", "Partners 2", "Partners 3"][: len(lengths)]
    assert [len(sheet) for sheet in sheets.values()] == lengths
    assert {sheet[0]["A"] for sheet in sheets.values()} == {"Partner ID"}
    found = [row["A"] for sheet in sheets.values() for row in sheet[1:]]
    assert sorted(found) == list(range(1, partners + 1))


def test_the_limit_is_excels():
    assert excel.MAX_ROWS_PER_SHEET == 2**20


def test_an_e_mail_list_can_be_a_workbook():
    PartnerFactory(email="Ada@one.example")
    file = BytesIO()
    assert write_excel(email_list(Partner.objects.all()), file) == 1
    assert excel_sheets(file.getvalue()) == {"Partners": [{"A": "E-mail"}, {"A": "ada@one.example"}]}
