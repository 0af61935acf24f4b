"""Of what started a run, that is told of a move which explains it."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from partners.models import Partner
from segments.causes import Cause
from segments.definition import Definition
from segments.services import save_segment
from segments.tracking import queue
from segments.tracking.reasons import explained, joined, of_a_save
from segments.tracking.services import switch_on
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.tracking.clock import definition, run_all, segment_of

SAVED = "Version 2 of “a; b” saved"
RESTORED = "Version 3 of “x” saved: version 1 restored"


@pytest.mark.parametrize(
    ("reason", "by_data", "by_definition"),
    [
        ("", "", ""),
        ("Import of a.csv", "Import of a.csv", ""),
        ("Import of a.csv; Import of b.csv", "Import of a.csv; Import of b.csv", ""),
        (SAVED, "", SAVED),
        (f"Import of a.csv; {SAVED}", "Import of a.csv", SAVED),
        (
            f"{SAVED}; Import of a.csv; {RESTORED}; Undo",
            "Import of a.csv; Undo",
            f"{SAVED}; {RESTORED}",
        ),
    ],
)
def test_each_cause_is_explained_by_its_own_part_of_a_reason(reason, by_data, by_definition):
    assert {cause: explained(reason, cause) for cause in Cause} == {
        Cause.START: "",
        Cause.DATA: by_data,
        Cause.DELETED: by_data,
        Cause.TIME: "",
        Cause.DEFINITION: by_definition,
    }


def test_reasons_are_joined_each_once_and_not_parted_within_a_name():
    file, saves = "Import of x.csv", [f"Version {number} of “a; b” saved" for number in (2, 3)]
    reason = joined(saves[0], file, "", joined(saves[1], file))
    assert reason == "; ".join([saves[0], file, saves[1]])
    assert explained(reason, Cause.DATA) == file
    assert explained(reason, Cause.DEFINITION) == "; ".join(saves)


def test_reasons_that_there_is_no_room_for_are_left_out_as_a_whole():
    saves = [f"Version {number} of “{'x' * 200}” saved" for number in (2, 3, 4)]
    assert joined(*saves) == "; ".join(saves[:2])
    assert joined("y" * 900) == "y" * 500


@pytest.mark.parametrize("restores", [None, 4])
def test_a_save_is_known_by_its_words_whatever_the_segment_is_called(restores):
    reason = of_a_save(12, "Say “so”; now", restores=restores)
    assert explained(reason, Cause.DEFINITION) == reason
    assert explained(reason, Cause.DATA) == ""


def any_of_these(*conditions):
    return {"version": 2, "any": [group for one in conditions for group in definition(one)["any"]]}


@pytest.mark.django_db
def test_feed_and_file_tell_the_same_reasons(as_viewer, clock, editor):
    """Of a run for an import and a save, after midnight: each move has another cause."""
    group = PartnerGroupFactory()
    for key in range(1, 5):
        PartnerFactory(id=key, next_step_date=clock.moment.today if key == 2 else None)
    group.partners.add(1, 4)
    asked = (
        ("partner_group", "any_of", [group.pk]),
        ("next_step_date", "within", {"more_days_ago": 0}),
        ("partner_id", "any_of", [5]),
    )
    stored = any_of_these(*asked[:2])
    segment = segment_of(stored)
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(days=1)
    Partner.objects.get(pk=4).delete()
    group.partners.set([3])
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    PartnerFactory(id=5)
    save_segment(
        segment=segment,
        name="Watched",
        definition=Definition.from_json(any_of_these(*asked)),
        user=editor,
        moment=clock.moment,
    )
    run_all(clock)
    expected = {
        1: "Import of a.csv",
        2: "",
        3: "Import of a.csv",
        4: "Import of a.csv",
        5: "Version 2 of “Watched” saved",
    }
    feed = as_viewer.get(reverse("admin:segments_segment_changes", args=[segment.pk])).context["feed"]
    lines = [line for card in feed.cards for crossing in card.crossings for line in crossing.lines]
    assert {line.move.partner: line.reason for line in lines} == expected
    days = {"first": "2026-11-29", "last": "2026-11-29"}
    data = as_viewer.post(reverse("admin:segments_segment_changes_export", args=[segment.pk]), days)
    output = StringIO(b"".join(data.streaming_content).decode("utf-8-sig"))
    assert {int(row["Partner ID"]): row["Reason"] for row in csv.DictReader(output)} == expected
