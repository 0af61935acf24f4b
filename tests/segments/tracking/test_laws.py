"""The laws of histories, on random ones: whatever is edited, saved, deleted, held, or fails between runs."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from django.db.models import ProtectedError
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from partners.models import Membership, Partner, PartnerGroup, PartnerStageChange, StageEdit
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit
from segments.definition import Definition
from segments.models import Cause, Run, RunState, Segment, SegmentDay, SegmentReference, Stay, Tracking
from segments.services import save_segment
from segments.tracking import asking, running, services
from segments.tracking.history import as_of, stays_as_of
from tests.laws import law
from tests.partners.imports.files import csv_file, imported
from tests.segments.tracking.clock import NOON, definition, in_group, run_all

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

keys = st.integers(1, 6)
groups = st.sets(st.integers(1, 2))
days = st.integers(-4, 1)
stages = st.sampled_from(["new", "joined"])
WATCHED, INNER = 1, 2
DEFINITIONS = {
    WATCHED: [
        in_group(1),
        in_group(1, 2),
        definition(("original_joined_date", "within", {"last": 2})),
        definition(("partner_group", "none_of", [1]), ("prospecting_stage", "any_of", ["joined"])),
        definition(("segment", "any_of", [INNER])),
        definition(("segment", "none_of", [INNER]), ("original_joined_date", "within", {"more_days_ago": 1})),
    ],
    INNER: [in_group(2), definition(("last_transition_date", "within", {"this": "week"}))],
}


class Histories(RuleBasedStateMachine):
    """Two segments, one of which may name the other. `seen` is what each good run should have seen.

    `asked` has which definitions each good run asked, and `deleted` who has ever been deleted.
    """

    monkeypatch = None

    @initialize(guard=st.sampled_from([None, 1, 50]))
    def begin(self, guard):
        with transaction.atomic():
            SegmentReference.objects.all().delete()
            for model in (Stay, SegmentDay, Tracking, Run, Segment):
                model.objects.all().delete()
            for model in (Membership, PartnerStageChange, Partner, StageEdit, PartnerGroup):
                model.objects.all()._raw_delete("default")
        self.clock.now = NOON
        PartnerGroup.objects.bulk_create(PartnerGroup(id=key, name=f"Group {key}") for key in (1, 2))
        Partner.objects.bulk_create(Partner(id=key, name=f"P{key}") for key in range(1, 5))
        self.seen = {WATCHED: [], INNER: []}
        self.asked, self.deleted = {}, set()
        for key in self.seen:
            segment = Segment.objects.create(id=key, name=f"S{key}", definition=DEFINITIONS[key][0])
            services.switch_on(segment=segment, user=None, guard_percent=guard)

    @property
    def clock(self):
        return self.of_the_test

    # What people do.

    @rule(key=keys, to=groups)
    def put_in_groups(self, key, to):
        for partner in Partner.objects.filter(pk=key):
            partner.groups.set(to)

    @rule(key=keys, day=days, stage=stages)
    def join(self, key, day, stage):
        on = self.clock.moment.today + timedelta(days=day)
        rows = Partner.objects.filter(pk=key)
        rows.update(original_joined_date=on, last_transition_date=on, prospecting_stage=stage)

    @rule(key=keys)
    def delete(self, key):
        with suppress(ProtectedError):
            for partner in Partner.objects.filter(pk=key):
                partner.delete()
                self.deleted.add(key)

    @rule(key=keys, stage=stages)
    def import_a_file(self, key, stage):
        headings = ("Partner ID", "Name", "Prospecting Stage", "Groups")
        rows = (key, "New", stage, "Group 1"), (key + 1, "Newer", stage, "Group 2")
        imported(csv_file(headings, *rows), creates=True, overwrites=True)

    @rule(key=keys, stage=stages, undone=st.booleans())
    def edit_stages(self, key, stage, undone):
        edit = choose(rows=Partner.objects.filter(pk__lte=key), user="ada")
        plan(edit=edit, to=stage, why="It is time.")
        edit = apply_edit(edit=edit, allows_unusual=True, moves_along=True, user="ada")
        if undone:
            undo_edit(edit=edit, why="It was not.", user="ada")

    @rule(key=st.sampled_from([WATCHED, INNER]), which=st.integers(0, 5))
    def save(self, key, which):
        stored = DEFINITIONS[key][which % len(DEFINITIONS[key])]
        save_segment(
            segment=Segment.objects.get(pk=key),
            name=f"S{key}",
            definition=Definition.from_json(stored),
            user=None,
            moment=self.clock.moment,
        )

    @rule(hours=st.sampled_from([1, 7, 24, 72, -2, -30]))
    def turn_the_clock(self, hours):
        self.clock.turn(hours=hours)

    # What the worker does.

    @rule()
    def work(self):
        for run in run_all(self.clock):
            self.note(run)

    @rule(key=st.sampled_from([WATCHED, INNER]))
    def track_now(self, key):
        self.note(services.track_now(segment=Segment.objects.get(pk=key), user=None))

    @rule(key=st.sampled_from([WATCHED, INNER]))
    def find_nothing_new(self, key):
        self.track_now(key)
        last = Run.objects.filter(segment=key).first()
        stays = list(Stay.objects.order_by("pk").values())
        self.track_now(key)
        if last.state == RunState.DONE:
            assert list(Stay.objects.order_by("pk").values()) == stays

    @rule(breaks=st.sampled_from([(asking, "members"), (running, "_write_day")]))
    def fail(self, breaks):
        def broken(*_given):
            raise asking.CannotAskError("Broken.")

        stays = list(Stay.objects.order_by("pk").values())
        with self.monkeypatch.context() as patched:
            patched.setattr(*breaks, broken)
            for run in run_all(self.clock):
                assert run.state in (RunState.DUE, RunState.FAILED, RunState.HELD, RunState.DISCARDED)
        assert list(Stay.objects.order_by("pk").values()) == stays

    @rule(confirms=st.booleans())
    def answer_what_is_held(self, confirms):
        for held in Run.objects.filter(state=RunState.HELD):
            if confirms:
                self.note(services.confirm(run=held, user=self.user))
            else:
                services.discard(run=held, user=self.user)

    def note(self, run):
        """What a good run saw is what the segment has now."""
        if run.state == RunState.DONE:
            segment = Segment.objects.get(pk=run.segment_id)
            members = set(segment.partners().values_list("pk", flat=True))
            self.seen[run.segment_id].append((run, members))
            self.asked[run.pk] = Tracking.objects.get(segment=segment).asked

    # The laws.

    @invariant()
    def replaying_the_stays_gives_what_the_runs_saw(self):
        for key, seen in getattr(self, "seen", {}).items():
            stays = list(Stay.objects.filter(segment=key).with_runs())
            assert [run.at for run, _members in seen] == sorted({run.at for run, _members in seen})
            for run, members in seen:
                there = [
                    one.partner_id
                    for one in stays
                    if one.entered <= run.at and not (one.left and one.left <= run.at)
                ]
                assert len(there) == len(set(there)) == run.size
                assert set(there) == members

    @invariant()
    def entered_less_left_is_the_difference_of_sizes(self):
        for key, seen in getattr(self, "seen", {}).items():
            size, baseline = 0, seen[0][0].size if seen else 0
            for run, _members in seen:
                stays = Stay.objects.filter(segment=key)
                assert stays.filter(entered_run=run.pk).count() == run.entered
                assert stays.filter(left_run=run.pk).count() == run.left
                assert run.size == size + run.entered - run.left
                size = run.size
            by_day = SegmentDay.objects.filter(segment=key)
            assert sum(day.entered - day.left for day in by_day) == size - baseline

    @invariant()
    def stays_of_a_partner_never_overlap(self):
        last = {}
        for one in Stay.objects.with_runs().order_by("segment", "partner_id", "entered_run__at"):
            key = one.segment_id, one.partner_id
            runs = [run for run in (one.entered_run, one.left_run) if run]
            assert {run.segment_id for run in runs} == {one.segment_id}
            assert key not in last or (last[key] is not None and last[key] <= one.entered)
            last[key] = one.left

    @invariant()
    def the_first_run_alone_has_the_start_as_its_cause(self):
        for key, seen in getattr(self, "seen", {}).items():
            begun = Stay.objects.filter(segment=key, entered_cause=Cause.START)
            first = [seen[0][0].pk] if seen and seen[0][0].size else []
            assert list(begun.order_by().values_list("entered_run", flat=True).distinct()) == first
            assert not Stay.objects.filter(segment=key, left_cause=Cause.START).exists()

    @invariant()
    def no_cause_is_given_that_can_not_be(self):
        for key, seen in getattr(self, "seen", {}).items():
            for (before, _members), (run, _now) in pairwise(seen):
                moves = Stay.objects.filter(segment=key)
                left = moves.filter(left_run=run.pk).values_list("partner_id", "left_cause")
                entered = moves.filter(entered_run=run.pk).values_list("partner_id", "entered_cause")
                causes = [cause for _partner, cause in [*left, *entered]]
                assert run.guarded == len(causes) - causes.count(Cause.DEFINITION)
                assert {partner for partner, cause in left if cause == Cause.DELETED} <= self.deleted
                assert Cause.TIME not in causes or before.day != run.day
                assert Cause.DEFINITION not in causes or self.asked[before.pk] != self.asked[run.pk]

    @invariant()
    def a_day_ends_as_its_last_run_saw_it(self):
        for key, seen in getattr(self, "seen", {}).items():
            tracking = Tracking.objects.get(segment=key)
            by_day = {}
            for run, members in seen:
                by_day[run.at.astimezone(self.clock.moment.zone).date()] = members
            for day, members in by_day.items():
                found = as_of(tracking, day, self.clock.moment)
                stays = stays_as_of(tracking, day, self.clock.moment)
                assert set(stays.values_list("partner_id", flat=True)) == members
                assert (found.size, found.gap) == (len(members), None)
                assert SegmentDay.objects.get(segment=key, day=day).size == len(members)


def test_the_laws_hold_on_random_histories(clock, monkeypatch, superuser):
    class Here(Histories):
        of_the_test, user = clock, superuser

    Here.monkeypatch = monkeypatch
    monkeypatch.setattr(running, "ALWAYS_ALLOWED", 1)
    run_state_machine_as_test(Here, settings=law(examples=60))
