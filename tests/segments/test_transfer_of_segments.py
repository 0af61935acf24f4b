"""Definition files of segments that name others: these come along, whole or not at all."""

import json
from itertools import pairwise

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from segments.definition import Definition
from segments.errors import DefinitionError, DefinitionFileError
from segments.models import Segment
from segments.transfer import read, save_along, written
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.forms import ADD, EXPIRED, JOINED, NEW, any_of, asks, fields_of, saved, text_of
from tests.segments.screens.test_definition_files import IMPORT
from tests.segments.test_nesting import chain, naming, now, store, within
from tests.segments.test_segment_command import refused, run

pytestmark = pytest.mark.django_db


def picking(*names, operator="any_of"):
    """The condition that asks for being in segments of these names, as a file has it."""
    return asks("segment", operator, [{"name": name} for name in names])


def part(name, *groups):
    return {"name": name, **naming(*groups)}


def file(*groups, name="Outer", segments=()):
    return json.dumps({**part(name, *groups), "segments": list(segments)}).encode()


def reason(content):
    with pytest.raises(DefinitionFileError) as error:
        read(content, now())
    return error.value.reasons[0]


def taken(content, name="Outer"):
    """The segment that a file describes, saved with all that come along."""
    found = read(content, now())
    definition, _along = save_along(found, user=None, moment=now())
    return saved(name, definition.to_json())


def meant(segment):
    """What a segment means, with definitions where it names segments; names and keys don't count."""
    data = Segment.objects.get(pk=segment.pk).read().to_json()
    for group in (*data["any"], *data.get("except", ())):
        for condition in group["all"]:
            if condition["field"] == "segment":
                inner = Segment.objects.filter(pk__in=condition["value"])
                condition["value"] = [meant(one) for one in inner.order_by("pk")]
    return data


@pytest.fixture
def outer():
    """A diamond: two segments that name the same one, in a group and in an exception."""
    group = PartnerGroupFactory(name="VIP")
    end = saved("End", any_of([asks("partner_group", "any_of", [group.pk])]))
    left = saved("Left", naming([EXPIRED, within(end)]))
    right = saved("Right", naming([within(end, operator="none_of")]))
    return saved("Outer", {**naming([NEW], [within(left)]), "except": [{"all": [within(right)]}]})


class TestWriting:
    def test_has_each_segment_once_after_those_that_it_names(self, outer):
        data = json.loads(written(outer, now()))
        assert list(data) == ["name", "version", "any", "except", "segments"]
        assert [one["name"] for one in data["segments"]] == ["End", "Left", "Right"]
        [picked] = data["except"][0]["all"][0]["value"]
        assert picked == {"id": Segment.objects.get(name="Right").pk, "name": "Right"}
        assert data["segments"][0]["any"][0]["all"][0]["value"][0]["name"] == "VIP"

    def test_has_no_segments_where_it_names_none(self):
        assert "segments" not in json.loads(written(saved(), now()))

    def test_is_refused_where_one_of_them_is_broken(self, outer):
        store(Segment.objects.get(name="End"), [])
        with pytest.raises(DefinitionError, match="“Outer” → “Left” → “End”"):
            written(outer, now())


class TestReading:
    def test_saves_nothing_by_itself(self):
        found = read(file([picking("A")], segments=[part("A", [NEW])]), now())
        assert [one.name for one in found.along] == ["A"]
        assert not Segment.objects.exists()

    def test_takes_the_segments_of_the_same_name_and_meaning(self, outer):
        content = written(outer, now()).encode()
        found = read(content, now())
        assert (found.along, found.notes) == ((), ())
        assert found.definition == outer.read()

    def test_makes_those_that_are_not_here(self, outer):
        content, before = written(outer, now()).encode(), meant(outer)
        for name in ("Outer", "Left", "Right", "End"):
            Segment.objects.get(name=name).delete()
        assert meant(taken(content)) == before
        assert Segment.objects.count() == 4

    def test_makes_one_that_means_something_else_here_under_another_name(self, outer):
        content, before = written(outer, now()).encode(), meant(outer)
        other = any_of([JOINED])
        store(Segment.objects.get(name="End"), other)
        found = read(content, now())
        assert found.notes == tuple(
            f"“{name}” means something else here: the file's is called “{name} (2)”."
            for name in ("End", "Left", "Right")
        )
        assert meant(taken(content, "Again")) == before
        assert Segment.objects.get(name="End").definition == other
        assert read(content, now()).along == ()

    def test_leaves_out_names_that_are_taken_in_the_file_itself(self):
        saved("A", any_of([JOINED]))
        content = file(
            [picking("A"), picking("A (2)")],
            segments=[part("A", [NEW]), part("A (2)", [EXPIRED])],
        )
        taken(content)
        assert list(Segment.objects.values_list("name", flat=True)) == ["A", "A (2)", "A (2) (2)", "Outer"]

    def test_finds_a_segment_that_does_not_come_along_by_its_name(self):
        inner = saved("Inner")
        assert read(file([picking(" INNER")]), now()).definition == Definition.from_json(
            naming([within(inner)])
        )
        assert reason(file([picking("Gone")])) == "There is no segment “Gone” here."

    @pytest.mark.parametrize(
        ("segments", "path"),
        [
            ([part("A", [picking("A")])], "“Outer” → “A” → “A”"),
            ([part("A", [picking("B")]), part("B", [NEW], [picking("a")])], "“Outer” → “A” → “B” → “A”"),
            ([part("A", [picking("outer")])], "“Outer” → “A” → “Outer”"),
        ],
    )
    def test_refuses_a_circle_and_names_it(self, segments, path):
        content = file([picking("A")], segments=segments)
        assert reason(content) == f"The segments name each other in a circle: {path}."

    def test_refuses_what_is_too_deep(self):
        names = [f"S{number}" for number in range(300)]
        segments = [part(name, [picking(inner)]) for name, inner in pairwise(names)]
        content = file([picking("S0")], segments=[*segments, part(names[-1], [NEW])])
        assert "more than 5 deep: “Outer” → “S0” → “S1” →" in reason(content)
        top = chain(5)[0]
        inner = part("Inner", [asks("segment", "any_of", [{"name": top.name}])])
        assert "“Outer” → “Inner” → “A” → “B”" in reason(file([picking("Inner")], segments=[inner]))

    def test_looks_at_each_segment_once_however_many_name_it(self):
        layers = [[f"S{layer} {number}" for number in range(60)] for layer in range(5)]
        segments = [part(name, [picking(*below)]) for above, below in pairwise(layers) for name in above]
        segments += [part(name, [NEW]) for name in layers[-1]]
        assert "more than 400 conditions" in reason(file([picking(*layers[0])], segments=segments))

    def test_refuses_what_is_too_large(self):
        twenty = [asks("partner_id", "any_of", [key]) for key in range(1, 21)]
        segments = [part("A", *[twenty] * 15), part("B", [picking("A")], [picking("A")])]
        assert "more than 400 conditions: “Outer” → “B” → “A”" in reason(
            file([picking("B")], segments=segments)
        )

    def test_names_what_is_missing_in_any_of_them(self):
        inner = part("A", [asks("partner_group", "any_of", [{"name": "Nope"}])])
        assert reason(file([picking("A")], segments=[inner])) == "There is no group “Nope” here."


class TestOnThePage:
    def send(self, client, content):
        return client.post(IMPORT, {"file": SimpleUploadedFile("a.json", content)}, follow=True)

    def test_saves_what_comes_along_and_leads_to_the_builder(self, as_editor, editor):
        PartnerFactory()
        saved("A", any_of([JOINED]))
        page = self.send(as_editor, file([picking("A"), NEW], segments=[part("A", [NEW])]))
        assert page.redirect_chain[0][0].startswith(ADD)
        assert "Saved already, since it names them: “A (2)”. They stay" in text_of(page)
        assert "“A” means something else here" in text_of(page)
        inner = Segment.objects.get(name="A (2)")
        assert (inner.owner, inner.partner_count) == (editor, 1)
        assert as_editor.post(ADD, fields_of(page) | {"save": "1"}).status_code == 302
        assert Segment.objects.get(name="Outer").references.get().named == inner

    def test_saves_nothing_of_a_file_that_is_refused(self, as_editor):
        segments = [part("A", [NEW]), part("B", [picking("outer")])]
        page = self.send(as_editor, file([picking("A"), picking("B")], segments=segments))
        assert "in a circle: “Outer” → “B” → “Outer”." in text_of(page)
        assert not Segment.objects.exists()

    def test_is_for_those_who_may_create(self, as_viewer):
        page = self.send(as_viewer, file([picking("A")], segments=[part("A", [NEW])]))
        assert page.status_code == 403
        assert not Segment.objects.exists()


class TestOnTheCommandLine:
    def test_is_written_and_read_again(self, outer, tmp_path):
        target = tmp_path / "outer.json"
        run("export-definition", "Outer", "--output", str(target))
        before = meant(outer)
        for name in ("Outer", "Left", "Right", "End"):
            Segment.objects.get(name=name).delete()
        lines = run("import-definition", str(target)).splitlines()
        assert [line.partition(":")[0] for line in lines[:4]] == [
            "Saved End",
            "Saved Left",
            "Saved Right",
            "Saved Outer",
        ]
        assert meant(Segment.objects.get(name="Outer")) == before

    def test_saves_all_or_nothing(self, tmp_path):
        saved("Outer")
        target = tmp_path / "outer.json"
        target.write_bytes(file([picking("A")], segments=[part("A", [NEW])]))
        assert refused("import-definition", str(target)) == "There is a segment with this name already."
        assert Segment.objects.count() == 1

    def test_is_previewed_without_saving(self, tmp_path):
        PartnerFactory()
        target = tmp_path / "outer.json"
        target.write_bytes(file([picking("A")], segments=[part("A", [NEW])]))
        lines = run("preview", str(target)).splitlines()
        assert "“A”" in lines[0]
        assert "1 of 1 partner" in lines
        assert not Segment.objects.exists()
