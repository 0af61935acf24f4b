"""What started a run is its reason: an import, a bulk edit, its undo, a group, a version that is restored."""

import pytest

from partners.groups.services import add_to_group, remove_from_group
from partners.models import Partner, PartnerGroup
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit
from segments.models import Run, RunKind, RunState
from segments.services import restore_version, save_segment
from segments.tracking.services import switch_on
from tests.factories import PartnerFactory
from tests.partners.imports.files import csv_file, imported
from tests.segments.tracking.clock import definition, events, run_all, segment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tracked(clock):
    PartnerFactory.create_batch(3, prospecting_stage="joined")
    segment = segment_of(definition(("prospecting_stage", "any_of", ["joined"])))
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(minutes=1)
    return segment


def due(clock):
    """The run that is due at once: what kind, and why."""
    run = Run.objects.get(state=RunState.DUE, due_at__lte=clock.now)
    return run.kind, run.reason


def edited():
    edit = choose(rows=Partner.objects.all(), user="ada")
    plan(edit=edit, to="expired", why="It is time.")
    return apply_edit(edit=edit, allows_unusual=True, moves_along=True, user="ada")


def test_an_import_is_named_by_its_file(clock, tracked):
    imported(csv_file(("Partner ID", "Name"), (99, "New")), creates=True)
    kind, reason = due(clock)
    assert (kind, reason[:10]) == (RunKind.BULK, "Import of ")


def test_a_bulk_edit_of_stages_and_its_undo_are_told_apart(clock, tracked):
    edit = edited()
    assert due(clock) == (RunKind.BULK, "Bulk edit of stages: It is time.")
    run_all(clock)
    clock.turn(minutes=1)
    undo_edit(edit=edit, why="It was not.", user="ada")
    assert due(clock) == (RunKind.BULK, "Bulk edit of stages undone: It was not.")
    run_all(clock)
    assert sorted((sign, cause) for sign, _partner, cause in events(tracked)) == [
        *[("+", "Data")] * 3,
        *[("+", "Start of tracking")] * 3,
        *[("-", "Data")] * 3,
    ]


@pytest.mark.parametrize("change", [add_to_group, remove_from_group])
def test_a_group_that_was_changed_is_named(clock, tracked, editor, change):
    group = PartnerGroup.objects.create(name="VIP")
    group.partners.set(Partner.objects.all()[:1])
    change(partners=Partner.objects.all(), group=group, user=editor)
    assert due(clock) == (RunKind.BULK, "Partner group “VIP” changed")


def test_a_version_that_is_restored_is_named(clock, tracked, editor):
    other = segment_of(definition(("prospecting_stage", "any_of", ["new"])), "Other").read()
    saved = save_segment(
        segment=tracked, name=tracked.name, definition=other, user=editor, moment=clock.moment
    )
    assert due(clock) == (RunKind.SAVE, "Version 2 of “Watched” saved")
    run_all(clock)
    clock.turn(minutes=1)
    first = saved.versions.get(revision=1)
    restore_version(version=first, user=editor, revision=2, moment=clock.moment)
    assert due(clock) == (RunKind.SAVE, "Version 3 of “Watched” saved: version 1 restored")
