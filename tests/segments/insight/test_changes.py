"""Who enters and who leaves a saved segment, before it is saved."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from partners.core.time_limit import SupersededError, TooSlowError
from segments.definition import Definition
from segments.insight import changes
from segments.insight.changes import membership_change
from segments.models import Segment
from segments.query import difference
from segments.query.keyset import ORDERINGS
from segments.query.members import difference_query
from tests.factories import PartnerFactory
from tests.laws import law
from tests.segments.evaluator import matching
from tests.segments.forms import ADD, EXPIRED, JOINED, NEW, PROSPECTS, any_of, asks, form, saved, text_of
from tests.segments.forms import change as address_of
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT
from tests.segments.query.test_slow_questions import stopping
from tests.segments.screens.test_segment_admin import broken
from tests.segments.strategies import definitions, programs, stored

pytestmark = pytest.mark.django_db

SENSE = {"hx-request": "true", "hx-target": "builder-sense"}


@law(120)
@given(programs(), definitions, definitions, st.booleans(), st.booleans())
def test_enter_and_leave_are_the_differences_of_the_sets(program, before, after, many, masks):
    with stored(program), answered_by_masks(yes=masks), pytest.MonkeyPatch.context() as patch:
        patch.setattr(difference, "SORT_FIRST_BELOW", 1 if many else 5_000)
        enters = matching(after, program) - matching(before, program)
        leaves = matching(before, program) - matching(after, program)
        found = membership_change(Definition.from_json(before), Definition.from_json(after), AT)
        assert {partner.pk for partner in found.enter.partners} == enters
        assert {partner.pk for partner in found.leave.partners} == leaves
        assert (found.enter.count, found.leave.count) == (len(enters), len(leaves))


@law(40)
@given(programs(), definitions, definitions, st.sampled_from(sorted(ORDERINGS)), st.booleans())
def test_those_who_enter_are_listed_in_every_order(program, before, after, key, masks):
    with stored(program), answered_by_masks(yes=masks):
        found = difference_query(Definition.from_json(after), less=[Definition.from_json(before)], moment=AT)
        listed = [partner.pk for partner in found.page(100, order=ORDERINGS[key])]
        assert sorted(listed) == sorted(matching(after, program) - matching(before, program))


def second_look(client, segment, definition):
    return client.post(address_of(segment), form(definition), headers=SENSE)


class TestBeforeYouSave:
    @pytest.fixture(autouse=True)
    def program(self):
        PartnerFactory(name="Newt", prospecting_stage="new")
        PartnerFactory(name="Exa", prospecting_stage="expired")
        PartnerFactory(name="Exb", prospecting_stage="expired")

    def test_names_who_enters_and_who_leaves(self, as_editor):
        page = text_of(second_look(as_editor, saved(), any_of([EXPIRED])))
        assert "<html" not in page
        for part in ("Before you save", "+2 enter", "\u22121 leaves", "Exa", "Exb", "Newt", "See all 2"):
            assert part in page

    def test_a_side_without_a_partner_is_left_out(self, as_editor):
        page = text_of(second_look(as_editor, saved(), any_of([NEW], [JOINED], [EXPIRED])))
        assert "+2 enter</strong> against what is stored" in page
        assert "\u22120" not in page

    def test_says_nothing_where_nothing_has_changed(self, as_editor):
        assert "Before you save" not in text_of(second_look(as_editor, saved(), PROSPECTS))

    def test_says_so_where_other_rows_have_the_same_partners(self, as_editor):
        page = text_of(second_look(as_editor, saved(), any_of([NEW], [JOINED])))
        assert "no partner enters or leaves" in page
        assert "+0" not in page

    def test_says_nothing_of_a_new_segment_or_of_rows_that_wait(self, as_editor):
        assert "Before you save" not in text_of(as_editor.post(ADD, form(PROSPECTS), headers=SENSE))
        data = form(PROSPECTS, fields={"row-0-value": []})
        assert "Before you save" not in text_of(as_editor.post(address_of(saved()), data, headers=SENSE))

    def test_everybody_enters_what_was_broken(self, as_editor):
        page = text_of(second_look(as_editor, broken(any_of()), any_of([EXPIRED])))
        assert "+2 enter" in page

    def test_comes_with_the_page_for_who_has_no_javascript(self, as_editor):
        page = text_of(as_editor.post(address_of(saved()), form(any_of([EXPIRED]), "preview")))
        assert "<html" in page
        assert "+2 enter" in page
        assert 'hx-trigger="load' not in page

    def test_the_page_with_javascript_asks_for_it_afterwards(self, as_editor):
        page = text_of(as_editor.get(address_of(saved())))
        assert 'hx-trigger="load' in page
        assert "Before you save" not in page

    def test_all_of_them_are_one_step_away(self, as_editor):
        segment = saved()
        for button, names in (("entering", ["Exa", "Exb"]), ("leaving", ["Newt"])):
            answer = as_editor.post(address_of(segment), form(any_of([EXPIRED]), button), follow=True)
            assert [partner.name for partner in answer.context["page"].partners] == names
            assert "Prospects" in answer.context["title"]
            assert "Export…" not in text_of(answer)
            assert f"{address_of(segment)}?draft=" in answer.context["back"]

    def test_the_list_of_a_draft_of_no_segment_is_not_there(self, as_editor):
        answer = as_editor.post(ADD, form(PROSPECTS, "entering"), follow=True)
        assert answer.status_code == 404
        assert as_editor.get(reverse("admin:segments_draft_leaving", args=["abcdefgh"])).status_code == 404

    def test_the_list_can_be_filtered(self, as_editor):
        answer = as_editor.post(address_of(saved()), form(any_of([EXPIRED]), "entering"))
        found = as_editor.get(answer.url, {"q": "Exb"})
        assert found.status_code == 200

    def test_a_viewer_is_told_too_and_an_outsider_nothing(self, as_viewer, as_outsider):
        segment = saved()
        assert "+2 enter" in text_of(second_look(as_viewer, segment, any_of([EXPIRED])))
        answer = second_look(as_outsider, segment, any_of([EXPIRED]))
        assert answer.status_code == 403
        assert "Exa" not in text_of(answer)
        key = as_viewer.post(address_of(segment), form(any_of([EXPIRED]), "entering")).url
        assert as_outsider.get(key).status_code == 403
        assert as_viewer.get(key).status_code == 200

    def test_says_so_where_it_takes_too_long(self, as_editor, monkeypatch):
        monkeypatch.setattr(changes, "time_limit", stopping(TooSlowError))
        assert "took too long to find" in text_of(second_look(as_editor, saved(), any_of([EXPIRED])))

    def test_an_overtaken_look_changes_nothing(self, as_editor, monkeypatch):
        monkeypatch.setattr(changes, "time_limit", stopping(SupersededError))
        assert second_look(as_editor, saved(), any_of([EXPIRED])).status_code == 204

    def test_saves_nothing(self, as_editor):
        segment = saved()
        second_look(as_editor, segment, any_of([EXPIRED]))
        assert Segment.objects.get() == segment
        assert Segment.objects.get().definition == PROSPECTS


def test_a_second_look_costs_the_same_however_many_rows_and_partners(as_editor):
    segment = saved()
    few = any_of([EXPIRED])
    many = any_of([EXPIRED, asks("partner_id", "none_of", [1, 2])], [asks("partner_name", "contains", "x")])
    PartnerFactory(prospecting_stage="new")
    PartnerFactory(prospecting_stage="expired")
    second_look(as_editor, segment, few)
    costs = []
    for definition in (few, many):
        with CaptureQueriesContext(connection) as captured:
            assert second_look(as_editor, segment, definition).status_code == 200
        costs.append([query["sql"] for query in captured])
        PartnerFactory.create_batch(5, prospecting_stage="expired")
    assert len(costs[1]) <= len(costs[0]) + 1
