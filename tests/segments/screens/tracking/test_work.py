"""Where else tracked segments show: Work, the Segments screen, the start page, a timeline, a probe."""

from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse

from partners.models import Partner
from segments.models import Run, RunKind, RunState, Worker
from segments.tracking import queue
from tests.segments.forms import LIST, text_of
from tests.segments.tracking.clock import run_all

pytestmark = pytest.mark.django_db
WORK = reverse("admin:segments_run_changelist")


@pytest.fixture
def moved(clock, tracked, group):
    """Two entered and one left."""
    clock.turn(hours=1)
    group.partners.add(11, 12)
    group.partners.remove(1)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    run_all(clock)
    return tracked


class TestWork:
    def test_is_for_superusers(self, as_superuser, as_editor, tracked):
        assert f'href="{WORK}"' in text_of(as_superuser.get(LIST))
        assert f'href="{WORK}"' not in text_of(as_editor.get(LIST))
        assert as_editor.get(WORK).status_code == 403

    def test_has_what_is_due_running_held_and_failed(self, as_superuser, clock, held, tracked):
        for state in ("due", "running", "failed"):
            Run.objects.create(
                segment=tracked,
                kind="manual",
                state=state,
                due_at=clock.now,
                at=clock.now,
                leased_until=clock.now,
            )
        parts = as_superuser.get(WORK).context["parts"]
        assert {label: number for label, number, _runs in parts} == {
            "Due": 1,
            "Running": 1,
            "Held": 1,
            "Failed": 1,
        }

    def test_has_what_was_done_last_whenever_it_was_planned(self, as_superuser, clock, moved):
        planned_first = Run.objects.order_by("pk").first()
        Run.objects.filter(pk=planned_first.pk).update(at=clock.now + timedelta(hours=1))
        assert as_superuser.get(WORK).context["done"][0] == planned_first

    def test_has_what_was_done_last_and_how_long_that_took(self, as_superuser, moved):
        Run.objects.filter(state=RunState.DONE).update(milliseconds=412)
        answer = as_superuser.get(WORK)
        assert [(run.size, run.entered, run.left) for run in answer.context["done"]] == [
            (11, 2, 1),
            (10, 10, 0),
        ]
        page = text_of(answer)
        assert "0.41 s" in page
        assert "10 entered" not in page

    def test_tells_no_moves_of_the_first_run_whatever_started_it(self, as_superuser, tracked):
        Run.objects.update(kind=RunKind.MANUAL)
        assert "10 entered" not in text_of(as_superuser.get(WORK))

    def test_says_once_that_there_is_nothing(self, as_superuser):
        page = text_of(as_superuser.get(WORK))
        assert page.count("No run is due") == 1
        assert "None." not in page

    def test_says_in_red_that_runs_are_due_and_no_worker_lives(self, as_superuser, clock, tracked):
        queue.ask_for_all_runs(reason="", now=clock.now)
        clock.turn(minutes=11)
        assert "no worker has ever been started" in text_of(as_superuser.get(WORK))
        worker = Worker.objects.create(name="host:1", started_at=clock.now, seen_at=clock.now)
        assert "notice-error" not in text_of(as_superuser.get(WORK))
        clock.turn(minutes=3)
        assert "no worker lives" in text_of(as_superuser.get(WORK))
        Run.objects.filter(state=RunState.DUE).delete()
        assert worker.name in text_of(as_superuser.get(WORK))
        assert "notice-error" not in text_of(as_superuser.get(WORK))

    def test_of_a_run_leads_to_its_segment(self, as_superuser, as_editor, tracked):
        address = reverse("admin:segments_run_change", args=[Run.objects.get().pk])
        page = reverse("admin:segments_segment_changes", args=[tracked.pk])
        assert as_superuser.get(address)["Location"] == page
        assert as_editor.get(address).status_code == 403


def test_the_segments_screen_shows_the_change_of_seven_days(as_viewer, moved):
    page = text_of(as_viewer.get(LIST))
    assert "2 entered, 1 left" in page
    assert "<polyline" in page


def test_the_start_page_names_the_segments_that_moved_most_today(as_viewer, moved):
    page = text_of(as_viewer.get(reverse("admin:index")))
    assert "tracked segment changed" in page
    assert "Watched +2" in page


def test_a_partners_timeline_tells_which_segments_were_entered_and_left(as_viewer, moved):
    def told(key):
        page = reverse("admin:partners_partner_change", args=[key], query={"only": "segments"})
        return [event.what["move"].way for event in as_viewer.get(page).context["timeline"].events]

    assert [told(key) for key in (11, 1, 5)] == [["entered"], ["left"], []]


def test_the_probe_tells_the_last_sign_of_life_and_stays_ready(
    client, clock, segment, as_editor, monkeypatch
):
    # It would close the connection, and with it the test's transaction.
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)
    assert "worker" not in client.get("/readyz").json()
    as_editor.post(reverse("admin:segments_segment_tracking", args=[segment.pk]), {"frequency": "daily"})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["worker"]) == (200, "none")
    Worker.objects.create(name="host:1", started_at=clock.now, seen_at=clock.now - timedelta(days=1))
    assert client.get("/readyz").json()["worker"] == "2026-11-27T12:00:00+00:00"


def test_a_deleted_partner_is_told_by_its_id_alone(as_viewer, moved):
    Partner.objects.get(pk=12).delete()
    page = text_of(as_viewer.get(reverse("admin:segments_segment_changes", args=[moved.pk])))
    assert "Partner 12 (deleted)" in page


@pytest.mark.parametrize("address", [LIST, reverse("admin:index")])
def test_of_days_without_a_run_lists_say_that_nothing_is_known(as_viewer, clock, moved, address):
    assert "no run in these days" not in text_of(as_viewer.get(address))
    clock.turn(days=8)
    assert "no run in these days" in text_of(as_viewer.get(address))


def test_moves_of_a_day_still_to_come_by_a_clock_that_was_set_back_lead_nowhere(as_viewer, clock, moved):
    address = reverse("admin:segments_segment_changes", args=[moved.pk])
    of_the_day = f"{address}{clock.now.date().isoformat()}/"
    assert of_the_day in text_of(as_viewer.get(address))
    clock.turn(days=-2)
    page = text_of(as_viewer.get(address))
    assert "Outside 11" in page
    assert of_the_day not in page
