import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from contracts.imports import folders
from contracts.management.commands import import_program
from contracts.models import Contract, TemplateTerm
from partners.imports.importers.registry import importers
from partners.imports.reading.table import open_table
from partners.models import Partner, PartnerGroup
from partners.models.exports import Export
from partners.models.imports import Import
from tests.contracts.imports.test_brand_api import CONTRACT, EMPTY, GROUP, OLDER, PARTNER
from tests.factories import PartnerFactory
from tests.partners.imports.files import csv_file, workbook

pytestmark = pytest.mark.django_db

CONTRACT_HEADINGS = ["Contract ID", "Partner ID", "Template term", "Stage", "Start"]


@pytest.fixture
def run(tmp_path, capsys):
    def run(*arguments, **options):
        call_command("import_program", *map(str, arguments), **options)
        return capsys.readouterr().out

    return run


@pytest.fixture
def folder(tmp_path):
    """A program in four files whose names are not in the order in which they are needed."""
    files = tmp_path / "program"
    files.mkdir()
    (files / "a-contracts.csv").write_bytes(
        csv_file(CONTRACT_HEADINGS, ["S-1", 1, "Gold", "Joined", "2025-01-01"]).getvalue()
    )
    (files / "b-groups.csv").write_bytes(csv_file(["Group", "Partner ID"], ["VIP", 1]).getvalue())
    (files / "c-terms.xlsx").write_bytes(workbook(["Template term", "Currency"], ["Gold", "EUR"]).getvalue())
    (files / "d-partners.tsv").write_bytes(
        csv_file(
            ["Id", "Name", "Stage", "Shoe size"], [1, "A", "Joined", 7], [2, "", "", 8], delimiter="\t"
        ).getvalue()
    )
    (files / "README.md").write_text("nothing to import")
    return files


def test_what_excel_writes_beside_an_open_workbook_is_passed_over(run, folder):
    (folder / "~$c-contracts.xlsx").write_bytes(b"\x03Ada")
    assert "are: README.md, ~$c-contracts.xlsx." in run(folder, create=True)


def test_a_folder_is_imported_in_the_order_that_it_needs(run, folder):
    said = run(folder, create=True)
    assert [line for line in said.splitlines() if not line.startswith(" ")] == [
        "Not read in program, for only its CSV, Excel and JSON files are: README.md.",
        "d-partners.tsv: Partners, 2 rows: 1 new, 0 changed, 0 unchanged, 1 refused",
        "b-groups.csv: Groups, 1 row: 1 new, 0 changed, 0 unchanged, 0 refused",
        "c-terms.xlsx: Template terms, 1 row: 1 new, 0 changed, 0 unchanged, 0 refused",
        "a-contracts.csv: Contracts, 1 row: 1 new, 0 changed, 0 unchanged, 0 refused",
    ]
    assert "  read as CSV, UTF-8, tabs between cells" in said
    assert "  not used: Shoe size" in said
    assert "  refused because of: Name 1" in said
    assert "    row 3, Name: A new partner needs: Name." in said
    assert "  to be created: VIP" in said
    assert "  written: 1" in said
    assert Partner.objects.get().groups.get().name == "VIP"
    assert Contract.objects.get().template_term.name == "Gold"
    assert Partner.objects.get().stage_changes.get().user_name == "import_program"
    assert set(Import.objects.values_list("user_name", flat=True)) == {"import_program"}


def test_each_file_is_opened_once(run, folder, monkeypatch):
    opened = []

    def watched(file, **options):
        opened.append(file.name)
        return open_table(file, **options)

    monkeypatch.setattr(folders, "open_table", watched)
    run(folder, create=True)
    assert len(opened) == len(set(opened)) == 4


def test_a_dry_run_says_the_same_and_changes_nothing(run, folder):
    said = run(folder, "--dry-run", "--create")
    assert "a-contracts.csv: Contracts, 1 row: 1 new, 0 changed, 0 unchanged, 0 refused" in said
    assert "Nothing was changed: this was a dry run." in said
    assert "written" not in said
    assert not Partner.objects.exists()
    assert not TemplateTerm.objects.exists()
    assert not Import.objects.exists()


def test_the_same_folder_twice_changes_nothing(run, folder):
    run(folder, create=True)
    said = run(folder, create=True)
    assert said.count("0 new, 0 changed, 1 unchanged") == 4


def test_refused_rows_are_written_to_a_folder(run, folder, tmp_path):
    said = run(folder / "d-partners.tsv", refused=tmp_path / "mend", user="ada")
    path = tmp_path / "mend" / "d-partners-refused.csv"
    assert f"  refused rows: {path}" in said
    assert "2,,,8,A new partner needs: Name." in path.read_text(encoding="utf-8-sig")
    assert Import.objects.get().user_name == "ada"
    assert list(Export.objects.values_list("user_name", "rows")) == [("ada", 1)]


def test_rows_that_repeat_a_partner_are_told(run, tmp_path):
    path = tmp_path / "partners.csv"
    path.write_bytes(csv_file(["Id", "Name", "Group"], [1, "A", "VIP"], [1, "A", "Gold"]).getvalue())
    assert "  1 more row names another group of the same partner\n" in run(path, create=True)


def test_unknown_headings_are_matched_by_hand(run, tmp_path):
    path = tmp_path / "kunden.csv"
    path.write_bytes(csv_file(["Kundennummer", "Firma", "Seit"], [1, "A", "03/04/2025"]).getvalue())
    with pytest.raises(CommandError, match=r"None of its columns is a Partner ID.*Kundennummer, Firma, Seit"):
        run(path)
    run(path, match=["Kundennummer=Partner ID", "Firma=Name", "Seit=Joined"], dates="day")
    assert str(Partner.objects.get().original_joined_date) == "2025-04-03"


def test_headings_below_the_first_rows_are_not_looked_for_and_it_says_so(run, tmp_path):
    path = tmp_path / "report.csv"
    path.write_bytes(csv_file(*[["A report"]] * 20, ["Partner ID", "Name"], [1, "A"]).getvalue())
    with pytest.raises(CommandError, match="Row 1 is taken for the headings: none of the first 20 rows"):
        run(path)


def test_the_kind_can_be_said_and_has_to_fit(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(csv_file(["Id", "Name"], [1, "A"]).getvalue())
    with pytest.raises(CommandError, match="No column is matched to Group"):
        run(path, kind="groups")
    assert not Import.objects.exists()


def test_one_file_that_can_not_be_read_does_not_stop_the_others(run, folder, capsys):
    (folder / "e.csv").write_bytes(b"%PDF-1.7")
    (folder / "f.json").write_text("{")
    with pytest.raises(CommandError) as refused:
        run(folder, create=True)
    assert "e.csv: This is a PDF file, not a table." in str(refused.value)
    assert "f.json: f.json is no JSON" in str(refused.value)
    assert Contract.objects.count() == 1


def test_a_file_that_breaks_off_is_not_imported_in_part(run, tmp_path):
    path = tmp_path / "partners.csv"
    rows = "".join(f"{number},A\n" for number in range(1, 20_000))
    path.write_text(f'Id,Name\n{rows}20000,"never closed\n')
    with pytest.raises(CommandError, match="The last row, 20,001, ends within quotes"):
        run(path)
    assert not Partner.objects.exists()
    assert not Import.objects.exists()


def test_answers_of_the_api_are_imported_from_the_same_folder(run, folder):
    (folder / "1.json").write_text(
        json.dumps({"Contracts": [CONTRACT, CONTRACT | {"Id": "S-2", "Status": "DECLINED"}]})
    )
    (folder / "2.json").write_text(json.dumps({"@total": "5", "Groups": [GROUP, EMPTY]}))
    (folder / "3.json").write_text(json.dumps({"Partners": [PARTNER], "MediaPartners": [OLDER]}))
    said = run(folder, create=True)
    assert "Not all groups are there: 2 of 5." in said
    assert "1.json, 2.json, 3.json: Contracts, 2 rows: 1 new, 0 changed, 0 unchanged, 1 refused" in said
    assert "“DECLINED, signed by both sides” is no contract stage." in said
    partner = Partner.objects.get(pk=700123)
    assert (partner.prospecting_stage, partner.country.code) == ("joined", "DE")
    assert partner.contracts.get().stage == "joined"
    assert str(partner.contracts.get().start_date) == "2025-02-03"
    assert partner.contracts.get().template_term.currency == "EUR"
    assert partner.groups.get().name == "Garden bloggers"
    assert PartnerGroup.objects.count() == 3


def test_rows_left_alone_are_told(run, tmp_path, monkeypatch):
    path = tmp_path / "partners.csv"
    path.write_bytes(csv_file(["Id", "Name"], [1, "A"], [2, "B"]).getvalue())
    carry_out = import_program.apply_import

    def late(**options):
        PartnerFactory(id=1)
        return carry_out(**options)

    monkeypatch.setattr(import_program, "apply_import", late)
    assert "  written: 1; 1 left alone, changed meanwhile" in run(path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"match": ["Kundennummer"]}, "Write --match as HEADING=COLUMN"),
        ({}, "There is nothing to import: no CSV, Excel or JSON file"),
    ],
)
def test_nonsense_is_refused(run, tmp_path, options, reason):
    with pytest.raises(CommandError, match=reason):
        run(tmp_path, **options)


def test_a_path_that_does_not_exist_is_refused(run, tmp_path):
    with pytest.raises(CommandError, match="There is no "):
        run(tmp_path / "nowhere.csv")


@pytest.mark.django_db(transaction=True)
def test_the_tables_are_vacuumed_after_an_import(run, folder):
    run(folder, create=True)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'partners_partner'")
            assert cursor.fetchone()[0] == 1
    assert Partner.objects.count() == 1


def test_every_kind_names_the_tables_that_it_fills():
    there = set(connection.introspection.table_names())
    assert all({model._meta.db_table for model in importer.written()} <= there for importer in importers())


def test_no_refused_rows_overwrite_others(run, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "p.csv").write_bytes(csv_file(["Id", "Name"], [1, folder], [2, ""]).getvalue())
    run(tmp_path / "one", tmp_path / "two", refused=tmp_path / "mend")
    assert sorted(path.name for path in (tmp_path / "mend").iterdir()) == [
        "p-partners-refused.csv",
        "p-refused.csv",
    ]


def test_refused_rows_that_are_being_mended_are_not_overwritten(run, tmp_path):
    file = tmp_path / "p.csv"
    file.write_bytes(csv_file(["Id", "Name"], [1, ""]).getvalue())
    run(file, refused=tmp_path / "mend")
    mended = tmp_path / "mend" / "p-refused.csv"
    mended.write_text("Id,Name\n1,Aurora\n")
    run(file, refused=tmp_path / "mend")
    assert mended.read_text() == "Id,Name\n1,Aurora\n"
    assert (tmp_path / "mend" / "p-partners-refused.csv").exists()


def test_a_user_has_a_name_that_can_be_kept(run, tmp_path):
    with pytest.raises(CommandError, match="at most 150 characters"):
        run(tmp_path, user="u" * 151)


def test_what_is_passed_over_in_a_folder_is_told(run, folder):
    (folder / "older").mkdir()
    (folder / "rows.json.gz").write_bytes(b"")
    (folder / ".hidden").write_bytes(b"")
    said = run(folder, create=True)
    assert "for only its CSV, Excel and JSON files are: README.md, older, rows.json.gz." in said
