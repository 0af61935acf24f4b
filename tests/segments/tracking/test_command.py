"""`manage.py segment track`, `changes` and `as-of`."""

import pytest
from django.contrib.admin.models import LogEntry

from partners.models.exports import Export
from segments.models import Frequency, Tracking
from segments.tracking.services import switch_on
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.partners.exports.reading import csv_rows
from tests.segments.test_segment_command import refused, run
from tests.segments.tracking.clock import definition, in_group, run_all, segment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return PartnerGroupFactory()


@pytest.fixture
def segment(group):
    PartnerFactory(id=1, name="Moss", groups=[group])
    PartnerFactory(id=2, name="=Fern")
    return segment_of(in_group(group.pk))


@pytest.fixture
def history(clock, segment, group):
    """Partner 2 came on the second day; the third has no run; the fourth is today."""
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(days=1)
    group.partners.add(2)
    run_all(clock)
    clock.turn(days=2)
    run_all(clock)


class TestTrack:
    def test_switches_tracking_on_for_the_user_who_is_named(self, segment, editor):
        said = run("track", "Watched", "--every", "hour", "--user", "editor")
        assert said == "Watched is tracked, every hour. manage.py work makes the runs.\n"
        assert (Tracking.objects.get().frequency, Tracking.objects.get().user) == (Frequency.HOURLY, editor)
        assert LogEntry.objects.get().user == editor

    def test_changes_how_often_what_is_tracked_is_run(self, segment):
        run("track", "Watched", "--every", "hour")
        run("track", "Watched")
        assert Tracking.objects.get().frequency == Frequency.DAILY

    def test_switches_it_off_with_the_history(self, history):
        assert "its history is deleted" in run("track", "Watched", "--off")
        assert not Tracking.objects.exists()

    def test_does_not_while_others_ask_for_the_history(self, history, segment):
        asked = {"segment": segment.pk, "days": {"last": 7}}
        segment_of(definition(("segment_entered", "within", asked)), name="Newcomers")
        assert refused("track", "Watched", "--off") == (
            "Its history is asked for by other segments: “Newcomers”."
        )

    def test_says_what_is_not_there(self, segment):
        assert refused("track", "Nope").startswith("There is no segment “Nope”.")
        assert refused("track", "Watched", "--user", "zoe") == "There is no user “zoe”."


class TestChanges:
    def test_are_a_file_that_is_recorded_and_safe_in_a_spreadsheet(self, history, tmp_path):
        target = tmp_path / "changes.csv"
        assert run("changes", "Watched", "--output", str(target)) == f"1 row written to {target}\n"
        heading, row = csv_rows(target.read_bytes())
        assert heading == ["Day", "Time", "Change", "Partner ID", "Partner Name", "Cause", "Reason"]
        assert row == ["2026-11-29", "13:00:00", "Entered", "2", "'=Fern", "Data", ""]
        export = Export.objects.get()
        assert (export.user_name, export.rows) == ("manage.py segment", 1)

    @pytest.mark.parametrize(
        ("days", "rows"), [(("--first", "2026-11-30"), 1), (("--last", "2026-11-29"), 2)]
    )
    def test_can_be_of_some_days(self, history, capfdbinary, days, rows):
        run("changes", "Watched", *days)
        assert len(csv_rows(capfdbinary.readouterr().out)) == rows

    def test_say_what_is_wrong_with_the_days(self, history):
        assert refused("changes", "Watched", "--first", "soon") == (
            "“soon” is no day. Write it like 2026-11-03."
        )
        assert refused("changes", "Watched", "--first", "2026-13-45").startswith("“2026-13-45” is no day.")
        wrong = refused("changes", "Watched", "--first", "2026-11-30", "--last", "2026-11-29")
        assert wrong == "2026-11-29 is before 2026-11-30."

    @pytest.mark.parametrize("last", ["0001-01-01", "2026-11-27"])
    def test_refuse_days_of_which_nothing_is_known(self, history, last):
        assert refused("changes", "Watched", "--last", last) == "Watched is known since 2026-11-28 only."


class TestAsOf:
    def test_names_those_who_were_in_it_as_the_day_ended(self, history):
        assert run("as-of", "Watched", "2026-11-28") == "1\n"
        assert run("as-of", "Watched", "2026-11-29") == "1\n2\n"

    def test_says_beside_them_what_is_not_known(self, history, capsys):
        assert run("as-of", "Watched", "2026-11-30") == "1\n2\n"
        assert capsys.readouterr().err == (
            "There was no run from 2026-11-30 to 2026-11-30: what happened then is not known.\n"
        )

    def test_refuses_what_nothing_is_known_of(self, history):
        assert refused("as-of", "Watched", "2026-11-01") == "Watched is known since 2026-11-28 only."
        assert refused("as-of", "Watched", "2026-12-24") == "2026-12-24 is still to come."

    def test_needs_a_segment_that_is_tracked_and_was_run(self, clock, segment):
        assert refused("as-of", "Watched", "2026-11-28").startswith("Watched is not tracked.")
        switch_on(segment=segment, user=None)
        assert refused("as-of", "Watched", "2026-11-28").startswith("Watched has not been run yet.")
