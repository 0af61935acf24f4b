"""Optional cells that can't be read: they are left out and told, and the rest of the row is imported."""

import csv
import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from partners.imports.importers.registry import importer_of, importers
from partners.imports.presenters import cells_left_out
from partners.models import Partner
from partners.models.imports import Import
from tests.factories import PartnerFactory, TemplateTermFactory
from tests.partners.imports.files import checked, csv_file, imported, numbers, reasons
from tests.partners.imports.pages import page_of, send, text_of

pytestmark = pytest.mark.django_db

HEADINGS = ["Partner ID", "Name", "E-mail", "Website", "Country", "Business model", "Group"]
OPTIONAL = {
    "partners": {
        *("email", "website", "country", "business_model"),
        *("owner", "next_step", "next_step_date"),
    },
    "contracts": {"currency"},
}


def left_out(record):
    """Row, column and reason of each cell left out."""
    importer = importer_of(record.kind)
    return [
        (row.number, str(label), reason)
        for row in record.planned.all()
        for label, reason in cells_left_out(row, importer)
    ]


def test_only_what_decides_nothing_else_is_optional():
    for importer in importers():
        optional = {column.key for column in importer.columns if column.optional}
        assert optional == OPTIONAL.get(importer.key, set())
        assert not optional & {column.key for column in importer.columns if column.required}


def test_each_cell_that_can_not_be_read_is_left_out_and_what_is_stored_stays():
    PartnerFactory(id=1, name="Aurora", email="old@example.org", website="https://old.example", country="DE")
    row = [1, "Borealis", "none yet", "ask Ben", "Atlantis", "???"]
    record = imported(csv_file(HEADINGS[:6], row))
    assert numbers(record) == {"changed": 1}
    assert record.left_out == 1
    assert left_out(record) == [
        (2, "E-mail", "“none yet” is no e-mail address."),
        (2, "Website", "“ask Ben” is no web address."),
        (2, "Country", "“Atlantis” is no country that we know. Write its code, such as DE."),
        (
            2,
            "Business model",
            (
                "“???” is no business model. Business models are: Content/Reviews, Social Influencer, "
                "Loyalty/Rewards, Deal/Coupons, Email/Newsletter, Search, Network, Other."
            ),
        ),
    ]
    partner = Partner.objects.get()
    assert (partner.name, partner.email, partner.country.code) == ("Borealis", "old@example.org", "DE")


@pytest.mark.parametrize(
    "cell",
    [
        "ada@example.org, ben@example.org", "ada@example.org;x", "Ada Muster <ada@example.org>",
        "mailto:ada@example.org?subject=x", "ada@example.org.",
        "ada@example.org\nben@example.org", "unknown / ada@example.org",
    ],
)  # fmt: skip
def test_of_several_addresses_the_first_is_taken_and_told(cell):
    record = imported(csv_file(HEADINGS[:3], [1, "A", cell]))
    assert Partner.objects.get().email == "ada@example.org"
    assert "the first, ada@example.org, is taken" in left_out(record)[0][2]


def test_a_row_that_changes_nothing_else_tells_its_cells_all_the_same():
    PartnerFactory(id=1, name="Aurora")
    record = checked(csv_file(HEADINGS[:5], [1, "Aurora", "", "", "Atlantis"]))
    assert (numbers(record), record.left_out) == ({"unchanged": 1}, 1)


def test_a_refused_row_leaves_nothing_out():
    record = checked(csv_file(HEADINGS[:5], [1, "", "", "", "Atlantis"]))
    assert (numbers(record), record.left_out) == ({"refused": 1}, 0)


def test_the_currency_of_a_contract_is_needed_where_its_term_is_new_and_not_used_otherwise():
    PartnerFactory(id=1)
    TemplateTermFactory(name="Gold")
    headings = ["Contract ID", "Partner ID", "Template term", "Currency", "Stage", "Start"]
    rows = [[f"S-{term}", 1, term, "Euro", "Joined", "2025-01-01"] for term in ("Gold", "New")]
    record = imported(csv_file(headings, *rows), "contracts", creates=True)
    assert reasons(record) == [(3, "currency", "“Euro” is no currency: three letters, such as EUR.")]
    assert left_out(record) == [(2, "Currency", "“Euro” is no currency: three letters, such as EUR.")]


@pytest.mark.parametrize(
    ("heading", "cell"), [("End", "sometime"), ("Start", "?"), ("Stage", "Done"), ("Stage since", "May")]
)
def test_what_a_segment_may_ask_for_is_never_left_out(heading, cell):
    PartnerFactory(id=1)
    TemplateTermFactory(name="Gold")
    row = {"Contract ID": "S-1", "Partner ID": 1, "Template term": "Gold", "Stage": "Joined"}
    row |= {"Start": "2025-01-01", heading: cell}
    assert numbers(checked(csv_file([*row], [*row.values()]), "contracts")) == {"refused": 1}


def test_all_rows_of_a_partner_in_several_groups_are_there_to_be_sent_again(as_editor):
    rows = [[1, "A", "", "", "Atlantis", "", group] for group in ("VIP", "Gold")]
    record = imported(csv_file(HEADINGS, *rows), creates=True)
    assert numbers(record) == {"new": 1, "repeated": 1}
    response = as_editor.get(reverse("admin:partners_import_left_out", args=[record.pk]))
    assert response["Content-Disposition"] == 'attachment; filename="partners-left-out.csv"'
    table = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    reason = "Country: “Atlantis” is no country that we know. Write its code, such as DE."
    assert table == [[*HEADINGS, "Reason"], *([*map(str, row), reason] for row in rows)]
    mended = [[cell.replace("Atlantis", "Wales") for cell in row] for row in table]
    again = imported(csv_file(*mended))
    assert (numbers(again), again.left_out) == ({"changed": 1, "repeated": 1}, 0)
    partner = Partner.objects.get()
    assert (partner.country.code, partner.groups.count()) == ("GB", 2)


def test_the_page_lists_the_cells_left_out_before_and_after_the_import(as_editor):
    send(as_editor, csv_file(HEADINGS[:5], [1, "A", "x", "", "Atlantis"], [2, "B", "", "", "DE"]))
    record = Import.objects.get()
    as_editor.post(page_of(record), {f"column-{n}": key for n, key in enumerate(record.columns)})
    for _time in range(2):
        page = as_editor.get(page_of(record))
        assert "1 With cells left out" in text_of(page)
        shown = text_of(as_editor.get(page_of(record), {"show": "left_out"}))
        assert all(text in shown for text in ("Download these rows", "E-mail: 1", "Country: 1"))
        assert "left out E-mail: “x” is no e-mail address." in shown
        as_editor.post(page_of(record), {"confirm": "1"})
    assert Partner.objects.count() == 2


def test_there_is_no_file_of_them_where_nothing_was_left_out(as_editor):
    record = imported(csv_file(HEADINGS[:2], [1, "A"]))
    assert as_editor.get(reverse("admin:partners_import_left_out", args=[record.pk])).status_code == 404


def test_the_command_tells_them_and_writes_them_to_be_mended(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_bytes(csv_file(HEADINGS[:5], [1, "A", "x", "", "Atlantis"]).getvalue())
    call_command("import_program", str(path), refused=tmp_path / "mend")
    said = capsys.readouterr().out
    assert "  cells left out: E-mail 1, Country 1\n    row 2, E-mail: “x” is no e-mail address.\n" in said
    assert "“x” is no e-mail address. Country: “Atlantis”" in (tmp_path / "mend/p-left-out.csv").read_text()
