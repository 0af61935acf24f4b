"""Words of other systems for our stages: asked once, kept, and never guessed."""

import pytest
from django.core.management import CommandError, call_command

from contracts.imports.contracts import STAGES as CONTRACT_STAGES
from contracts.models import Contract, ContractStage
from partners.imports.errors import Refused
from partners.imports.importers import stage_words
from partners.imports.importers.registry import importer_of
from partners.imports.importers.stage_words import unknown_words
from partners.models import Partner
from partners.models.imports import Import, StageWord
from tests.factories import PartnerFactory, TemplateTermFactory
from tests.partners.imports.files import csv_file, numbers, reasons, received, workbook
from tests.partners.imports.pages import HEADINGS, match, page_of, send, text_of

pytestmark = pytest.mark.django_db

ROWS = [[1, "Fern", "Active"], [2, "Moss", "approved"], [3, "Oak", "Joined"], [4, "Elm", "Test"]]


@pytest.mark.parametrize(
    ("word", "stage"),
    [("ACTIVE", "joined"), ("Upcoming", "awaiting_contract_start"), ("Canceled", "cancelled")],
)
def test_of_contracts_some_words_mean_one_stage_everywhere(word, stage):
    assert CONTRACT_STAGES(word) == ContractStage(stage)


@pytest.mark.parametrize(
    ("word", "possible"),
    [
        ("PENDING", "Awaiting Publisher Approval or Awaiting Advertiser Approval"),
        ("Declined", "Publisher Declined or Advertiser Declined"),
        ("retracted", "Publisher Retracted or Advertiser Retracted"),
        ("Countered", "Publisher Countered or Advertiser Countered"),
    ],
)
def test_a_word_that_could_be_two_stages_is_refused_with_both(word, possible):
    with pytest.raises(Refused, match=f"“{word}” can be {possible}. Say which."):
        CONTRACT_STAGES(word)
    assert CONTRACT_STAGES(word, {word.lower(): "expired"}) == "expired"


def test_what_is_said_of_a_word_never_changes_what_a_stage_means():
    assert CONTRACT_STAGES("Joined", {"joined": "expired"}) == "joined"


def test_each_word_that_is_no_stage_is_asked_for_once_and_kept(as_editor, editor):
    page = text_of(send(as_editor, csv_file(HEADINGS, *ROWS)))
    record = Import.objects.get()
    assert unknown_words(record, record.columns, importer_of("partners")) == {
        "active": "Active", "approved": "approved", "test": "Test",
    }  # fmt: skip
    assert "What the stages mean" in page
    said = {"word-active": "joined", "word-approved": "negotiating", "word-test": "-"}
    as_editor.post(page_of(record), match(record, **said))
    record.refresh_from_db()
    assert record.words == {"active": "joined", "approved": "negotiating", "test": ""}
    assert (numbers(record), record.left_out) == ({"new": 4}, 1)
    as_editor.post(page_of(record), {"confirm": "1"})
    stages = dict(Partner.objects.values_list("pk", "prospecting_stage"))
    assert stages == {1: "joined", 2: "negotiating", 3: "joined", 4: "new"}
    assert set(StageWord.objects.values_list("kind", "word", "stage", "user_name")) == {
        ("partners", "active", "joined", editor.username),
        ("partners", "approved", "negotiating", editor.username),
        ("partners", "test", "", editor.username),
    }
    page = text_of(send(as_editor, csv_file(HEADINGS, [5, "Ash", "ACTIVE"])))
    assert f"As {editor.username} said on" in page


def test_what_is_empty_or_missing_or_failed_is_no_word():
    rows = [[1, "Fern"], [2, "Moss", ""], [3, "Oak", "-"], [4, "Ash", "#REF!"], [5, "Elm", "Active"]]
    record = received(csv_file(HEADINGS, *rows))
    assert unknown_words(record, record.columns, importer_of("partners")) == {"active": "Active"}


@pytest.mark.parametrize("make", [csv_file, workbook])
def test_only_words_are_offered_as_words_for_stages(make):
    """Yes or no, numbers, days, signs, placeholders and errors are never asked about."""
    cells = [
        "TRUE",
        "false",
        "0",
        "1",
        "2.5",
        "2025-01-01",
        "?",
        "***",
        "##",
        "########",
        "N/A",
        "-",
        "#REF!",
    ]
    record = received(make(HEADINGS, [1, "Fern", "Lead"], *([2, "Moss", cell] for cell in cells)))
    assert unknown_words(record, record.columns, importer_of("partners")) == {"lead": "Lead"}


@pytest.mark.parametrize("cell", [True, False, "0", "1", "2025-01-01", "?"])
def test_what_is_no_word_is_no_stage_whatever_was_said_of_it(cell):
    with pytest.raises(Refused, match="is no contract stage"):
        CONTRACT_STAGES(cell, {"true": "joined", "false": "expired", "0": "expired", "1": "joined"})


def test_an_unanswered_word_refuses_its_rows_and_is_forgotten(as_editor):
    StageWord.objects.create(kind="partners", word="active", stage="joined", user_name="ben")
    send(as_editor, csv_file(HEADINGS, *ROWS))
    record = Import.objects.get()
    said = {"word-active": "", "word-approved": "joined", "word-test": ""}
    as_editor.post(page_of(record), match(record, **said))
    record.refresh_from_db()
    assert [(row, reason.partition(".")[0]) for row, _column, reason in reasons(record)] == [
        (2, "“Active” is no prospecting stage"),
        (5, "“Test” is no prospecting stage"),
    ]
    assert [said.word for said in StageWord.objects.all()] == ["approved"]


def test_words_of_a_column_chosen_by_hand_are_asked_for_before_the_check(as_editor):
    send(as_editor, csv_file(["Partner ID", "Name", "Zustand"], *ROWS))
    record = Import.objects.get()
    columns = match(record, **{"column-2": "prospecting_stage"})
    page = text_of(as_editor.post(page_of(record), columns))
    assert "holds words that are none of our stages. Say what each means." in page
    record.refresh_from_db()
    assert record.status == "received"
    as_editor.post(page_of(record), columns | {"word-active": "joined", "word-approved": "", "word-test": ""})
    record.refresh_from_db()
    assert numbers(record) == {"new": 2, "refused": 2}


@pytest.mark.parametrize("nonsense", ["gold", "archived"])
def test_only_stages_of_the_kind_can_be_said(as_editor, nonsense):
    send(as_editor, csv_file(HEADINGS, *ROWS))
    record = Import.objects.get()
    assert "is none of the choices" in text_of(
        as_editor.post(page_of(record), match(record, **{"word-active": nonsense}))
    )
    assert not StageWord.objects.exists()


def test_a_column_of_all_kinds_of_words_is_not_asked_for(monkeypatch):
    monkeypatch.setattr(stage_words, "MAX_WORDS", 2)
    record = received(csv_file(HEADINGS, *ROWS))
    assert unknown_words(record, record.columns, importer_of("partners")) == {}


def test_words_of_one_kind_say_nothing_of_another(as_editor):
    StageWord.objects.create(kind="contracts", word="active", stage="joined", user_name="ben")
    assert "As ben said" not in text_of(send(as_editor, csv_file(HEADINGS, *ROWS)))


def test_the_command_is_told_what_words_mean_and_remembers_it(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_bytes(csv_file(HEADINGS, *ROWS).getvalue())
    call_command("import_program", str(path), stage_word=["Active=joined", "TEST=leave out"], user="ada")
    said = capsys.readouterr().out
    assert "  stage “active”: Joined\n" in said
    assert "3 new, 0 changed, 0 unchanged, 1 refused" in said
    assert "row 5, Prospecting stage: “Test” is left out, as was said." in said
    call_command("import_program", str(path))
    assert "0 new, 0 changed, 3 unchanged, 1 refused" in capsys.readouterr().out
    assert set(StageWord.objects.values_list("word", "stage", "user_name")) == {
        ("active", "joined", "ada"), ("test", "", "ada"),
    }  # fmt: skip


def test_a_dry_run_remembers_nothing(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(csv_file(HEADINGS, *ROWS).getvalue())
    call_command("import_program", str(path), "--dry-run", stage_word=["Active=joined"])
    assert not StageWord.objects.exists()


@pytest.mark.parametrize(
    ("word", "reason"),
    [("Active", "Write --stage-word as WORD=STAGE"), ("Active=Gold", "“Gold” is no stage")],
)
def test_the_command_refuses_what_is_no_stage(tmp_path, word, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("import_program", str(tmp_path), stage_word=[word])


def test_a_word_for_another_kind_of_file_is_no_error(tmp_path, capsys):
    PartnerFactory(id=1)
    TemplateTermFactory(name="Gold")
    headings = ["Contract ID", "Partner ID", "Template term", "Status", "Start"]
    path = tmp_path / "c.csv"
    path.write_bytes(csv_file(headings, ["S-1", 1, "Gold", "PENDING", "2025-01-01"]).getvalue())
    call_command(
        "import_program",
        str(path),
        stage_word=["Pending=Awaiting Publisher Approval", "Contacted=Outreach"],
    )
    assert Contract.objects.get().stage == "awaiting_publisher_approval"
