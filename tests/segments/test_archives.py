"""Several definitions in a ZIP file: all are saved, or none, and each fault is told by its file's name."""

import json
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest

from segments.archives import MAX_FILES
from segments.models import Segment, SegmentTag
from segments.organizing import give_tags
from tests.factories import PartnerGroupFactory
from tests.segments.forms import JOINED, NEW, any_of, saved, text_of
from tests.segments.screens.test_definition_files import IMPORT, send
from tests.segments.screens.test_ticked_segments import content, post
from tests.segments.test_nesting import naming, within
from tests.segments.test_transfer import picks

pytestmark = pytest.mark.django_db


CENTRAL = b"PK\x01\x02\x14\x03\x14\0"
"""What an entry of a directory begins with; flags follow."""


def displaced(file):
    """The file, whose end says that its directory is elsewhere."""
    at = file.rindex(b"PK\x05\x06") + 12
    return file[:at] + (10**6).to_bytes(4, "little") + file[at + 4 :]


def zipped(packing=ZIP_DEFLATED, /, **files):
    file = BytesIO()
    with ZipFile(file, "w", packing) as archive:
        for name, said in files.items():
            archive.writestr(name, said if isinstance(said, bytes) else json.dumps(said))
    return file.getvalue()


def definition(name, *conditions):
    return {"name": name, **any_of(list(conditions) or [NEW])}


def errors(client, content):
    """What the page says is wrong; nothing is saved then."""
    before = Segment.objects.count()
    answer = send(client, content, name="Definitions.zip")
    assert answer.status_code == 200
    assert Segment.objects.count() == before
    return answer.context["form"].errors.get("file", [])


def names():
    return sorted(Segment.objects.values_list("name", flat=True))


def test_what_was_downloaded_is_imported_again(as_editor, as_viewer):
    group = PartnerGroupFactory(name="VIP")
    inner = saved("Inner", any_of([JOINED]))
    give_tags(inner, ["weekly"])
    segments = [
        inner,
        saved("Outer", naming([within(inner)])),
        saved("Of VIP", picks("partner_group", group.pk)),
    ]
    before = {one.name: one.definition for one in segments}
    file = content(post(as_viewer, "download_definitions", *segments))
    for segment in reversed(segments):
        segment.delete()
    page = text_of(send(as_editor, file, name="Definitions.zip"))
    assert "3 segments saved: " in page
    assert names() == sorted(before)
    assert Segment.objects.get(name="Of VIP").definition == before["Of VIP"]
    named = Segment.objects.get(name="Outer").definition
    assert named == naming([within(Segment.objects.get(name="Inner"))])
    assert list(SegmentTag.objects.values_list("segment__name", "name")) == [("Inner", "weekly")]
    again = text_of(send(as_editor, file, name="Definitions.zip"))
    assert "Here already, and the same: " in again
    assert names() == sorted(before)


def test_one_that_is_wrong_keeps_all_from_being_saved_and_all_are_told(as_editor):
    saved("Taken", any_of([JOINED]))
    found = errors(
        as_editor,
        zipped(**{
            "good.json": definition("Good"),
            "broken.json": b"{",
            "gone.json": {"name": "Gone", **picks("partner_group", {"name": "Nowhere"})},
            "taken.json": definition("taken"),
            "unnamed.json": any_of([NEW]),
        }),
    )  # fmt: skip
    assert found == [
        "broken.json: The file is no JSON: line 1, column 2.",
        "gone.json: There is no group “Nowhere” here.",
        "taken.json: There is a segment with this name already.",
        "unnamed.json: The segment has no name.",
    ]


def test_two_of_one_name_are_one_where_they_mean_the_same(as_editor):
    send(as_editor, zipped(**{"a.json": definition("A"), "b.json": definition("a")}), name="x.zip")
    assert names() == ["A"]
    found = errors(as_editor, zipped(**{"c.json": definition("C"), "d.json": definition("C", JOINED)}))
    assert found == ["d.json: There is a segment with this name already."]


def test_what_finder_adds_is_passed_over(as_editor):
    files = {"a.json": definition("A"), "__MACOSX/._a.json": b"\0", ".DS_Store": b"\0", "folder/": b""}
    send(as_editor, zipped(**files), name="x.zip")
    assert names() == ["A"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (zipped(), "The ZIP file is empty."),
        (zipped(**{"a.txt": b"{}"}), "a.txt: not a definition, whose name ends in .json."),
        (zipped(**{"a.json": definition("A")})[:-30], "The ZIP file can't be read: it is damaged."),
        (b"PK\x03\x04" + b"\0" * 60, "The ZIP file can't be read: it is damaged."),
        (
            zipped(**{f"{n}.json": b"{}" for n in range(MAX_FILES + 1)}),
            f"The ZIP file has more than {MAX_FILES} files.",
        ),
        (
            zipped(**{"a.json": definition("A")}).replace(CENTRAL + b"\0", CENTRAL + b"\x01"),
            "a.json: it has a password.",
        ),
        (zipped(ZIP_LZMA, **{"a.json": definition("A")}), "a.json: it is packed in an unusual way."),
        (
            displaced(zipped(**{"a.json": definition("A")})),
            "The ZIP file can't be read: it is damaged.",
        ),
        (
            zipped(**{"a.json": definition("A")})
            .replace(CENTRAL + b"\0\0", CENTRAL + b"\0\x08")
            .replace(b"a.json", b"\xff.json"),
            "The ZIP file can't be read: it is damaged.",
        ),
    ],
    ids=["empty", "another kind", "cut", "a beginning", "too many", "password", "lzma", "places", "names"],
)
def test_a_file_that_can_not_be_read_is_refused(as_editor, file, reason):
    assert errors(as_editor, file) == [reason]


def test_one_with_a_million_entries_is_refused_before_they_are_read(as_editor, monkeypatch):
    file = bytearray(zipped(**{"a.json": definition("A")}))
    at = file.rindex(b"PK\x05\x06") + 10
    file[at : at + 2] = b"\xff\xff"
    monkeypatch.setattr("segments.archives.ZipFile", None)
    assert errors(as_editor, bytes(file)) == [f"The ZIP file has more than {MAX_FILES} files."]


def test_what_unpacks_to_more_than_a_file_may_have_is_refused(as_editor, change_limits):
    change_limits(segment_file_max_bytes=10_000)
    bomb = zipped(**{"a.json": b" " * 9_000, "b.json": b" " * 9_000})
    assert len(bomb) < 1_000
    assert "b.json" not in (found := errors(as_editor, bomb))
    assert found == ["The files have more than 10,000 bytes altogether."]


def test_a_damaged_member_is_told(as_editor):
    file = bytearray(zipped(**{"a.json": definition("A" * 50)}))
    file[45] ^= 0xFF
    assert errors(as_editor, bytes(file))


def test_is_for_those_who_may_create(as_viewer):
    assert send(as_viewer, zipped(**{"a.json": definition("A")}), name="x.zip").status_code == 403
    assert not Segment.objects.exists()
    assert as_viewer.get(IMPORT).status_code == 403
