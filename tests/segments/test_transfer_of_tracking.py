"""Definition files say whether a segment is tracked; those of before say nothing, and are read as ever."""

import json

import pytest
from django.contrib.auth.models import Permission

from segments.errors import DefinitionFileError
from segments.models import RunKind, Segment, Tracking
from segments.tracking.services import switch_on
from segments.transfer import read, save_along, written
from tests.segments.forms import ADD, NEW, any_of, fields_of, saved, text_of
from tests.segments.screens.test_definition_files import send
from tests.segments.test_archives import zipped
from tests.segments.test_nesting import naming, now, within
from tests.segments.test_segment_command import run
from tests.segments.test_transfer_of_tags import file

pytestmark = pytest.mark.django_db


def tracked(segment, frequency="daily"):
    switch_on(segment=segment, user=None, frequency=frequency)
    return segment


def frequencies():
    return dict(Tracking.objects.values_list("segment__name", "frequency"))


def test_a_file_says_how_often_each_of_its_segments_is_run():
    inner = tracked(saved("Inner", any_of([NEW])), "hourly")
    data = json.loads(written(tracked(saved("Outer", naming([within(inner)]))), now()))
    assert (data["tracked"], data["segments"][0]["tracked"]) == ("daily", "hourly")
    assert "tracked" not in json.loads(written(saved("Other"), now()))


def test_what_comes_along_is_tracked_as_it_was():
    inner = tracked(saved("Inner", any_of([NEW])), "hourly")
    outer = saved("Outer", naming([within(inner)]))
    content = written(outer, now()).encode()
    outer.delete()
    inner.delete()
    save_along(read(content, now()), user=None, moment=now())
    assert frequencies() == {"Inner": "hourly"}


def test_the_builder_switches_tracking_on_once_it_saves(as_editor, editor):
    page = send(as_editor, file(tracked="hourly"))
    assert "Saving switches tracking on: every hour." in text_of(page)
    assert frequencies() == {}
    as_editor.post(ADD, fields_of(page) | {"see_all": "1"})
    as_editor.post(ADD, fields_of(page) | {"save": "1"})
    assert frequencies() == {"Ours": "hourly"}
    tracking = Tracking.objects.get()
    assert tracking.user == editor
    assert tracking.segment.runs.get().kind == RunKind.BASELINE


def test_a_frequency_that_was_tampered_with_tracks_nothing(as_editor):
    page = send(as_editor, file(tracked="hourly"))
    as_editor.post(ADD, fields_of(page) | {"save": "1", "tracked": "always"})
    assert Segment.objects.get().name == "Ours"
    assert frequencies() == {}


def test_the_command_switches_tracking_on(tmp_path):
    path = tmp_path / "ours.json"
    path.write_bytes(file(tracked="daily"))
    run("import-definition", str(path))
    assert frequencies() == {"Ours": "daily"}


@pytest.mark.parametrize("said", ["always", True, 5, [], ""])
def test_what_is_no_frequency_is_refused(said):
    with pytest.raises(DefinitionFileError, match="“tracked” is one of these: hourly, daily"):
        read(file(tracked=said), now())


@pytest.fixture
def as_maker(as_editor, editor):
    """Somebody who may make segments, but not change or track any."""
    editor.user_permissions.remove(Permission.objects.get(codename="change_segment"))
    return as_editor


def test_the_builder_tracks_nothing_for_somebody_who_may_not(as_maker):
    inner = tracked(saved("Inner", any_of([NEW])), "hourly")
    outer = tracked(saved("Outer", naming([within(inner)])))
    content = written(outer, now()).encode()
    outer.delete()
    inner.delete()
    page = send(as_maker, content)
    assert "Not tracked: to track segments takes the permission to change them." in text_of(page)
    assert "Saving switches tracking on" not in text_of(page)
    as_maker.post(ADD, fields_of(page) | {"save": "1", "tracked": "hourly"})
    assert set(Segment.objects.values_list("name", flat=True)) == {"Inner", "Outer"}
    assert frequencies() == {}


def test_an_archive_tracks_nothing_for_somebody_who_may_not(as_maker):
    said = json.loads(file(tracked="hourly"))
    page = text_of(send(as_maker, zipped(**{"ours.json": said}), name="Definitions.zip"))
    assert "“Ours”: Not tracked: to track segments takes the permission to change them." in page
    assert Segment.objects.get().name == "Ours"
    assert frequencies() == {}


def test_an_archive_tracks_for_somebody_who_may(as_editor):
    send(as_editor, zipped(**{"ours.json": json.loads(file(tracked="hourly"))}), name="Definitions.zip")
    assert frequencies() == {"Ours": "hourly"}
