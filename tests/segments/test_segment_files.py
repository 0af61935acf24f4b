"""Definitions as files: what they say, how they are read elsewhere, and what they refuse."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from hypothesis import given

from contracts.models import TemplateTerm
from partners.models import PartnerGroup
from segments import files
from segments.definition import Definition
from segments.files import FileError, read, written
from segments.models import Segment
from tests.factories import PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import NEW, any_of, asks, saved, text_of
from tests.segments.strategies import definitions, programs, store
from tests.segments.test_laws import found, law

pytestmark = pytest.mark.django_db
IMPORT = reverse("admin:segments_segment_import")


def reasons(data):
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(FileError) as error:
        read(content)
    return list(error.value.reasons)


def file_of(*conditions, **more):
    return {"name": "S", **any_of(list(conditions)), **more}


def picks(*values, field="partner_group"):
    return asks(field, "any_of", list(values))


def test_a_file_names_what_is_picked_by_name_as_well_as_key():
    group, term = PartnerGroupFactory(name="Blocked"), TemplateTermFactory(name="Gold")
    partner = PartnerFactory(pk=700123, name="Aurora")
    segment = saved(
        "Mine",
        any_of(
            [picks(group.pk), picks(term.pk, field="template_term")],
            [picks(partner.pk, field="partner_name"), NEW],
        ),
    )
    data = json.loads(written(segment))
    assert data["name"] == "Mine"
    values = [condition["value"] for group in data["any"] for condition in group["all"]]
    assert values == [
        [{"id": group.pk, "name": "Blocked"}],
        [{"id": term.pk, "name": "Gold"}],
        [{"id": 700123, "name": "Aurora"}],
        ["new"],
    ]
    assert read(written(segment).encode()).definition == segment.read()


def test_where_keys_are_others_the_name_decides():
    group = PartnerGroupFactory(name="Blocked")
    content = written(saved("Mine", any_of([picks(group.pk)]))).encode()
    Segment.objects.all().delete()
    PartnerGroup.objects.filter(pk=group.pk).update(name="Another")
    elsewhere = PartnerGroupFactory(name="BLOCKED")
    assert read(content).definition.any[0].all[0].value == (elsewhere.pk,)


@law(30)
@given(programs(), definitions)
def test_in_an_installation_with_other_keys_a_file_means_the_same(program, definition):
    asked = Definition.from_json(definition)
    with transaction.atomic():
        store(program)
        content = written(Segment(name="S", definition=asked.to_json())).encode()
        try:
            there = read(content).definition
        except FileError:  # it names rows that no program has
            there = None
        if there:
            before = found(definition)
            _give_other_keys(PartnerGroup)
            _give_other_keys(TemplateTerm)
            assert there == asked
            assert found(read(content).definition.to_json()) == before
        transaction.set_rollback(True)


def _give_other_keys(model):
    """New rows take over the names, and all that belongs to the old ones."""
    for row in list(model.objects.all()):
        name = row.name
        model.objects.filter(pk=row.pk).update(name=f"old {row.pk} {name}"[:200])
        other = model.objects.create(name=name)
        for relation in model._meta.related_objects:
            if relation.related_name in ("memberships", "contracts"):
                related = relation.related_model._base_manager.filter(**{relation.field.name: row})
                related.update(**{relation.field.name: other})


class TestWhatIsNotThere:
    def test_every_missing_name_is_told_and_nothing_is_saved(self, as_editor):
        data = file_of(
            picks({"id": 1, "name": "Gone"}, {"name": "Lost"}),
            picks({"id": 404, "name": "Nobody"}, field="partner_name"),
        )
        assert reasons(data) == [
            "There is no group “Gone” here.",
            "There is no group “Lost” here.",
            "There is no partner 404, “Nobody”, here.",
        ]
        answer = as_editor.post(IMPORT, {"file": SimpleUploadedFile("s.json", json.dumps(data).encode())})
        assert "There is no group “Gone” here." in text_of(answer)
        assert not Segment.objects.exists()

    def test_a_key_with_another_name_is_not_trusted(self):
        group = PartnerGroupFactory(name="VIP")
        assert reasons(file_of(picks({"id": group.pk, "name": "Blocked"}))) == [
            "There is no group “Blocked” here."
        ]

    def test_what_was_deleted_where_the_file_was_made_is_told(self):
        assert "was deleted where the file was made" in reasons(file_of(picks({"id": 7})))[0]

    def test_a_bare_key_is_taken_and_said(self):
        group = PartnerGroupFactory(name="VIP")
        assert read(json.dumps(file_of(picks(group.pk))).encode()).notes == (
            f"The group {group.pk} has no name in the file: here it is “VIP”.",
        )

    def test_a_partner_with_another_name_is_the_same_partner_and_that_is_said(self):
        PartnerFactory(pk=5, name="New name")
        found = read(json.dumps(file_of(picks({"id": 5, "name": "Old name"}, field="partner_name"))).encode())
        assert found.definition.any[0].all[0].value == (5,)
        assert "“Old name” in the file" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe{", "UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"version": ' + b"9" * 5_000 + b"}", "number that is too long"),
        (b'{"version": NaN}', "“NaN” is no number"),
        (b'{"version": 1, "version": 1}', "stands twice"),
        (b"[]", "object"),
        (b"null", "object"),
        (b'{"name": 7}', "“name”"),
        (b'{"name": "a\\u0000b", "version": 1, "any": []}', "“name”"),
        (json.dumps({"name": "n" * 201, "version": 1, "any": []}).encode(), "“name”"),
        (json.dumps(file_of(NEW, colour="red")).encode(), "no “colour”"),
        (json.dumps(file_of(NEW) | {"version": 2}).encode(), "version 2"),
        (json.dumps(file_of(picks({"id": 1, "colour": 2}))).encode(), "not “colour”"),
        (json.dumps(file_of(picks({"name": 7}))).encode(), "is not a"),
        (json.dumps(file_of(picks({"id": [1]}))).encode(), "is not a"),
        (json.dumps(file_of(picks({"name": "x"}, field="partner_name"))).encode(), "needs its Partner ID"),
        (json.dumps(file_of(asks("partner_group", "any_of", "VIP"))).encode(), "has to be a list"),
        (json.dumps(file_of(asks(["x"], "any_of", []))).encode(), "not something that can be asked"),
    ],
)
def test_what_is_no_definition_is_refused_with_a_reason(content, reason, as_editor):
    with pytest.raises(FileError, match=reason):
        read(content)
    answer = as_editor.post(IMPORT, {"file": SimpleUploadedFile("s.json", content or b" ")})
    assert answer.status_code == 200
    assert not Segment.objects.exists()


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    assert "too large" in reasons(b" " * 11)[0]


class TestPages:
    def test_a_downloaded_definition_can_be_imported_and_is_looked_over_first(self, as_editor):
        segment = saved("Prospects of today")
        answer = as_editor.get(reverse("admin:segments_segment_definition", args=[segment.pk]))
        assert answer["Content-Type"] == "application/json; charset=utf-8"
        assert "Prospects of today" in answer["Content-Disposition"]
        Segment.objects.all().delete()
        page = as_editor.post(IMPORT, {"file": SimpleUploadedFile("s.json", answer.content)}, follow=True)
        assert "nothing is saved yet" in text_of(page)
        assert page.context["builder"].name == "Prospects of today"
        assert not Segment.objects.exists()

    def test_a_broken_segment_has_no_file_and_says_why(self, as_editor):
        segment = saved("Broken", {"version": 7})
        address = reverse("admin:segments_segment_definition", args=[segment.pk])
        assert "There is no definition to download yet" in text_of(as_editor.get(address, follow=True))

    def test_only_whoever_may_create_imports(self, as_viewer, as_outsider):
        assert as_viewer.get(IMPORT).status_code == 403
        assert as_outsider.post(IMPORT).status_code == 403


class TestCommand:
    @pytest.fixture
    def run(self, capsys):
        def run(*words):
            call_command("segment", *words)
            return capsys.readouterr().out

        return run

    @pytest.fixture
    def partners(self):
        return [PartnerFactory(pk=pk, name=name) for pk, name in ((1, "Aurora"), (2, "Birch"))]

    def test_lists_and_shows(self, run, partners):
        saved("Prospects", partner_count=2)
        saved("Broken", {"version": 7})
        assert run("list").splitlines() == [
            "           —  Broken  (needs attention: A definition needs “any”.)",
            "           2  Prospects",
        ]
        assert run("show", "prospects").splitlines() == [
            "Prospects",
            "Partners in prospecting stage New.",
            "2 partners",
        ]

    def test_exports_partners(self, run, partners, tmp_path):
        saved("Prospects")
        out = tmp_path / "p.csv"
        said = run("export", "Prospects", "--columns", "name,partner_id", "--output", str(out))
        assert "2 rows written" in said
        assert out.read_text("utf-8-sig").splitlines() == ["Partner ID,Name", "1,Aurora", "2,Birch"]

    def test_moves_a_definition(self, run, partners, tmp_path):
        saved("Prospects")
        out = tmp_path / "s.json"
        run("export-definition", "Prospects", "--output", str(out))
        assert "2 of 2 partners" in run("preview", str(out))
        with pytest.raises(CommandError, match="There is a segment with this name already"):
            run("import-definition", str(out))
        assert "Saved Copy: 2 partners" in run("import-definition", str(out), "--name", "Copy")
        assert "Saved Prospects: 2 partners" in run("import-definition", str(out), "--replace")
        assert Segment.objects.count() == 2

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            (["show", "Nobody"], "There is no segment “Nobody”"),
            (["export", "Prospects", "--columns", "shoe_size"], "There is no column “shoe_size”"),
            (["preview", "/nowhere.json"], "/nowhere.json: "),
        ],
    )
    def test_says_what_is_wrong(self, run, words, reason):
        saved("Prospects")
        with pytest.raises(CommandError, match=reason):
            run(*words)
