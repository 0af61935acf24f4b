"""A contract's document, read back as text."""

from datetime import date
from io import BytesIO

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.urls import reverse
from pypdf import PdfReader

from contracts.pdf.document import contract_pdf
from contracts.pdf.fonts import UNKNOWN, font_with, printable
from contracts.pdf.sheet import Sheet
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NAMES = [
    "Éclair Çağrı İstanbul Łódź",  # noqa: RUF001 - letters that look alike are meant
    "Ωκεανός Ταξίδια",
    "Волна Медиа",
    "广州传媒",
    "東京メディア株式会社",
    "서울 미디어",
    "Aurora 东方 Ωmega 서울 Éclair",
]


def pages(document):
    return PdfReader(BytesIO(document)).pages


def text_of(contract):
    (page,) = pages(contract_pdf(contract))
    return " ".join(page.extract_text().split())


def address(contract):
    return reverse("admin:contracts_contract_pdf", args=[contract.pk])


@pytest.fixture
def contract():
    return ContractFactory(
        number="S-5550001",
        partner=PartnerFactory(
            id=700123,
            name="Aurora Media",
            email="ada@aurora.example",
            website="https://aurora.example/",
            country="DE",
        ),
        template_term=TemplateTermFactory(name="Gold 2026", currency="EUR"),
        stage="suspended",
        start_date=date(2025, 2, 3),
    )


def test_the_document_says_everything_about_the_contract(contract, settings):
    settings.BRAND_NAME = "Greenhouse & Co"
    text = text_of(contract)
    assert text.startswith("Insertion Order Name Gold 2026 (S-5550001)")
    for fact in [
        "Greenhouse & Co",
        "Aurora Media",
        "Partner ID 700123",
        "E-mail ada@aurora.example",
        "Website https://aurora.example/",
        "Country Germany",
        "Template term Gold 2026",
        "Currency EUR",
        "Start 3 Feb 2025",
        "End Open-ended",
        "Suspended The brand suspended it; since",
        "3 Feb 2025 Started",
    ]:
        assert fact in text


def test_what_is_not_known_is_left_open(contract):
    contract.partner.email = contract.partner.website = contract.partner.country = ""
    assert "E-mail - Website - Country -" in text_of(contract)


def test_names_print_in_every_script(contract):
    contract.partner.name = contract.template_term.name = ", ".join(NAMES)
    text = text_of(contract)
    assert {name: text.count(name) for name in NAMES} == dict.fromkeys(NAMES, 3)


@pytest.mark.parametrize("name", ["שלום מדיה", "شركة النور"])
def test_names_that_run_from_right_to_left_are_printed_with_all_their_letters(contract, name):
    contract.partner.name = name
    assert set(name) <= set(text_of(contract))


def test_arabic_letters_are_joined():
    joined, apart = Sheet(), Sheet()
    apart.set_text_shaping(use_shaping_engine=False)
    widths = []
    for sheet in (joined, apart):
        sheet.set_font("NotoSans", "", 20)
        widths.append(sheet.get_string_width("شركة النور"))
        sheet.finish()
    assert widths[0] < widths[1]


@pytest.mark.parametrize(
    "script", [*NAMES, "שלום", "شركة", "हिन्दी", "ไทย", "ქართული", "Հայերեն", "বাংলা", "ខ្មែរ", "አማርኛ"]
)
def test_there_is_a_letter_for_every_letter(script):
    assert all(font_with(letter) for letter in script)


def test_a_letter_of_no_font_is_marked():
    assert printable("Fern \U0001f33f\n Finch\t2\0") == f"Fern {UNKNOWN} Finch 2{UNKNOWN}"


def test_the_longest_names_and_a_long_history_fit_on_one_page(contract, editor):
    contract.partner.name = "Long Name " * 20
    contract.partner.website = "https://example.example/" + "x" * 470
    contract.partner.email = "a" * 60 + "@" + "b" * 180 + ".example"
    contract.template_term.name = "W" * 200
    contract.number = "S-" + "5" * 48
    for number in range(60):
        LogEntry.objects.log_actions(editor.pk, [contract], CHANGE, f"Change {number}.", single_object=True)
    text = text_of(contract)
    assert "Change 59." in text
    assert "Change 0." not in text
    assert "earlier" in text


def test_braces_in_a_name_stay_what_they_are(contract):
    contract.partner.name = "{nb} **Bold**"
    assert "{nb} **Bold**" in text_of(contract)


def test_the_document_stays_small(contract):
    contract.partner.name = " ".join(NAMES)[:200]
    assert len(contract_pdf(contract)) < 120_000


def test_the_document_names_no_staff(contract, editor):
    LogEntry.objects.log_actions(editor.pk, [contract], CHANGE, "Changed End.", single_object=True)
    assert "editor" not in text_of(contract)


@pytest.mark.parametrize("client", ["as_editor", "as_viewer"])
def test_whoever_may_see_contracts_downloads_the_document(client, contract, request):
    answer = request.getfixturevalue(client).get(address(contract))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        "attachment; filename=\"contract-S-5550001.pdf\"; filename*=UTF-8''contract-S-5550001.pdf"
    )
    assert len(pages(answer.content)) == 1


@pytest.mark.parametrize(
    ("number", "named"),
    [
        ('../S"1\\;x', "filename=\"contract-.._S_1__x.pdf\"; filename*=UTF-8''contract-.._S_1_%3Bx.pdf"),
        ("Ω-1", "filename=\"contract-_-1.pdf\"; filename*=UTF-8''contract-%CE%A9-1.pdf"),
    ],
)
def test_the_file_is_named_safely(as_viewer, number, named):
    answer = as_viewer.get(address(ContractFactory(number=number)))
    assert answer["Content-Disposition"] == f"attachment; {named}"


def test_an_outsider_gets_no_document(as_outsider, contract):
    assert as_outsider.get(address(contract)).status_code == 403


def test_nobody_gets_a_document_without_logging_in(as_nobody, contract):
    assert "login" in as_nobody.get(address(contract))["Location"]


@pytest.mark.parametrize("key", ["424242", "many", "9" * 30, "-1", "nul\0"])
def test_a_contract_that_does_not_exist_has_no_document(as_viewer, key):
    assert as_viewer.get(f"{reverse('admin:contracts_contract_changelist')}{key}/pdf/").status_code == 404


def test_each_row_of_the_list_and_the_contracts_page_have_the_document(as_viewer, contract):
    for page in ["changelist", "change"]:
        keys = [contract.pk] if page == "change" else []
        shown = as_viewer.get(reverse(f"admin:contracts_contract_{page}", args=keys)).content.decode()
        assert f'href="{address(contract)}"' in shown
        assert ("Download PDF" if page == "change" else "PDF") in shown
