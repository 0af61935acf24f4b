"""The pages about the versions of a segment: the list, two side by side, and the way back."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given

from partners.core.time_limit import TooSlowError
from partners.models import PartnerGroup
from segments.definition import Definition
from segments.insight import changes
from segments.models import Segment, SegmentVersion
from segments.screens import versions as version_pages
from segments.services import SegmentChangedError, restore_version, save_segment
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.forms import (
    EXPIRED,
    JOINED,
    LIST,
    NEW,
    PROSPECTS,
    any_of,
    asks,
    change,
    partners_of,
    saved,
    text_of,
)
from tests.segments.moments import AT
from tests.segments.query.test_slow_questions import stopping
from tests.segments.screens.test_segment_admin import BROKEN, broken
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db
CONTRADICTION = [JOINED, asks("contract_stage", "none_of", ["joined"])]


def save(*groups, segment=None, name="Prospects", user=None):
    """One more version with these groups."""
    definition = Definition.from_json(any_of(*groups))
    return save_segment(segment=segment, name=name, definition=definition, user=user, moment=AT)


def broken_version(definition):
    """A segment whose second version can't be understood."""
    segment = broken(definition)
    Segment.objects.filter(pk=segment.pk).update(revision=2)
    segment.refresh_from_db()
    SegmentVersion.of(segment).keep()
    return segment


def versions_of(segment):
    return reverse("admin:segments_segment_versions", args=[segment.pk])


def compare(segment, old, new):
    return f"{reverse('admin:segments_segment_compare', args=[segment.pk])}?old={old}&new={new}"


def restore(segment, revision):
    return reverse("admin:segments_segment_restore", args=[segment.pk, revision])


def revisions(answer):
    return [row.version.revision for row in answer.context["rows"]]


@pytest.fixture
def segment(editor):
    """Three versions: New, then New or Expired, then that under another name."""
    PartnerFactory(name="Newt", prospecting_stage="new")
    PartnerFactory(name="Exa", prospecting_stage="expired")
    PartnerFactory(name="Exb", prospecting_stage="expired")
    made = save([NEW], user=editor)
    save([NEW], [EXPIRED], segment=made, user=editor)
    return save([NEW], [EXPIRED], segment=made, user=editor, name="Old or new")


class TestList:
    def test_shows_each_version_newest_first_with_who_size_and_what_changed(self, as_viewer, segment):
        answer = as_viewer.get(versions_of(segment))
        page = text_of(answer)
        assert revisions(answer) == [3, 2, 1]
        for part in (
            "<title>Versions of Old or new",
            "by editor",
            "3 partners then",
            "1 partner then",
            "<strong>renamed</strong>: “Prospects” → “Old or new”",
            "<strong>added a group</strong>: partners in prospecting stage Expired",
            "<strong>created</strong>: Partners in prospecting stage New.",
        ):
            assert part in page
        assert page.count("Now</span>") == 1

    def test_is_reached_from_the_segments_screen_the_builder_and_the_partners(self, as_viewer, segment):
        for address in (LIST, change(segment), partners_of(segment)):
            assert f'href="{versions_of(segment)}"' in text_of(as_viewer.get(address))

    def test_says_where_counting_took_too_long(self, as_viewer, segment, monkeypatch):
        monkeypatch.setattr("segments.services.time_limit", stopping(TooSlowError))
        save([EXPIRED], segment=segment)
        page = as_viewer.get(versions_of(segment))
        assert "not counted then" in text_of(page)

    @pytest.mark.parametrize("name", BROKEN)
    def test_shows_what_somebody_broke_in_the_database(self, as_editor, segment, name):
        Segment.objects.filter(pk=segment.pk).delete()
        other = broken_version(BROKEN[name][0])
        assert "matches no partner" in text_of(as_editor.get(versions_of(other)))
        save([NEW], segment=other)
        page = text_of(as_editor.get(versions_of(other)))
        assert "<strong>mended</strong>: Partners in prospecting stage New." in page

    def test_calls_none_now_where_the_definition_was_written_past_the_model(self, as_viewer, segment):
        Segment.objects.update(definition=any_of([JOINED]))
        answer = as_viewer.get(versions_of(segment))
        assert revisions(answer) == [3, 2, 1]
        assert "Now</span>" not in text_of(answer)

    def test_names_what_was_deleted_since_as_it_was_called(self, as_viewer):
        group = PartnerGroupFactory(name="Blocked")
        segment = save([NEW])
        save([NEW, asks("partner_group", "none_of", [group.pk])], segment=segment)
        save([NEW], segment=segment)
        group.delete()
        page = text_of(as_viewer.get(versions_of(segment)))
        assert "<strong>added</strong>: Partner Group is none of “Blocked”" in page
        assert "<strong>removed</strong>: Partner Group is none of “Blocked”" in page
        assert "(deleted)" not in page

    def test_shows_names_as_text(self, as_viewer):
        segment = save([asks("partner_name", "contains", "<b>x</b>")], name="<i>One</i>")
        save([asks("partner_name", "contains", "<u>y</u>")], segment=segment, name="<i>Two</i>")
        page = text_of(as_viewer.get(versions_of(segment)))
        for tag in ("<b>", "<u>", "<i>"):
            assert tag not in page

    def test_of_a_segment_that_is_gone_is_not_there(self, as_viewer):
        assert as_viewer.get(versions_of(Segment(pk=404_404))).status_code == 404

    @pytest.mark.parametrize(("asked", "first"), [("", 61), ("2", 36), ("3", 11), ("99", 11), ("x", 61)])
    def test_comes_in_pages(self, as_viewer, asked, first):
        segment = save([NEW])
        for number in range(60):
            save([NEW], [asks("partner_id", "any_of", [number + 1])], segment=segment)
        answer = as_viewer.get(versions_of(segment), {"page": asked})
        assert revisions(answer)[0] == first
        assert all(row.lines for row in answer.context["rows"] if row.version.revision > 1)
        assert "of 61" in text_of(answer)

    def test_costs_the_same_however_many_versions_and_names(self, as_viewer):
        segment = save([NEW])
        costs = []
        for many in (2, 30):
            for number in range(many):
                group = PartnerGroupFactory()
                save([asks("partner_group", "any_of", [group.pk, number + 1])], segment=segment)
            with CaptureQueriesContext(connection) as captured:
                as_viewer.get(versions_of(segment))
            costs.append(len(captured))
        assert costs[0] == costs[1]

    def test_ends_with_the_last_count(self, as_viewer, segment):
        assert as_viewer.get(versions_of(segment)).context["chart"].most == 3
        Segment.objects.update(partner_count=40, counted_at=timezone.now() + timedelta(minutes=1))
        assert as_viewer.get(versions_of(segment)).context["chart"].most == 40

    def test_is_drawn_of_a_segment_that_is_deleted_meanwhile(self, as_editor, segment, monkeypatch):
        segment.versions.all()._raw_delete("default")
        monkeypatch.setattr("segments.screens.versions.Paginator.count", 1)
        assert as_editor.get(versions_of(segment)).status_code == 200


class TestComparison:
    def test_shows_what_differs_and_who_moves_with_the_data_of_today(self, as_viewer, segment):
        PartnerFactory(name="Exc", prospecting_stage="expired")
        page = text_of(as_viewer.get(compare(segment, 1, 3)))
        for part in (
            "renamed",
            "added a group",
            "+3 enter",
            "Exa",
            "Exb",
            "Exc",
            "See all 3",
            "No partner leaves",
        ):
            assert part in page
        page = text_of(as_viewer.get(compare(segment, 3, 1)))
        for part in ("removed a group", "No partner enters", "\u22123 leave"):
            assert part in page

    def test_leads_to_all_of_them(self, as_viewer, segment):
        page = as_viewer.get(compare(segment, 3, 1))
        answer = as_viewer.get(page.context["left"])
        assert [partner.name for partner in answer.context["page"].partners] == ["Exa", "Exb"]
        assert answer.context["title"] == "Who leaves “Old or new”"
        assert "In version 3 and not in version 1" in text_of(answer)
        assert as_viewer.get(answer.context["back"]).status_code == 200
        assert not as_viewer.get(page.context["entered"]).context["page"].partners
        filtered = as_viewer.get(page.context["left"], {"name": "exb"})
        assert [partner.name for partner in filtered.context["page"].partners] == ["Exb"]

    def test_says_where_nothing_differs(self, as_viewer, segment):
        page = text_of(as_viewer.get(compare(segment, 2, 2)))
        assert "they ask the same" in page
        assert "No partner enters or leaves" in page

    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            ("1", "99", "There is no version 99 of this segment."),
            ("x", "1", "Enter a whole number."),
            ("", "1", "This field is required."),
            ("0", "1", "At least 1."),
            ("9" * 30, "1", "At most "),
        ],
    )
    def test_of_what_is_no_version_is_refused_beside_its_number(self, as_viewer, segment, old, new, problem):
        answer = as_viewer.get(compare(segment, old, new))
        assert answer.status_code == 200
        assert problem in text_of(answer)
        assert revisions(answer) == [3, 2, 1]

    def test_of_another_segments_versions_shows_nothing_of_them(self, as_viewer, segment):
        other = save([NEW], name="Other")
        assert "There is no version 3" in text_of(as_viewer.get(compare(other, 1, 3)))
        address = reverse("admin:segments_segment_entered", args=[other.pk, 1, 3])
        assert as_viewer.get(address).status_code == 404

    def test_says_so_where_it_takes_too_long(self, as_viewer, segment, monkeypatch):
        monkeypatch.setattr(changes, "time_limit", stopping(TooSlowError))
        assert "Finding them took too long." in text_of(as_viewer.get(compare(segment, 1, 3)))

    def test_survives_a_broken_version(self, as_viewer, segment):
        segment.definition = {"version": 2}
        segment.save()
        save([NEW], segment=segment)
        assert "\u22123 leave" in text_of(as_viewer.get(compare(segment, 3, 4)))
        assert "+1 enters" in text_of(as_viewer.get(compare(segment, 4, 5)))


@law(60)
@given(programs(), definitions, definitions)
def test_who_is_said_to_move_are_the_differences_of_the_sets(program, before, after):
    with stored(program):
        segment = saved("Prospects", before)
        first, second = (
            SegmentVersion(segment=segment, definition=one, name="x", revision=number)
            for number, one in enumerate((before, after), start=1)
        )
        found = version_pages.today(first, second, AT)
        enters = matching(after, program) - matching(before, program)
        leaves = matching(before, program) - matching(after, program)
        assert {partner.pk for partner in found.enter.partners} == enters
        assert {partner.pk for partner in found.leave.partners} == leaves


class TestRestoring:
    def test_shows_first_what_it_would_change(self, as_editor, segment):
        page = text_of(as_editor.get(restore(segment, 1)))
        for part in ("Restore version 1", "removed a group", "renamed", "\u22122 leave", "Exa"):
            assert part in page
        assert Segment.objects.get().revision == 3

    def test_makes_a_new_version_and_writes_down_who(self, as_editor, editor, segment):
        answer = as_editor.post(restore(segment, 1), {"seen": "3"}, follow=True)
        now = Segment.objects.get()
        assert (now.name, now.definition, now.revision) == ("Prospects", PROSPECTS, 4)
        assert (now.changed_by, now.partner_count) == (editor, 1)
        newest = now.versions.all()[0]
        assert (newest.revision, newest.restores, newest.user_name) == (4, 1, "editor")
        assert "Version 1 is back, as version 4: 1 partner." in text_of(answer)
        assert "Version 1 restored" in text_of(answer)
        entry = LogEntry.objects.latest("pk")
        assert (entry.user, entry.get_change_message()) == (editor, "Restored version 1.")

    @pytest.mark.parametrize("seen", ["2", "", "x", "9" * 40])
    def test_is_held_back_if_somebody_saved_meanwhile(self, as_editor, segment, seen):
        answer = as_editor.post(restore(segment, 1), {"seen": seen}, follow=True)
        assert "saved this segment meanwhile. Nothing was restored" in text_of(answer)
        assert Segment.objects.get().revision == 3
        assert 'name="seen" value="3"' in text_of(answer)

    def test_keeps_the_present_name_where_the_former_is_taken(self, as_editor, segment):
        save([NEW], name="PROSPECTS")
        page = text_of(as_editor.get(restore(segment, 1)))
        assert "Another segment is called “Prospects” now, so this one stays “Old or new”." in page
        assert "renamed" not in page
        as_editor.post(restore(segment, 1), {"seen": "3"})
        segment.refresh_from_db()
        assert (segment.name, segment.definition) == ("Old or new", PROSPECTS)

    def test_of_what_names_something_deleted_says_so_and_needs_attention(self, as_editor):
        group = PartnerGroupFactory(name="Blocked")
        key = group.pk
        PartnerFactory()
        segment = save([asks("partner_group", "any_of", [key])], [NEW])
        save([NEW], segment=segment)
        PartnerGroup.objects.all().delete()
        said = f"Partner Group names what has been deleted: {key}."
        page = text_of(as_editor.get(restore(segment, 1)))
        assert said in page
        assert "in group (deleted)" in page
        answer = as_editor.post(restore(segment, 1), {"seen": "2"}, follow=True)
        assert f"Needs attention: {said}" in text_of(answer)
        segment.refresh_from_db()
        assert segment.definition == any_of([asks("partner_group", "any_of", [key])], [NEW])
        assert segment.partner_count == 1

    def test_says_what_a_group_is_called_today(self, as_editor):
        group = PartnerGroupFactory(name="VIP")
        segment = save([asks("partner_group", "any_of", [group.pk])])
        save([NEW], segment=segment)
        group.name = "Best"
        group.save()
        page = text_of(as_editor.get(restore(segment, 1)))
        assert "Partners in group “VIP”." in page
        assert "In the names of today: Partners in group “Best”." in page

    @pytest.mark.parametrize("revision", [1, 3])
    def test_of_what_the_segment_is_now_is_not_offered(self, as_editor, segment, revision):
        as_editor.post(restore(segment, 1), {"seen": "3"})
        revision = {1: 1, 3: 4}[revision]
        answer = as_editor.get(restore(segment, revision))
        assert "The segment is like this now." in text_of(answer)
        as_editor.post(restore(segment, revision), {"seen": "4"})
        assert Segment.objects.get().revision == 4

    @pytest.mark.parametrize("name", BROKEN)
    def test_of_a_broken_version_is_refused(self, as_editor, name):
        segment = broken_version(BROKEN[name][0])
        save([NEW], segment=segment)
        page = text_of(as_editor.get(restore(segment, 2)))
        assert "can&#x27;t be restored" in page
        assert BROKEN[name][1].replace("'", "&#x27;") in page
        assert as_editor.post(restore(segment, 2), {"seen": "3"}).status_code == 200
        assert Segment.objects.get().definition == PROSPECTS

    def test_of_what_nobody_can_ever_meet_is_refused(self, as_editor):
        segment = save(CONTRADICTION)
        save([NEW], segment=segment)
        for answer in (
            as_editor.get(restore(segment, 1)),
            as_editor.post(restore(segment, 1), {"seen": "2"}),
        ):
            assert "no partner can ever meet a part of it" in text_of(answer)
        assert Segment.objects.get().definition == PROSPECTS

    def test_of_a_version_that_is_not_there_is_not_found(self, as_editor, segment):
        assert as_editor.get(restore(segment, 99)).status_code == 404
        assert as_editor.post(restore(segment, 99), {"seen": "3"}).status_code == 404

    def test_over_what_was_written_past_the_model_shows_what_that_changes(self, as_editor, segment):
        Segment.objects.update(definition=any_of([JOINED]))
        page = text_of(as_editor.get(restore(segment, 1)))
        assert "<strong>removed a group</strong>: partners with a contract that is Joined" in page
        as_editor.post(restore(segment, 1), {"seen": "3"})
        newest = segment.versions.first()
        assert (newest.revision, newest.definition) == (4, PROSPECTS)

    def test_by_the_service_checks_the_revision(self, segment, editor):
        version = segment.versions.get(revision=1)
        with pytest.raises(SegmentChangedError):
            restore_version(version=version, user=editor, revision=2, moment=AT)


class TestPermissions:
    def test_a_viewer_sees_versions_and_restores_none(self, as_viewer, segment):
        for address in (versions_of(segment), compare(segment, 1, 3)):
            assert "Restore" not in text_of(as_viewer.get(address))
        assert as_viewer.get(restore(segment, 1)).status_code == 403
        assert as_viewer.post(restore(segment, 1), {"seen": "3"}).status_code == 403
        assert Segment.objects.get().revision == 3

    def test_an_outsider_sees_nothing(self, as_outsider, segment):
        lists = [
            reverse(f"admin:segments_segment_{way}", args=[segment.pk, 1, 3]) for way in ("entered", "left")
        ]
        for address in (versions_of(segment), compare(segment, 1, 3), restore(segment, 1), *lists):
            for answer in (as_outsider.get(address), as_outsider.post(address, {"seen": "3"})):
                assert answer.status_code == 403
                assert "Prospects" not in text_of(answer)
        assert Segment.objects.get().revision == 3

    def test_a_restoration_needs_the_token_of_the_page(self, editor, segment):
        client = Client(enforce_csrf_checks=True)
        client.force_login(editor)
        assert client.post(restore(segment, 1), {"seen": "3"}).status_code == 403
        assert Segment.objects.get().revision == 3
