"""Tags come along in definition files; files without any are read as ever."""

import json

import pytest

from segments.errors import DefinitionFileError
from segments.models import Segment
from segments.organizing import give_tags
from segments.transfer import read, save_along, written
from tests.segments.builder.test_relogin import log_in
from tests.segments.forms import ADD, NEW, PROSPECTS, any_of, fields_of, saved, text_of
from tests.segments.screens.test_definition_files import send
from tests.segments.test_nesting import naming, now, within
from tests.segments.test_segment_command import run

pytestmark = pytest.mark.django_db


def tagged(segment, *tags):
    give_tags(segment, tags)
    return segment


def tags_of(name):
    return [tag.name for tag in Segment.objects.get(name=name).tags.all()]


def file(**said):
    return json.dumps({"name": "Ours", **PROSPECTS, **said}).encode()


def test_a_file_has_the_tags_of_each_of_its_segments():
    inner = tagged(saved("Inner", any_of([NEW])), "weekly")
    outer = tagged(saved("Outer", naming([within(inner)])), "Émail", "b")
    data = json.loads(written(outer, now()))
    assert data["tags"] == ["b", "Émail"]
    assert data["segments"][0]["tags"] == ["weekly"]
    assert list(data)[:2] == ["name", "tags"]
    assert "tags" not in json.loads(written(saved("Other"), now()))


def test_what_comes_along_is_tagged_as_it_was():
    inner = tagged(saved("Inner", any_of([NEW])), "weekly", "e-mail")
    outer = saved("Outer", naming([within(inner)]))
    content = written(outer, now()).encode()
    outer.delete()
    inner.delete()
    save_along(read(content, now()), user=None, moment=now())
    assert tags_of("Inner") == ["e-mail", "weekly"]


def test_the_builder_gives_them_once_it_saves(as_editor):
    page = send(as_editor, file(tags=["weekly", " e-mail "]))
    assert "Saving tags it too: weekly, e-mail." in text_of(page)
    seen = as_editor.post(ADD, fields_of(page) | {"see_all": "1"})
    assert seen.status_code == 302
    as_editor.post(ADD, fields_of(page) | {"save": "1"})
    assert tags_of("Ours") == ["e-mail", "weekly"]


def test_they_outlive_the_login(as_editor, as_nobody, editor):
    editor.set_password("correct horse")
    editor.save()
    as_editor.force_login(editor)
    page = send(as_editor, file(tags=["weekly", "e-mail"]))
    asked = as_nobody.post(ADD, fields_of(page) | {"save": "1"})
    again = log_in(as_nobody, asked, password="correct horse")
    as_nobody.post(ADD, fields_of(again) | {"save": "1"})
    assert tags_of("Ours") == ["e-mail", "weekly"]


@pytest.mark.parametrize("tag", ["x" * 41, "\x07"])
def test_what_can_be_no_tag_is_refused_by_the_builder_too(as_editor, tag):
    page = send(as_editor, file())
    answer = as_editor.post(ADD, fields_of(page) | {"tags": [tag], "save": "1"})
    assert "Not saved yet: " in text_of(answer)
    assert not Segment.objects.exists()


def test_a_command_gives_them_besides_those_that_are_there(tmp_path):
    tagged(saved("Ours", any_of([NEW])), "Weekly", "own")
    path = tmp_path / "ours.json"
    path.write_bytes(file(tags=["weekly", "e-mail"]))
    run("import-definition", str(path), "--replace")
    assert tags_of("Ours") == ["e-mail", "own", "Weekly"]


def test_a_file_without_tags_gives_none(as_editor):
    assert read(file(), now()).tags == ()
    page = send(as_editor, file())
    as_editor.post(ADD, fields_of(page) | {"save": "1"})
    assert tags_of("Ours") == []


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("weekly", "have to be a list of texts"),
        ([1], "have to be a list of texts"),
        ({"a": 1}, "have to be a list of texts"),
        (None, "have to be a list of texts"),
        (["x" * 41], "A tag has at most 40 characters."),
        (["a\0"], "A tag has a character that no tag can have."),
    ],
)
def test_what_can_be_no_tag_is_refused(tags, reason):
    with pytest.raises(DefinitionFileError, match=reason):
        read(file(tags=tags), now())
