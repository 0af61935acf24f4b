"""That README and docs say what the code says."""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management.utils import get_random_secret_key

from contracts.imports.brand_api import FROM_CONTRACTS, contract_stage
from contracts.imports.folders import TABLES
from contracts.management.commands.import_program import Command as ImportProgram
from contracts.stages import ContractStage, ContractState, is_usual
from partners.core.limits import MEGABYTE, Limits
from partners.core.names import MAX_NAME_LENGTH
from partners.exports.columns import COLUMNS
from partners.exports.writers.excel import MAX_ROWS_PER_SHEET, ROUNDED_FROM
from partners.imports.forms import FileForm
from partners.imports.importers.registry import importer_of, importers
from segments import nesting
from segments.attributes import MAX_VALUES
from segments.builder.forms import MAX_NAMED_PICKS
from segments.conditions import CATALOG
from segments.days import MAX_DAYS, TOKENS, Days, Unit, format_day
from segments.definition import MAX_CONDITIONS, MAX_GROUPS, MAX_VALUES_ALTOGETHER, MAX_WHERE
from segments.insight import preview
from segments.management.commands.segment import Command as SegmentCommand
from tests.factories import ContractFactory

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
FOR_STAFF = (ROOT / "docs" / "segments.md").read_text()
FOR_OPERATORS = (ROOT / "docs" / "operating.md").read_text()
SEPARATOR = re.compile(r"[|\s:-]+")

by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def section(text, heading):
    """What stands under a heading, down to the next one of its level."""
    [found] = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found


def table(text, heading):
    """The rows of the tables in a section, without the one that names the columns."""
    rows = []
    for block in re.findall(r"(?:^\|.*\n)+", section(text, heading), re.MULTILINE):
        lines = [line for line in block.splitlines() if not SEPARATOR.fullmatch(line)]
        rows += [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return rows


# Stages


def test_the_table_of_usual_moves_is_the_code():
    page = (ROOT / "docs" / "bulk-stage-edits.md").read_text()
    assert table(page, "Usual moves") == [
        [str(stage.label), ", ".join(usual)]
        for stage in sorted(ContractStage, key=lambda stage: list(ContractState).index(stage.state))
        if (usual := [str(to.label) for to in ContractStage if is_usual(stage, to)])
    ]


@pytest.mark.django_db
def test_the_scripts_for_stages_run_as_they_are_written():
    page = (ROOT / "docs" / "stage-history.md").read_text()
    contract = ContractFactory(number="S-5550001", stage="joined")
    old = ContractFactory(stage="joined", start_date=date(2024, 1, 1), end_date=date(2025, 1, 1))
    first, second = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(first + second, {})
    change = contract.stage_changes.last()
    assert (change.to_stage, change.user_name, change.why) == (
        "expired",
        "nightly import",
        "The platform says so",
    )
    old.refresh_from_db()
    assert old.stage == "expired"


# Imports


FOR_IMPORTERS = (ROOT / "docs" / "import-export.md").read_text()


def tables_under(heading):
    """The rows of the tables under a heading of any level, down to the next heading."""
    columns = FOR_IMPORTERS.partition("### Columns")[2]
    [text] = re.findall(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", columns, re.MULTILINE | re.DOTALL)
    return table(f"## {heading}\n{text}", heading)


@pytest.mark.parametrize("kind", ["partners", "groups", "terms", "contracts"])
def test_the_tables_of_columns_are_those_of_the_code(kind):
    importer = importer_of(kind)
    assert tables_under(str(importer.label)) == [
        [
            f"**{column.label}**" + (", required" if column.required else ""),
            str(column.what),
            ", ".join(column.aliases),
        ]
        for column in importer.columns
    ]


def test_every_kind_of_file_has_its_permissions_on_the_page():
    assert tables_under("Who may import") == [
        [str(importer.label), ", ".join(f"`{name}`" for name in importer.needs)] for importer in importers()
    ]
    making = {importer.making_needs for importer in importers()} - {""}
    assert all(f"`{name}`" in FOR_IMPORTERS for name in making)


def test_the_options_of_the_command_are_those_of_the_page():
    parser = argparse.ArgumentParser(add_help=False)
    ImportProgram().add_arguments(parser)
    ours = [option for action in parser._actions for option in action.option_strings]
    rows = tables_under("Large files and whole programs")
    assert sorted(re.match(r"`(--[a-z-]+)", row[0])[1] for row in rows) == sorted(ours)


def test_the_table_of_exported_columns_is_the_catalogue():
    rows = table(FOR_IMPORTERS, "Export")
    shown = [[str(one.label), str(one.reads.label), "yes" if one.default else "no"] for one in COLUMNS]
    assert [[cell.strip() for cell in row] for row in rows] == shown


def test_the_limits_of_exports_are_those_of_the_code():
    text = " ".join(section(FOR_IMPORTERS, "Export").split())
    assert f"Up to {Limits().export_sorted_max_rows:,} partners come in the order of the list" in text
    assert f"A sheet holds {MAX_ROWS_PER_SHEET:,} rows" in text
    assert f"more than {len(str(ROUNDED_FROM)) - 1} digits is a text" in text


def test_the_commands_for_segments_are_those_of_the_page():
    parser = argparse.ArgumentParser()
    SegmentCommand().add_arguments(parser)
    [commands] = [action.choices for action in parser._actions if action.choices]
    rows = table(FOR_IMPORTERS, "Segments as files")
    assert [row[0].strip("`").split()[0] for row in rows] == list(commands)
    for row in rows:
        options = [
            option
            for action in commands[row[0].strip("`").split()[0]]._actions
            for option in action.option_strings
        ]
        named = re.findall(r"--[a-z-]+", " ".join(row[1:]))
        assert sorted(named) == sorted(option for option in options if option not in ("-h", "--help"))


def test_a_status_of_the_api_becomes_the_stage_that_the_page_says():
    signed = {
        "brand": {"BrandSignatoryDate": "2025-01-01"},
        "partner": {"PartnerSignatoryDate": "2025-01-01"},
    }
    rows = [row for row in tables_under("From impact.com's API") if row[0].split(",")[0].isupper()]
    assert len(rows) == 7
    for what, stages in rows:
        status, _comma, who = what.partition(", signed by the ")
        first, *others = stages.split("; ")
        contract = {"Status": status, **signed.get(who.split()[0] if who else "", {})}
        assert ContractStage(contract_stage(contract, "ACTIVE")).label == first
        for other in others:
            stage, states = re.fullmatch(r"(.*) if the partner's `State` is (.*)", other).groups()
            assert {
                ContractStage(contract_stage(contract, state)).label for state in states.split(" or ")
            } == {stage}


def test_a_partners_stage_follows_as_the_page_says():
    rows = [row for row in tables_under("From impact.com's API") if not row[0].split(",")[0].isupper()]
    assert rows == [
        [", ".join(str(stage.label) for stage in ContractStage if stage in among), str(stage.label)]
        for among, stage in FROM_CONTRACTS
    ]


def test_the_limits_of_imports_are_those_of_the_code():
    text = " ".join(FOR_IMPORTERS.split())
    most = Limits()
    assert f"at most {most.import_max_bytes // MEGABYTE} MB and {most.import_max_rows:,} rows" in text
    assert f"A file may have {most.import_command_max_bytes // MEGABYTE:,} MB" in text
    json = f"JSON {most.import_json_max_bytes // MEGABYTE} MB"
    assert f"fits into {most.workbook_max_memory_gb} GB of memory), and {json}" in text
    assert f"kept for {most.import_details_days} days" in text
    assert most.unused_import_days == 7


# Segments


def test_the_table_of_conditions_is_the_catalog():
    assert [row[:2] for row in table(FOR_STAFF, "Conditions")] == [
        [str(kind.label), ", ".join(str(operator.label) for operator in kind.operators)]
        for kind in CATALOG.values()
    ]


def test_every_operator_is_explained():
    operators = {str(operator.label): None for kind in CATALOG.values() for operator in kind.operators}
    assert [row[0] for row in table(FOR_STAFF, "Operators")] == list(operators)


@pytest.mark.parametrize(
    ("heading", "field"),
    [("Contract stages", "contract_stage"), ("Prospecting stages", "prospecting_stage")],
)
def test_the_stage_tables_are_those_of_the_builder(heading, field):
    assert table(FOR_STAFF, heading) == [
        [str(option.label), str(option.meaning)] for option in CATALOG[field].options()
    ]


def test_the_most_values_that_are_looked_for_are_those_of_the_code():
    page = (ROOT / "docs" / "insight.md").read_text()
    assert f"The builder looks for the first {Limits().data_findings_max_values:,} values and texts" in page


def test_the_files_that_can_be_imported_are_those_of_the_code():
    offered = FileForm.base_fields["file"].widget.attrs["accept"].split(",")
    assert set(offered) == TABLES
    for ending in TABLES - {".csv", ".tsv", ".txt"}:
        assert ending in FOR_IMPORTERS


def test_the_limits_are_those_of_the_code():
    assert dict(table(FOR_STAFF, "Limits")) == {
        "Groups in a segment": f"{MAX_GROUPS:,}",
        "Conditions in a group": f"{MAX_CONDITIONS:,}",
        "Values in a condition": f"{MAX_VALUES:,}",
        "Values in all conditions of a segment": f"{MAX_VALUES_ALTOGETHER:,}",
        "Groups in Except": f"{MAX_GROUPS:,}",
        "Conditions that limit what is counted": f"{MAX_WHERE:,}",
        "Days in a number of days": f"{MAX_DAYS:,}",
        "Segments that name each other, in depth": f"{nesting.MAX_DEPTH:,}",
        "Conditions together with those of the segments named": f"{nesting.MAX_CONDITIONS:,}",
        "Characters in a segment's name or a text": f"{MAX_NAME_LENGTH:,}",
        "Picked values shown by name": f"{MAX_NAMED_PICKS:,}",
    }


FIRST_OF_DECEMBER = date(2026, 12, 1)
EXAMPLES = [
    ("last", 7),
    ("next", 30),
    ("more_days_ago", 30),
    ("more_days_ahead", 30),
    ("days_ago", 7),
    ("in_days", 7),
    ("this", Unit.WEEK),
    ("this", Unit.MONTH),
    ("previous", Unit.QUARTER),
    ("following", Unit.YEAR),
    ("on", FIRST_OF_DECEMBER),
    ("before", FIRST_OF_DECEMBER),
    ("after", FIRST_OF_DECEMBER),
    ("from", (FIRST_OF_DECEMBER, date(2026, 12, 24))),
    ("anniversary", 30),
]


def test_the_days_that_each_choice_means_are_those_of_the_code():
    rows = []
    for days in (Days(TOKENS[key], argument) for key, argument in EXAMPLES):
        found = days.range(date(2026, 11, 28))
        last = found.end and found.end - timedelta(days=1)
        rows.append([str(days), *(format_day(day) if day else "–" for day in (found.start, last))])
    assert table(FOR_STAFF, "Days") == rows
    assert {key for key, _argument in EXAMPLES} == TOKENS.keys()


def test_the_lengths_of_preview_and_list_are_those_of_the_code():
    text = " ".join(section(FOR_STAFF, "Preview and see all").split())
    assert f"first {preview.MAX_PARTNERS_SHOWN} partners" in text
    assert f"{Limits().segment_list_page_rows} partners a page" in text
    assert f"your last {Limits().session_max_drafts} unsaved segments" in text


# Links, images, commands


@by_name
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.is_file(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(file.read_text()), f"{page.name} links to {target}"


def anchors(text):
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@by_name
def test_every_make_command_is_a_target(page):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make (\w+)", page.read_text(), re.MULTILINE)) <= set(targets)


def test_the_readme_shows_how_to_try_and_how_to_test():
    assert {"make demo", "make test"} <= set((ROOT / "README.md").read_text().splitlines())


def test_every_file_that_a_page_names_is_there():
    for page in PAGES:
        text = page.read_text()
        to_be_written = re.findall(r"^Write `([^`]+)`:$", text, re.MULTILINE)
        for name in set(re.findall(r"`((?:\w+/)+\w+\.\w+)`", text)) - set(to_be_written):
            assert (ROOT / name).is_file(), f"{page.name} names {name}"


# Operating


def variables_read():
    files = [ROOT / "manage.py", ROOT / "tests" / "run.py"]
    files += [
        file for app in ("config", "partners", "contracts", "segments") for file in (ROOT / app).rglob("*.py")
    ]
    code = "\n".join(file.read_text() for file in files)
    makefile = (ROOT / "Makefile").read_text()
    return {
        *re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", code),
        *re.findall(r"\benviron(?:\.get\(|\[)\s*\"([A-Z_]+)\"", code),
        *re.findall(r"^([A-Z_]+) \?=", makefile, re.MULTILINE),
    }


def test_every_environment_variable_is_explained_and_every_explained_one_is_read():
    explained = [row[0].strip("`") for row in table(FOR_OPERATORS, "Environment variables")]
    assert len(explained) == len(set(explained))
    assert set(explained) == variables_read()


def test_the_table_of_limits_is_the_code():
    rows = table(FOR_OPERATORS, "Limits")
    assert {name.strip("`"): default for name, default, _what in rows} == {
        field.name: f"{field.default:,g}" if isinstance(field.default, float) else f"{field.default:,}"
        for field in fields(Limits)
    }


def test_without_variables_the_limits_are_those_of_the_table(settings):
    assert Limits() == settings.LIMITS


def test_the_production_settings_of_the_page_leave_nothing_to_warn_of(tmp_path):
    production = section(FOR_OPERATORS, "Production")
    environment = dict(re.findall(r"^export (\w+)=(\S+)", production, re.MULTILINE))
    assert environment.keys() == {"SITE_HTTPS", "DJANGO_SECRET_KEY", "DJANGO_ALLOWED_HOSTS", "DATABASE_URL"}
    environment |= {
        "DJANGO_SECRET_KEY": get_random_secret_key(),
        "DATABASE_URL": f"sqlite:///{quote(str(tmp_path / 'db.sqlite3'))}",
    }
    [command] = re.findall(r"^\.venv/bin/python (manage\.py check .*)$", production, re.MULTILINE)
    done = subprocess.run(
        [sys.executable, *command.split()],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout
