"""Switching tracking on, changing, pausing and ending it, and a run at once: pages, and who may."""

import pytest
from django.urls import reverse

from segments import permissions
from segments.models import Run, RunState, Segment, Stay, Tracking
from segments.tracking import queue
from tests.segments.forms import partners_of, text_of
from tests.segments.tracking.clock import in_group, run_all, segment_of

pytestmark = pytest.mark.django_db
DAILY = {"frequency": "daily", "guard_percent": "20"}


def page_of(segment, name="tracking"):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def send(client, segment, name="tracking", **data):
    return text_of(client.post(page_of(segment, name), data, follow=True))


def test_a_segment_that_is_not_tracked_offers_it_to_those_who_may(as_editor, as_viewer, segment):
    link = f'href="{page_of(segment)}"'
    assert link in text_of(as_editor.get(partners_of(segment)))
    assert link not in text_of(as_viewer.get(partners_of(segment)))
    assert "This segment is not tracked" in text_of(as_viewer.get(page_of(segment, "changes")))


def test_it_is_switched_on_as_chosen_and_the_first_run_is_told_to_come(clock, as_editor, editor, segment):
    page = send(as_editor, segment, frequency="hourly", guard_percent="")
    tracking = Tracking.objects.get()
    assert (tracking.frequency, tracking.guard_percent, tracking.user) == ("hourly", None, editor)
    assert "Tracked from now on." in page
    assert "The first run is still to come" in page


@pytest.mark.parametrize("guard", ["0", "101", "-1", "x", "9" * 40])
def test_a_share_that_is_none_is_refused_next_to_its_field(clock, as_editor, segment, guard):
    page = send(as_editor, segment, frequency="daily", guard_percent=guard)
    assert 'aria-invalid="true"' in page
    assert not Tracking.objects.exists()


def test_it_is_paused_goes_on_and_is_changed(clock, as_editor, tracked):
    assert "Tracking is paused." in send(as_editor, tracked, **DAILY, pause="1")
    assert Tracking.objects.get().paused
    assert "tracking is paused" in text_of(as_editor.get(partners_of(tracked)))
    send(as_editor, tracked, frequency="hourly", guard_percent="20")
    assert (Tracking.objects.get().paused, Tracking.objects.get().frequency) == (True, "hourly")
    assert "Tracking goes on." in send(as_editor, tracked, **DAILY, resume="1")
    assert not Tracking.objects.get().paused


def test_a_run_that_another_one_overtook_is_told_to_be_made_just_now(clock, as_editor, tracked, monkeypatch):
    def be_overtaken(run):
        queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
        queue.give_back(run, clock.now)

    monkeypatch.setattr("segments.tracking.services.carry_out", be_overtaken)
    assert "It is being run just now." in send(as_editor, tracked, "track_now")
    assert Run.objects.filter(state=RunState.DISCARDED).exists()


def test_it_is_switched_off_once_that_is_confirmed(clock, as_editor, tracked):
    page = text_of(as_editor.get(page_of(tracked, "tracking_off")))
    assert "Its history since 28 Nov 2026 is deleted" in page
    assert Tracking.objects.exists()
    assert "Not tracked any more." in send(as_editor, tracked, "tracking_off")
    assert not Tracking.objects.exists()
    assert not Stay.objects.exists()


def test_nothing_is_to_be_switched_off_where_nothing_is_tracked(as_editor, segment):
    assert as_editor.get(page_of(segment, "tracking_off"))["Location"] == page_of(segment)


def test_a_run_at_once_says_what_came_of_it(clock, as_editor, segment, group):
    send(as_editor, segment, **DAILY)
    assert "The first run is made: 10 partners are in it." in send(as_editor, segment, "track_now")
    group.partners.add(11, 12)
    group.partners.remove(1)
    clock.turn(hours=1)
    assert "The run is made: 2 entered, 1 left." in send(as_editor, segment, "track_now")


def test_a_run_at_once_says_that_a_worker_is_at_it(clock, as_editor, segment):
    send(as_editor, segment, **DAILY)
    queue.claim("one", clock.now)
    assert "It is being run just now." in send(as_editor, segment, "track_now")


def test_a_run_at_once_says_what_went_wrong(clock, as_editor, tracked):
    tracked.definition = {"version": 7}
    tracked.save()
    page = send(as_editor, tracked, "track_now")
    assert "The run failed:" in page
    assert "It is tried again at" in page


def test_a_segment_whose_run_failed_for_good_needs_attention_until_one_is_good(clock, as_editor, tracked):
    run = Run.objects.create(segment=tracked, kind="manual", state=RunState.FAILED, due_at=clock.now)
    Run.objects.filter(pk=run.pk).update(at=clock.now.replace(hour=13), error="The disk is full.")
    words = "Its last run failed: The disk is full."
    assert words in text_of(as_editor.get(partners_of(tracked)))
    listed = reverse("admin:segments_segment_changelist", query={"attention": "yes"})
    assert words in text_of(as_editor.get(listed))
    clock.turn(days=1)
    run_all(clock)
    assert words not in text_of(as_editor.get(partners_of(tracked)))
    assert tracked.name not in text_of(as_editor.get(listed)).partition("<tbody>")[2]


@pytest.mark.parametrize("name", ["tracking", "tracking_off", "track_now", "settle"])
def test_of_those_who_may_not_nothing_is_taken(as_viewer, as_outsider, tracked, name):
    for client in (as_viewer, as_outsider):
        answer = client.post(page_of(tracked, name), {**DAILY, "pause": "1", "discard": "1"})
        assert answer.status_code == 403
    assert not Tracking.objects.get().paused


@pytest.mark.parametrize(
    ("decide", "may"),
    [
        (permissions.can_track, {"superuser", "editor"}),
        (permissions.can_settle_held_runs, {"superuser", "editor"}),
        (permissions.can_see_work, {"superuser"}),
    ],
)
def test_who_may(decide, may, superuser, editor, viewer, outsider):
    assert {user.username for user in (superuser, editor, viewer, outsider) if decide(user)} == may


def test_who_deletes_tracked_segments_is_told_that_their_history_goes_too(as_editor, tracked):
    other = segment_of(in_group(1), "Untracked")
    told = "Watched, with its history of who entered and left"
    assert told in text_of(as_editor.get(reverse("admin:segments_segment_delete", args=[tracked.pk])))
    ticked = {"action": "delete_selected", "_selected_action": [tracked.pk, other.pk]}
    page = text_of(as_editor.post(reverse("admin:segments_segment_changelist"), ticked))
    assert told in page
    assert "Untracked, with" not in page
    as_editor.post(reverse("admin:segments_segment_delete", args=[tracked.pk]), {"post": "yes"})
    assert list(Segment.objects.all()) == [other]
