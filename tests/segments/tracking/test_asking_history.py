"""Conditions on the history of tracked segments: who entered, left, and is in one since when."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.urls import reverse

from partners.models import Partner, PartnerGroup
from segments import transfer
from segments.analysis.findings import findings
from segments.builder.state import from_definition
from segments.compiler import compile_definition
from segments.definition import Definition
from segments.errors import DefinitionFileError
from segments.insight.explanation import explain
from segments.insight.health import health_of
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.models import Segment, Tracking
from segments.services import save_segment
from segments.tracking.services import HistoryInUseError, switch_off, switch_on
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.segments.forms import ADD, any_of, asks, built, form, text_of
from tests.segments.tracking.clock import in_group, run_all, segment_of

pytestmark = pytest.mark.django_db

FIELDS = ["segment_since", "segment_entered", "segment_left"]


def asked(field, segment, operator="within", **days):
    return any_of([asks(field, operator, {"segment": segment.pk, "days": days})]) | {"version": 2}


@pytest.fixture
def vip(clock):
    """Partner 1 is there from the start, 2 entered on the second day, 3 did too and left on the third."""
    group = PartnerGroupFactory()
    for key in (1, 2, 3, 4):
        PartnerFactory(id=key, name=f"P{key}", groups=[group] if key == 1 else [])
    vip = segment_of(in_group(group.pk), name="VIP")
    switch_on(segment=vip, user=None)
    run_all(clock)
    clock.turn(days=1)
    group.partners.add(2, 3)
    run_all(clock)
    clock.turn(days=1)
    group.partners.remove(3)
    run_all(clock)
    return vip


def found(clock, definition):
    condition = compile_definition(Definition.from_json(definition), clock.moment)
    return set(Partner.objects.filter(condition).values_list("pk", flat=True))


def facts(partner, definition, clock):
    """What is told of the partner beside the only condition, if that is as true as the condition."""
    read = Definition.from_json(definition)
    told = explain(read, Partner.objects.get(pk=partner), Labels.of(read), clock.moment)
    assert told.is_in is (partner in found(clock, definition))
    return told.groups[0].brackets[0].reasons[0].facts


def trouble_of(clock, segment):
    return health_of([segment], clock.moment)[segment.pk].problem


class TestWhoIsMeant:
    def test_in_it_since_are_those_who_are_in_it_still(self, clock, vip):
        assert found(clock, asked("segment_since", vip, last=2)) == {2}
        assert found(clock, asked("segment_since", vip, last=3)) == {1, 2}

    def test_who_was_there_from_the_start_has_not_entered(self, clock, vip):
        assert found(clock, asked("segment_entered", vip, last=30)) == {2, 3}

    def test_left_are_those_who_left_then(self, clock, vip):
        assert found(clock, asked("segment_left", vip, last=1)) == {3}
        assert found(clock, asked("segment_left", vip, days_ago=1)) == set()

    def test_the_negative_form_is_met_by_all_others(self, clock, vip):
        assert found(clock, asked("segment_entered", vip, "not_within", last=30)) == {1, 4}

    def test_partners_who_are_gone_are_not_found(self, clock, vip):
        self.delete_in_time(2, clock)
        assert found(clock, asked("segment_left", vip, last=30)) == {3}

    def delete_in_time(self, partner, clock):
        Partner.objects.get(pk=partner).delete()
        clock.turn(days=1)
        assert [run.left for run in run_all(clock)] == [1]

    def test_who_was_added_with_the_id_of_a_deleted_partner_has_no_history(self, clock, vip):
        self.delete_in_time(2, clock)
        PartnerFactory(id=2, name="Somebody new")
        assert found(clock, asked("segment_entered", vip, last=30)) == {3}
        assert found(clock, asked("segment_left", vip, last=30)) == {3}
        assert facts(2, asked("segment_left", vip, last=30), clock) == [
            "never in segment “VIP” since it is tracked"
        ]

    def test_of_somebody_new_who_enters_later_only_that_counts(self, clock, vip):
        self.delete_in_time(2, clock)
        clock.turn(days=1)
        PartnerFactory(id=2, groups=[PartnerGroup.objects.get()])
        run_all(clock)
        assert found(clock, asked("segment_entered", vip, last=1)) == {2}
        assert found(clock, asked("segment_left", vip, last=30)) == {3}


class TestOfASegmentThatIsNotTracked:
    @pytest.mark.parametrize("field", FIELDS)
    @pytest.mark.parametrize("operator", ["within", "not_within"])
    def test_nobody_meets_either_form_and_it_needs_attention(self, clock, vip, field, operator):
        outer = segment_of(asked(field, vip, operator, last=30), name="Outer")
        Tracking.objects.all().delete()
        assert found(clock, outer.definition) == set()
        assert trouble_of(clock, outer) == (
            "It asks who entered or left a segment that is not tracked: “Outer” → “VIP”."
        )

    def test_it_can_not_be_saved(self, clock):
        other = segment_of(in_group(1), name="Other")
        with pytest.raises(ValidationError, match="not tracked: “New” → “Other”"):
            save_segment(
                name="New",
                definition=Definition.from_json(asked("segment_left", other, last=1)),
                user=None,
                moment=clock.moment,
            )

    def test_one_that_is_gone_is_told(self, clock):
        outer = segment_of(any_of([asks("segment_left", "within", {"segment": 404, "days": {"last": 1}})]))
        assert trouble_of(clock, outer) == "A segment that “Watched” names is gone."


class TestANamedSegment:
    def test_can_not_be_deleted(self, vip):
        segment_of(asked("segment_left", vip, last=1), name="Outer")
        with pytest.raises(ProtectedError):
            vip.delete()

    def test_stays_tracked(self, vip, editor):
        segment_of(asked("segment_left", vip, last=1), name="Outer")
        with pytest.raises(HistoryInUseError, match="by other segments: “Outer”"):
            switch_off(segment=vip, user=editor)
        assert Tracking.objects.filter(segment=vip).exists()

    def test_stays_tracked_on_its_page_too_which_says_why(self, vip, as_superuser):
        segment_of(asked("segment_left", vip, last=1), name="Outer")
        address = reverse("admin:segments_segment_tracking_off", args=[vip.pk])
        page = as_superuser.post(address, follow=True)
        assert "Its history is asked for by other segments: “Outer”." in text_of(page)
        assert Tracking.objects.filter(segment=vip).exists()

    def test_that_is_only_asked_for_its_partners_need_not(self, vip, editor):
        segment_of(any_of([asks("segment", "any_of", [vip.pk])]), name="Outer")
        switch_off(segment=vip, user=editor)
        assert not Tracking.objects.filter(segment=vip).exists()

    def test_that_asks_for_its_own_history_can_be_deleted(self, vip):
        vip.definition = asked("segment_entered", vip, "not_within", last=1)
        vip.save()
        vip.delete()
        assert not Segment.objects.exists()

    def test_can_ask_back_since_nothing_is_put_in_its_place(self, clock, vip):
        outer = segment_of(asked("segment_left", vip, last=1), name="Outer")
        switch_on(segment=outer, user=None)
        back = Definition.from_json(asked("segment_left", outer, last=1))
        saved = save_segment(segment=vip, name="VIP", definition=back, user=None, moment=clock.moment)
        assert trouble_of(clock, saved) == ""


@pytest.mark.parametrize(
    ("field", "operator", "words"),
    [
        ("segment_since", "within", "in segment “VIP” since a day in the last 7 days"),
        ("segment_since", "not_within", "not in segment “VIP” since a day in the last 7 days"),
        ("segment_entered", "within", "who entered segment “VIP” in the last 7 days"),
        ("segment_entered", "not_within", "who did not enter segment “VIP” in the last 7 days"),
        ("segment_left", "within", "who left segment “VIP” in the last 7 days"),
        ("segment_left", "not_within", "who did not leave segment “VIP” in the last 7 days"),
    ],
)
def test_the_sentence_names_the_segment_and_the_days(vip, field, operator, words):
    read = Definition.from_json(asked(field, vip, operator, last=7))
    assert sentence(read, Labels.of(read)) == f"Partners {words}."


@pytest.mark.parametrize(
    ("partner", "fact"),
    [
        (1, "was in segment “VIP” when tracking started, 28 Nov 2026"),
        (2, "entered segment “VIP” 29 Nov 2026 through data"),
        (3, "entered segment “VIP” 29 Nov 2026 through data, left 30 Nov 2026 through data"),
        (4, "never in segment “VIP” since it is tracked"),
    ],
)
def test_the_explanation_says_what_the_history_has(clock, vip, partner, fact):
    assert facts(partner, asked("segment_entered", vip, last=7), clock) == [fact]
    assert found(clock, asked("segment_entered", vip, last=7)) == {2, 3}


class TestFindings:
    def kinds(self, *conditions):
        return [one.kind for one in findings(Definition.from_json(any_of(conditions) | {"version": 2}))]

    def condition(self, field, segment, operator="within", **days):
        return asks(field, operator, {"segment": segment, "days": days})

    @pytest.mark.parametrize("field", FIELDS)
    def test_of_two_ranges_of_a_segment_the_wider_changes_nothing(self, field):
        assert self.kinds(self.condition(field, 1, last=3), self.condition(field, 1, last=7))
        assert not self.kinds(self.condition(field, 1, last=3), self.condition(field, 2, last=7))

    @pytest.mark.parametrize("field", FIELDS)
    def test_nobody_can_meet_a_range_and_not_a_wider_one(self, field):
        narrow = self.condition(field, 1, last=3)
        assert self.kinds(narrow, self.condition(field, 1, "not_within", last=7))

    def test_somebody_can_enter_and_leave_twice_but_is_in_it_since_one_day(self):
        ranges = {"last": 3}, {"more_days_ago": 3}
        for field in ("segment_entered", "segment_left"):
            assert not self.kinds(*(self.condition(field, 1, **days) for days in ranges))
        assert self.kinds(*(self.condition("segment_since", 1, **days) for days in ranges))


class TestTheBuilder:
    def test_offers_tracked_segments_alone(self, vip, as_editor):
        segment_of(in_group(1), name="Not watched")
        page = as_editor.post(ADD, form(asked("segment_left", vip, last=7), "preview"))
        shown = page.content.decode()
        assert f'<option value="{vip.pk}" selected>VIP</option>' in shown
        assert "Not watched" not in shown

    def test_keeps_one_that_is_not_tracked_any_more_and_says_so(self, vip, as_editor):
        Tracking.objects.all().delete()
        page = as_editor.post(ADD, form(asked("segment_left", vip, last=7), "preview"))
        assert "VIP (not tracked)" in page.content.decode()
        assert "It asks who entered or left a segment that is not tracked: “VIP”." in text_of(page)

    def test_waits_for_a_segment(self, vip):
        data = form(asked("segment_left", vip, last=7), fields={"row-0-value": ["", "last", "7"]})
        (row,) = built(data)
        assert row.trouble == "Choose a segment."

    def test_other_days_keep_the_segment(self, vip):
        turned = {"row-0-shown": "segment_left:within:number", "row-0-value": [str(vip.pk), "on", "7"]}
        data = form(asked("segment_left", vip, last=7), fields=turned)
        (row,) = built(data)
        assert row.data.getlist("row-0-value") == [str(vip.pk), "on"]

    def test_posts_what_the_definition_says(self, vip):
        state = from_definition(asked("segment_entered", vip, anniversary={"next": 3}))
        assert state.rows[0].values == (str(vip.pk), "anniversary", "3")


class TestFiles:
    def test_name_the_segment_which_has_to_be_tracked_where_they_are_read(self, clock, vip):
        outer = segment_of(asked("segment_left", vip, last=7), name="Outer")
        text = transfer.written(outer, clock.moment)
        assert f'"id": {vip.pk}' in text
        assert '"name": "VIP"' in text
        assert '"segments"' not in text
        read = transfer.read(text.encode(), clock.moment)
        assert read.definition == outer.read()

        Tracking.objects.all().delete()
        with pytest.raises(DefinitionFileError, match="not tracked: “Outer” → “VIP”"):
            transfer.read(text.encode(), clock.moment)
        outer.delete()
        vip.delete()
        with pytest.raises(DefinitionFileError, match="There is no segment “VIP” here"):
            transfer.read(text.encode(), clock.moment)


def test_a_definition_that_asked_for_a_history_which_is_gone_moves_partners_by_definition(clock, vip):
    """What the old definition would have found now is not known, so nothing is put down to data."""
    outer = segment_of(asked("segment_entered", vip, last=7), name="Outer")
    switch_on(segment=outer, user=None)
    run_all(clock)
    outer.definition = any_of([asks("partner_id", "any_of", ["2", "4"])])
    outer.save()
    Tracking.objects.filter(segment=vip).delete()
    clock.turn(days=1)
    run_all(clock)
    events = {(one.partner_id, one.left_cause or one.entered_cause) for one in outer.stays.all()}
    assert {cause for partner, cause in events if partner in (3, 4)} == {4}
