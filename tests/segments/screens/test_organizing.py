"""Keeping many segments in order: favourites, tags, owners, the archive, and what is not used any more."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from segments.models import Segment, SegmentFavourite, SegmentTag
from tests.factories import PartnerFactory, UserFactory
from tests.segments.forms import AUTOCOMPLETE, LIST, any_of, asks, change, partners_of, saved, text_of

pytestmark = pytest.mark.django_db


def listed(client, **query):
    return [segment.name for segment in client.get(LIST, query).context["cl"].result_list]


def press(client, action, *segments, query="", **posted):
    ticked = [segment.pk for segment in segments]
    return client.post(
        f"{LIST}{query}", {"action": action, "_selected_action": ticked, **posted}, follow=True
    )


def press_in_row(client, action, segment, query=""):
    return client.post(f"{LIST}{query}", {"row": f"{action}:{segment.pk}"}, follow=True)


def said_of(segment):
    return [entry.change_message for entry in LogEntry.objects.filter(object_id=segment.pk)]


class TestFavourites:
    def test_come_first_and_are_each_users_own(self, as_viewer, as_editor):
        for name in ("Alpha", "Beta", "Gamma"):
            saved(name)
        press_in_row(as_viewer, "turn_favourite", Segment.objects.get(name="Gamma"))
        assert listed(as_viewer) == ["Gamma", "Alpha", "Beta"]
        assert listed(as_viewer, favourite="yes") == ["Gamma"]
        assert listed(as_editor) == ["Alpha", "Beta", "Gamma"]
        assert listed(as_editor, favourite="yes") == []

    def test_are_turned_off_by_the_same_button(self, as_viewer):
        segment = saved()
        for pressed in ("true", "false"):
            page = text_of(press_in_row(as_viewer, "turn_favourite", segment))
            assert f'aria-pressed="{pressed}"' in page
        assert not SegmentFavourite.objects.exists()

    def test_stand_in_no_toolbar(self, as_viewer):
        saved()
        assert 'name="action" value="turn_favourite"' not in text_of(as_viewer.get(LIST))

    def test_leave_with_their_segment_or_their_user(self, as_viewer, viewer):
        segment, other = saved("One"), saved("Other")
        for one in (segment, other):
            press_in_row(as_viewer, "turn_favourite", one)
        segment.delete()
        viewer.delete()
        assert not SegmentFavourite.objects.exists()


class TestArchive:
    def test_takes_segments_out_of_the_list_and_gives_them_back(self, as_editor):
        one, other = saved("One"), saved("Other")
        page = text_of(press(as_editor, "archive", one))
        assert "Archived “One”." in page
        assert listed(as_editor) == ["Other"]
        assert listed(as_editor, archived="yes") == ["One"]
        assert "Restored “One”." in text_of(press(as_editor, "restore", one, query="?archived=yes"))
        assert listed(as_editor) == ["One", "Other"]
        assert said_of(one) == ["Restored from the archive.", "Archived."]
        assert said_of(other) == []

    def test_says_of_many_how_many_changed(self, as_editor):
        segments = [saved(f"Segment {number}") for number in range(3)]
        press(as_editor, "archive", segments[0])
        assert "Archived 2 segments." in text_of(press(as_editor, "archive", *segments, query="?names="))
        assert len(said_of(segments[0])) == 1

    def test_offers_one_way_only(self, as_editor):
        segment = saved()
        page = text_of(as_editor.get(LIST))
        assert 'value="archive"' in page
        assert 'value="restore"' not in page
        press(as_editor, "archive", segment)
        page = text_of(as_editor.get(LIST, {"archived": "yes"}))
        assert 'value="archive"' not in page
        assert 'value="restore"' in page

    def test_leaves_the_choices_of_other_screens(self, as_editor):
        saved("Kept")
        gone = saved("Put away")
        press(as_editor, "archive", gone)
        query = {
            "term": "",
            "app_label": "segments",
            "model_name": "segmentreference",
            "field_name": "named",
        }
        found = as_editor.get(AUTOCOMPLETE, query).json()["results"]
        assert [one["text"] for one in found] == ["Kept"]
        partners = "/admin/partners/partner/"
        assert "Put away" not in text_of(as_editor.get(partners))
        chosen = text_of(as_editor.get(partners, {"segment": gone.pk}))
        assert "Put away" in chosen
        assert "(deleted)" not in chosen

    def test_goes_on_to_answer_where_it_is_named(self, as_editor):
        partner = PartnerFactory(prospecting_stage="new")
        inner = saved("Inner")
        outer = saved("Outer", any_of([asks("segment", "any_of", [inner.pk])]))
        press(as_editor, "archive", inner)
        assert [one.pk for one in as_editor.get(partners_of(outer)).context["page"].partners] == [partner.pk]
        assert as_editor.get(change(inner)).status_code == 200
        assert "Inner" in text_of(as_editor.get(LIST))
        assert "Needs attention" not in text_of(as_editor.get(change(outer)))

    def test_is_listed_with_what_names_a_row(self, as_editor):
        inner = saved("Inner")
        outer = saved("Outer", any_of([asks("segment", "any_of", [inner.pk])]))
        press(as_editor, "archive", outer)
        assert listed(as_editor, names=f"named:{inner.pk}") == ["Outer"]


class TestOwner:
    def test_is_asked_for_and_changed(self, as_editor, viewer):
        segments = [saved("One"), saved("Other")]
        page = text_of(press(as_editor, "change_owner", *segments, index="0"))
        assert "Change the owner of 2 segments" in page
        page = text_of(press(as_editor, "change_owner", *segments, owner=viewer.pk, confirm="yes"))
        assert "Owner of 2 segments: viewer." in page
        assert set(Segment.objects.values_list("owner__username", flat=True)) == {"viewer"}
        assert said_of(segments[0]) == ["Owner: viewer."]
        assert listed(as_editor, owner__id__exact=viewer.pk) == ["One", "Other"]

    def test_has_to_be_somebody_who_may_see_segments(self, as_editor, outsider, editor):
        segment = saved(owner=editor)
        page = text_of(press(as_editor, "change_owner", segment, owner=outsider.pk, confirm="yes"))
        assert "outsider may not see segments." in page
        for nobody in ("", "x", UserFactory(is_staff=False).pk):
            press(as_editor, "change_owner", segment, owner=nobody, confirm="yes")
        segment.refresh_from_db()
        assert segment.owner == editor


class TestTags:
    def test_are_added_and_removed_in_any_letters(self, as_editor):
        one, other = saved("One"), saved("Other")
        page = press(as_editor, "change_tags", one, other, added=" Outreach, q3 ,, OUTREACH", confirm="yes")
        assert "Changed the tags of 2 segments." in text_of(page)
        assert listed(as_editor, tag="outreach") == ["One", "Other"]
        press(as_editor, "change_tags", one, added="", removed=["outreach"], confirm="yes")
        assert listed(as_editor, tag="outreach") == ["Other"]
        assert listed(as_editor, tag=["outreach", "q3"]) == ["One", "Other"]
        assert said_of(one) == ["No longer tagged outreach.", "Tagged OUTREACH, tagged q3."]

    @pytest.mark.parametrize(
        ("posted", "message"),
        [
            ({"added": " , "}, "Name a tag to add, or tick one to remove."),
            ({"added": "x" * 41}, "A tag has at most 40 characters."),
            ({"added": "a\nb"}, "has a character that"),
            ({"added": ",".join(f"t{number}" for number in range(21))}, "Add at most 20 tags at once."),
            ({"added": "Ours", "removed": ["ours"]}, "be added and removed."),
            ({"added": "", "removed": ["theirs"]}, "“theirs” is none of the choices."),
        ],
    )
    def test_that_can_not_be_are_refused(self, as_editor, posted, message):
        segment = saved()
        press(as_editor, "change_tags", segment, added="Ours", confirm="yes")
        page = text_of(press(as_editor, "change_tags", segment, confirm="yes", **posted))
        assert message in page
        assert [tag.name for tag in segment.tags.all()] == ["Ours"]

    def test_leave_with_their_segment(self, as_editor):
        segment = saved()
        press(as_editor, "change_tags", segment, added="Ours", confirm="yes")
        page = text_of(as_editor.get(f"{LIST}{segment.pk}/delete/"))
        assert "Ours" not in page
        segment.delete()
        assert not SegmentTag.objects.exists()


class TestAttentionAndUse:
    def test_what_needs_attention_is_found(self, as_viewer):
        saved("Fine")
        broken = saved("Broken")
        Segment.objects.filter(pk=broken.pk).update(definition={"version": 9})
        assert listed(as_viewer, attention="yes") == ["Broken"]

    def test_what_was_not_used_for_long_is_found_unless_another_one_names_it(
        self, as_viewer, django_capture_on_commit_callbacks
    ):
        long_ago = timezone.now() - timedelta(days=91)
        names = ("Listed", "Opened", "Exported", "Named", "Forgotten")
        segments = {name: saved(name, used_at=long_ago) for name in names}
        saved("Naming", any_of([asks("segment", "any_of", [segments["Named"].pk])]))
        assert len(listed(as_viewer, unused="yes")) == 4
        with django_capture_on_commit_callbacks() as noted:
            as_viewer.get(partners_of(segments["Listed"]))
            as_viewer.get(change(segments["Opened"]))
            as_viewer.get(f"{LIST}{segments['Exported'].pk}/export/")
            # Pages are snapshots, in which nothing is written.
            assert len(listed(as_viewer, unused="yes")) == 4
        for note in noted:
            note()
        assert listed(as_viewer, unused="yes") == ["Forgotten"]


@pytest.mark.parametrize("action", ["archive", "restore", "change_owner", "change_tags"])
def test_those_who_may_only_look_change_nothing(as_viewer, viewer, action):
    segment = saved(archived_at=timezone.now() if action == "restore" else None)
    query = "?archived=yes" if action == "restore" else ""
    assert f'value="{action}' not in text_of(as_viewer.get(f"{LIST}{query}"))
    press(as_viewer, action, segment, query=query, owner=viewer.pk, added="Ours", confirm="yes")
    press_in_row(as_viewer, action, segment, query=query)
    again = Segment.objects.get()
    assert (again.archived_at, again.owner, again.tags.count()) == (segment.archived_at, None, 0)
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("key", ["", ":", ":x", ":1\0", f":{'9' * 30}"])
def test_buttons_of_rows_that_can_not_be_change_nothing(as_editor, key):
    saved()
    assert as_editor.post(LIST, {"row": f"archive{key}"}, follow=True).status_code == 200
    assert Segment.objects.in_use().count() == 1
