"""Each event says why it happened: data, time, the definition, a deletion, or the start."""

from datetime import timedelta

import pytest

from partners.models import Partner
from segments.definition import Definition
from segments.models import Run, RunKind, RunState, Segment, Stay
from segments.services import save_segment
from segments.tracking.services import switch_on
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.tracking.clock import definition, events, in_group, members_now, run_all, segment_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups():
    return [PartnerGroupFactory(name=name) for name in ("Gold", "Silver")]


@pytest.fixture
def partners(groups):
    """Two in Gold, one in Silver."""
    gold, silver = groups
    return [
        PartnerFactory(id=1, groups=[gold]),
        PartnerFactory(id=2, groups=[gold]),
        PartnerFactory(id=3, groups=[silver]),
    ]


def tracked(clock, stored, **values):
    segment = segment_of(stored, **values)
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(minutes=10)
    return segment


def saved(clock, segment, stored, **values):
    values = {"segment": segment, "name": segment.name, **values}
    return save_segment(definition=Definition.from_json(stored), user=None, moment=clock.moment, **values)


def test_the_first_run_is_the_baseline(clock, groups, partners):
    segment = tracked(clock, in_group(groups[0].pk))
    assert events(segment) == [("+", 1, "Start of tracking"), ("+", 2, "Start of tracking")]
    [run] = Run.objects.filter(segment=segment, state=RunState.DONE)
    assert (run.kind, run.size, run.entered, run.left) == (RunKind.BASELINE, 2, 2, 0)
    segment.tracking.refresh_from_db()
    assert segment.tracking.since == run.at
    assert segment.tracking.size == 2


def test_a_change_of_rows_is_data(clock, groups, partners):
    gold, silver = groups
    segment = tracked(clock, in_group(gold.pk))
    partners[0].groups.set([silver])
    partners[2].groups.add(gold)
    clock.turn(days=1)
    run_all(clock)
    assert events(segment)[2:] == [("+", 3, "Data"), ("-", 1, "Data")]
    assert members_now(segment) == {2, 3}


def test_a_day_that_passes_is_time_and_what_changed_meanwhile_is_data(clock, partners):
    today = clock.moment.today
    Partner.objects.filter(pk=1).update(original_joined_date=today)
    Partner.objects.filter(pk=2).update(original_joined_date=today - timedelta(days=1))
    segment = tracked(clock, definition(("original_joined_date", "within", {"last": 2})))
    assert members_now(segment) == {1, 2}
    Partner.objects.filter(pk=3).update(original_joined_date=today)
    clock.turn(days=1)
    run_all(clock)
    assert events(segment)[2:] == [("+", 3, "Data"), ("-", 2, "Time")]


def test_without_relative_dates_a_new_day_is_no_cause(clock, groups, partners):
    segment = tracked(clock, in_group(groups[0].pk))
    partners[0].groups.clear()
    clock.turn(days=3)
    run_all(clock)
    assert events(segment)[2:] == [("-", 1, "Data")]


def test_a_save_tells_what_the_definition_changed_from_what_the_data_did(clock, groups, partners):
    gold, silver = groups
    segment = tracked(clock, in_group(gold.pk))
    partners[0].groups.clear()
    saved(clock, segment, in_group(gold.pk, silver.pk))
    [run] = run_all(clock)
    assert events(segment)[2:] == [("+", 3, "Definition"), ("-", 1, "Data")]
    assert (run.kind, run.reason) == (RunKind.SAVE, "Version 2 of “Watched” saved")
    assert run.revision == 2


def test_who_leaves_by_the_data_and_is_back_by_the_definition_has_not_moved(clock, groups, partners):
    gold, silver = groups
    segment = tracked(clock, in_group(gold.pk))
    partners[0].groups.set([silver])
    saved(clock, segment, in_group(gold.pk, silver.pk))
    run_all(clock)
    assert events(segment)[2:] == [("+", 3, "Definition")]
    assert members_now(segment) == {1, 2, 3}


def test_who_enters_by_the_data_what_the_definition_then_leaves_out_has_not_moved(clock, groups, partners):
    [gold, _silver] = groups
    segment = tracked(clock, in_group(gold.pk))
    partners[2].groups.set([gold])
    saved(clock, segment, definition(("partner_id", "any_of", [1, 2])))
    run_all(clock)
    assert len(events(segment)) == 2


def test_the_definition_of_a_segment_that_is_named_is_a_cause_too(clock, groups, partners):
    gold, silver = groups
    inner = segment_of(in_group(gold.pk), name="Inner")
    segment = tracked(clock, definition(("segment", "any_of", [inner.pk])))
    saved(clock, inner, in_group(silver.pk))
    [run] = run_all(clock)
    assert events(segment)[2:] == [("+", 3, "Definition"), ("-", 1, "Definition"), ("-", 2, "Definition")]
    assert run.reason == "Version 2 of “Inner” saved"


def test_a_segment_that_the_old_definition_named_and_that_is_gone_leaves_the_definition_as_the_cause(
    clock, groups, partners
):
    gold, silver = groups
    inner = segment_of(in_group(gold.pk), name="Inner")
    segment = tracked(clock, definition(("segment", "any_of", [inner.pk])))
    saved(clock, segment, in_group(silver.pk))
    Segment.objects.get(pk=inner.pk).delete()
    run_all(clock)
    assert events(segment)[2:] == [("+", 3, "Definition"), ("-", 1, "Definition"), ("-", 2, "Definition")]


def test_another_name_alone_changes_nobody(clock, groups, partners):
    segment = tracked(clock, in_group(groups[0].pk))
    saved(clock, segment, in_group(groups[0].pk), name="Renamed")
    [run] = run_all(clock)
    assert (run.state, run.entered, run.left) == (RunState.DONE, 0, 0)


def test_a_deleted_partner_leaves_for_that_and_keeps_the_number(clock, groups, partners):
    segment = tracked(clock, in_group(groups[0].pk))
    Partner.objects.get(pk=1).delete()
    partners[1].groups.clear()
    clock.turn(days=1)
    run_all(clock)
    assert events(segment)[2:] == [("-", 1, "Deleted"), ("-", 2, "Data")]
    assert Stay.objects.filter(partner_id=1).exists()


def test_a_broken_segment_keeps_its_partners_and_says_what_is_wrong(clock, groups, partners):
    segment = tracked(clock, in_group(groups[0].pk))
    Segment.objects.filter(pk=segment.pk).update(definition={"version": 7})
    clock.turn(days=1)
    [run] = run_all(clock)
    assert members_now(segment) == {1, 2}
    assert (run.state, run.attempts) == (RunState.DUE, 1)
    assert run.error == "A definition needs “any”."
