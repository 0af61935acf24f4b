"""`manage.py segment`: what each subcommand says, writes and refuses."""

import json
import os
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from partners.exports.columns import COLUMNS
from partners.models.exports import Export
from segments.models import Segment
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.partners.exports.reading import csv_rows, excel_sheets
from tests.segments.forms import PROSPECTS, any_of, asks, saved
from tests.segments.screens.test_segment_admin import BROKEN, broken

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("segment", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments):
    with pytest.raises(CommandError) as error:
        run(*arguments)
    return str(error.value)


@pytest.fixture
def moss():
    return PartnerFactory(
        id=700377, name="Moss", email="Moss@one.example", groups=[PartnerGroupFactory(name="VIP")]
    )


def test_list_names_all_with_their_last_count():
    saved("Ours", partner_count=1_652)
    saved("New one")
    broken(BROKEN["a number"][0], "Wrong")
    assert run("list").splitlines() == [
        "           —  New one",
        "       1,652  Ours",
        "           —  Wrong  (needs attention: A definition has to be an object with names and values.)",
    ]


def test_show_says_what_it_asks_and_how_many_there_are(moss):
    saved("Ours")
    assert run("show", " OURS ").splitlines() == [
        "Ours",
        "Partners in prospecting stage New.",
        "1 partner",
    ]


def test_show_says_what_needs_attention():
    saved("Gone", any_of([asks("partner_group", "any_of", [404])]))
    assert "Needs attention: Partner Group names what has been deleted: 404." in run("show", "Gone")


@pytest.mark.parametrize("command", ["show", "export", "export-definition"])
def test_what_is_not_there_or_broken_is_said(command):
    broken(BROKEN["a later version"][0], "Wrong")
    assert refused(command, "Nope") == "There is no segment “Nope”. manage.py segment list names them all."
    assert "of versions 1 and 2, not of version 3" in refused(command, "Wrong")


class TestExport:
    def test_goes_to_standard_output(self, moss, capfdbinary):
        saved("Ours")
        assert run("export", "Ours", "--columns", "name,groups") == ""
        assert csv_rows(capfdbinary.readouterr().out) == [["Name", "Groups"], ["Moss", "VIP"]]
        export = Export.objects.get()
        assert (export.user_name, export.what, export.rows) == ("manage.py segment", "Segment “Ours”", 1)

    def test_goes_to_a_file_with_the_usual_columns(self, moss, tmp_path):
        saved("Ours")
        target = tmp_path / "ours.csv"
        assert run("export", "Ours", "--output", str(target)) == f"1 row written to {target}\n"
        heading = csv_rows(target.read_bytes())[0]
        assert heading == [str(column.label) for column in COLUMNS if column.default]
        assert [file.name for file in tmp_path.iterdir()] == ["ours.csv"]

    def test_columns_can_be_named_by_their_headings(self, moss, tmp_path):
        saved("Ours")
        run("export", "Ours", "--columns", "Partner ID, e-mail", "--output", str(tmp_path / "a"))
        assert csv_rows((tmp_path / "a").read_bytes())[0] == ["Partner ID", "E-mail"]

    @pytest.mark.parametrize("arguments", [["--output", "a.xlsx"], ["--format", "xlsx", "--output", "a"]])
    def test_can_be_excels(self, moss, tmp_path, monkeypatch, arguments):
        monkeypatch.chdir(tmp_path)
        saved("Ours")
        run("export", "Ours", "--columns", "name", *arguments)
        assert excel_sheets((tmp_path / arguments[-1]).read_bytes()) == {
            "Partners": [{"A": "Name"}, {"A": "Moss"}]
        }

    def test_can_be_the_e_mail_list_alone(self, moss, tmp_path):
        saved("Ours")
        run("export", "Ours", "--emails", "--output", str(tmp_path / "a"))
        assert csv_rows((tmp_path / "a").read_bytes()) == [["E-mail"], ["moss@one.example"]]

    def test_says_which_columns_there_are(self, moss):
        saved("Ours")
        message = refused("export", "Ours", "--columns", "name,shoe size")
        assert message.startswith("There is no column “shoe size”. There are: partner_id, name,")
        assert not Export.objects.exists()

    def test_that_breaks_off_leaves_the_file_as_it_was(self, moss, tmp_path, monkeypatch):
        def broken_off(*_arguments):
            raise RuntimeError

        saved("Ours")
        target = tmp_path / "ours.csv"
        target.write_text("yesterday's")
        monkeypatch.setattr("segments.management.commands.segment.write", broken_off)
        with pytest.raises(RuntimeError):
            run("export", "Ours", "--output", str(target))
        assert target.read_text() == "yesterday's"
        assert [file.name for file in tmp_path.iterdir()] == ["ours.csv"]

    def test_leaves_other_files_beside_it_alone(self, moss, tmp_path):
        saved("Ours")
        (tmp_path / "ours.csv.part").write_text("mine")
        run("export", "Ours", "--output", str(tmp_path / "ours.csv"))
        assert (tmp_path / "ours.csv.part").read_text() == "mine"
        assert sorted(file.name for file in tmp_path.iterdir()) == ["ours.csv", "ours.csv.part"]

    def test_goes_where_a_link_leads(self, moss, tmp_path):
        saved("Ours")
        (tmp_path / "today.csv").write_text("yesterday's")
        (tmp_path / "link").symlink_to(tmp_path / "today.csv")
        run("export", "Ours", "--columns", "name", "--output", str(tmp_path / "link"))
        assert (tmp_path / "link").is_symlink()
        assert csv_rows((tmp_path / "today.csv").read_bytes()) == [["Name"], ["Moss"]]

    def test_goes_into_a_pipe(self, moss, tmp_path):
        saved("Ours")
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        run("export", "Ours", "--columns", "name", "--output", str(pipe))
        assert csv_rows(os.read(reader, 10_000)) == [["Name"], ["Moss"]]
        os.close(reader)
        assert pipe.is_fifo()

    def test_into_a_folder_that_is_not_there_is_said(self, moss, tmp_path):
        saved("Ours")
        assert "No such file or directory" in refused(
            "export", "Ours", "--output", str(tmp_path / "no" / "a")
        )

    def test_into_no_folder_is_said(self, moss, tmp_path):
        saved("Ours")
        assert "No such file or directory" in refused(
            "export", "Ours", "--output", str(tmp_path / "no" / "a")
        )


class TestDefinitions:
    def test_are_written_and_read_again(self, moss, tmp_path, capfdbinary):
        group = moss.groups.get()
        saved("Ours", any_of([asks("partner_group", "any_of", [group.pk])]))
        target = tmp_path / "ours.json"
        run("export-definition", "Ours", "--output", str(target))
        run("export-definition", "Ours")
        assert capfdbinary.readouterr().out == target.read_bytes()
        assert run("import-definition", str(target), "--name", "Theirs").splitlines() == [
            "Saved Theirs: 1 partner",
            "Partners in group “VIP”.",
        ]
        assert Segment.objects.get(name="Theirs").definition == Segment.objects.get(name="Ours").definition

    def test_replace_a_segment_only_if_told_to(self, tmp_path):
        segment = saved("Ours", any_of([asks("partner_id", "any_of", [7])]))
        file = tmp_path / "ours.json"
        file.write_text(json.dumps({"name": "OURS", **PROSPECTS}))
        assert refused("import-definition", str(file)) == "There is a segment with this name already."
        run("import-definition", str(file), "--replace")
        segment.refresh_from_db()
        assert (segment.definition, segment.revision) == (PROSPECTS, 2)

    def test_are_somebodys(self, tmp_path, editor):
        file = tmp_path / "ours.json"
        file.write_text(json.dumps({"name": "Ours", **PROSPECTS}))
        assert refused("import-definition", str(file), "--user", "nobody") == "There is no user “nobody”."
        run("import-definition", str(file), "--user", "editor")
        assert Segment.objects.get().owner == editor
        assert LogEntry.objects.get().user == editor

    def test_need_a_name(self, tmp_path):
        file = tmp_path / "ours.json"
        file.write_text(json.dumps(PROSPECTS))
        assert "Give one with --name." in refused("import-definition", str(file))

    @pytest.mark.parametrize("command", ["import-definition", "preview"])
    def test_that_can_not_be_read_say_all_that_is_wrong_and_save_nothing(self, command, tmp_path):
        file = tmp_path / "ours.json"
        value = [{"name": "A"}, {"name": "B"}]
        file.write_text(json.dumps({"name": "Ours", **any_of([asks("partner_group", "any_of", value)])}))
        assert refused(command, str(file)).splitlines() == [
            "There is no group “A” here.",
            "There is no group “B” here.",
        ]
        assert "No such file" in refused(command, str(tmp_path / "nope.json"))
        assert not Segment.objects.exists()

    def test_are_previewed_without_saving(self, moss, tmp_path):
        file = tmp_path / "ours.json"
        group = moss.groups.get()
        asked = [asks("partner_group", "any_of", [group.pk]), asks("partner_id", "none_of", [5])]
        file.write_text(json.dumps(any_of(asked)))
        assert run("preview", str(file)).splitlines() == [
            f"The group {group.pk} has no name in the file: here it is “VIP”.",
            "Partners in group “VIP”, and whose Partner ID is not 5.",
            "1 of 1 partner",
            "1 Partner ID is not known: 5.",
            "      700377  Moss",
        ]
        assert not Segment.objects.exists()
