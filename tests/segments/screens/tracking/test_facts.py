"""What is told of each move: the stage, the day or the version that it came with."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import DateTimeField
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Contract
from partners.core.actor import acting_as
from partners.models import Partner
from segments.attributes import DayAttribute
from segments.conditions import ATTRIBUTES
from segments.definition import Definition
from segments.services import save_segment
from segments.tracking import queue
from segments.tracking.services import switch_on
from tests.factories import ContractFactory, PartnerFactory
from tests.segments.forms import text_of
from tests.segments.tracking.clock import definition, in_group, run_all, segment_of

pytestmark = pytest.mark.django_db
DAYS = [one for one in ATTRIBUTES if isinstance(one, DayAttribute) and not one.asks_history]


def told(client, segment):
    """By Partner ID, of the moves of all days."""
    feed = client.get(reverse("admin:segments_segment_changes", args=[segment.pk])).context["feed"]
    lines = [line for card in feed.cards for crossing in card.crossings for line in crossing.lines]
    return {line.move.partner: line.fact for line in lines}


def tracked(clock, *conditions):
    segment = segment_of(definition(*conditions))
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(hours=1)
    return segment


def contract(clock, **values):
    """One that is new now."""
    return ContractFactory(start_date=date(2026, 1, 1), stage_since=clock.now, **values)


def run_again(clock):
    queue.ask_for_all_runs(reason="", now=clock.now)
    run_all(clock)


def test_a_stage_that_changed_since_the_run_before_is_told(as_viewer, clock, editor):
    for key in (1, 2, 3):
        PartnerFactory(id=key, prospecting_stage="outreach")
    segment = tracked(clock, ("prospecting_stage", "any_of", ["joined"]))
    with acting_as(editor):
        one = Partner.objects.get(pk=1)
        one.prospecting_stage = "joined"
        one.save()
    PartnerFactory(id=4, prospecting_stage="joined")
    run_again(clock)
    clock.turn(hours=1)
    Partner.objects.filter(pk=1).update(prospecting_stage="expired")
    run_again(clock)
    context = as_viewer.get(reverse("admin:segments_segment_changes", args=[segment.pk])).context
    [card] = [card for card in context["feed"].cards if card.moved]
    entered, left = card.crossings
    assert [line.fact for line in entered.lines] == ["Outreach → Joined by editor", "new: Joined"]
    assert [line.fact for line in left.lines] == ["Joined → Expired"]


def test_a_contracts_stage_is_told_with_its_number(as_viewer, clock):
    partner = PartnerFactory(id=1)
    contract = ContractFactory(partner=partner, number="S-1", stage="suspended")
    segment = tracked(clock, ("contract_stage", "any_of", ["joined"]))
    contract.stage = "joined"
    contract.save()
    run_again(clock)
    [fact] = told(as_viewer, segment).values()
    assert "contract" in fact
    assert "S-1" in fact
    assert fact.endswith("Suspended → Joined")


def test_a_stage_that_the_segment_does_not_ask_for_is_not_told(as_viewer, clock, tracked_group):
    segment, group = tracked_group
    Partner.objects.filter(pk=11).update(prospecting_stage="expired")
    group.partners.add(11)
    run_again(clock)
    assert told(as_viewer, segment) == {11: ""}


@pytest.fixture
def tracked_group(clock, tracked_segment, group):
    return tracked_segment, group


@pytest.fixture
def tracked_segment(clock, segment):
    switch_on(segment=segment, user=None)
    run_all(clock)
    clock.turn(hours=1)
    return segment


def test_the_day_that_passed_a_bound_is_told(as_viewer, clock):
    one, two = PartnerFactory(id=1), PartnerFactory(id=2)
    contract(clock, partner=one, number="S-1", end_date=date(2026, 12, 5))
    contract(clock, partner=two, number="S-2", end_date=date(2026, 11, 28))
    contract(clock, partner=two, number="S-3", end_date=None)
    segment = tracked(clock, ("contract_end", "within", {"next": 7}))
    clock.turn(days=1)
    run_all(clock)
    facts = told(as_viewer, segment)
    assert "S-1" in facts[1]
    assert facts[1].endswith("Contract End 5 Dec 2026: now in the next 7 days")
    assert facts[2].endswith("Contract End 28 Nov 2026: no longer in the next 7 days")
    assert "S-3" not in facts[2]


@pytest.mark.parametrize("attribute", DAYS, ids=lambda attribute: attribute.key)
def test_each_day_that_can_be_asked_for_is_told_when_it_has_passed(as_viewer, clock, attribute):
    contract(clock, partner=PartnerFactory(id=1), number="S-1")
    today = clock.now if isinstance(attribute.column, DateTimeField) else clock.moment.today
    attribute.relation.model.objects.update(**{attribute.path: today})
    segment = tracked(clock, (attribute.key, "within", {"more_days_ago": 0}))
    clock.turn(days=1)
    run_all(clock)
    [fact] = told(as_viewer, segment).values()
    assert fact.endswith(f"{attribute.label} 28 Nov 2026: now before today")


def test_what_started_the_run_is_no_reason_of_a_day_that_passed(as_viewer, clock):
    contract(clock, partner=PartnerFactory(id=1), end_date=date(2026, 12, 5))
    segment = tracked(clock, ("contract_end", "within", {"next": 7}))
    clock.turn(days=1)
    queue.ask_for_all_runs(reason="Import of a.csv", now=clock.now)
    run_all(clock)
    page = text_of(as_viewer.get(reverse("admin:segments_segment_changes", args=[segment.pk])))
    assert "now in the next 7 days" in page
    assert "Import of a.csv" not in page


def test_a_definition_tells_which_version_took_the_place_of_which(
    as_viewer, clock, tracked_segment, group, editor
):
    other = type(group).objects.create(name="Other group")
    other.partners.set([10, 11])
    save_segment(
        segment=tracked_segment,
        name=tracked_segment.name,
        definition=segment_of(in_group(other.pk), "Other").read(),
        user=editor,
        moment=clock.moment,
    )
    run_all(clock)
    facts = told(as_viewer, tracked_segment)
    assert facts.keys() == {*range(1, 10), 11}
    assert set(facts.values()) == {"Version 1 → 2"}


def test_of_a_partner_who_is_deleted_no_fact_is_told(as_viewer, clock, tracked_segment):
    Partner.objects.get(pk=2).delete()
    run_again(clock)
    assert told(as_viewer, tracked_segment) == {2: ""}


def test_a_definition_that_is_not_kept_tells_no_fact(as_viewer, clock):
    PartnerFactory(id=1, prospecting_stage="outreach")
    segment = tracked(clock, ("prospecting_stage", "any_of", ["joined"]))
    Partner.objects.update(prospecting_stage="joined")
    run_again(clock)
    segment.versions.all()._raw_delete("default")
    assert told(as_viewer, segment) == {1: ""}


def saved_as(segment, clock, editor, *conditions):
    save_segment(
        segment=segment,
        name=segment.name,
        definition=Definition.from_json(definition(*conditions)),
        user=editor,
        moment=clock.moment,
    )


@pytest.mark.parametrize("is_run_before_the_save", [True, False])
def test_what_time_moved_is_told_by_the_version_that_was_asked_for_it(
    as_viewer, clock, editor, is_run_before_the_save
):
    first, last = date(2026, 11, 28), date(2026, 12, 5)
    ContractFactory(partner=PartnerFactory(id=1), start_date=first, end_date=last, stage_since=clock.now)
    segment = tracked(clock, ("contract_end", "within", {"next": 7}))
    clock.turn(days=1)
    if is_run_before_the_save:
        run_all(clock)
    clock.turn(hours=1)
    saved_as(segment, clock, editor, ("contract_start", "within", {"more_days_ago": 0}))
    run_all(clock)
    [fact] = told(as_viewer, segment).values()
    assert fact.endswith("Contract End 5 Dec 2026: now in the next 7 days")
    assert "Contract Start" not in fact


def test_of_a_row_that_is_newer_than_the_run_no_fact_is_told(as_viewer, clock):
    partner = PartnerFactory(id=1)
    first = contract(clock, partner=partner, number="S-1", end_date=date(2026, 12, 5))
    segment = tracked(clock, ("contract_end", "within", {"next": 7}))
    clock.turn(days=1)
    run_all(clock)
    clock.turn(hours=1)
    first.delete()
    contract(clock, partner=partner, number="S-2", end_date=date(2026, 12, 5))
    assert told(as_viewer, segment) == {1: ""}


def test_facts_of_many_versions_cost_no_more_queries(as_viewer, clock, editor):
    contract(clock, partner=PartnerFactory(id=1), end_date=date(2026, 12, 31))
    segment = tracked(clock, ("contract_end", "within", {"next": 30}))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            as_viewer.get(reverse("admin:segments_segment_changes", args=[segment.pk]))
        return len(captured)

    def move_by_time(days):
        Contract.objects.update(end_date=clock.moment.today + timedelta(days=days))
        saved_as(segment, clock, editor, ("contract_end", "within", {"next": days}))
        run_all(clock)
        clock.turn(days=1)
        run_all(clock)

    move_by_time(30)
    queries()
    of_one = queries()
    for days in range(31, 35):
        move_by_time(days)
    assert queries() <= of_one
