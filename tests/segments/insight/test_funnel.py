"""What each row and each group does, as the builder says it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.core.moment import Moment
from partners.core.time_limit import SupersededError, TooSlowError
from segments.definition import Definition
from segments.insight import funnel as funnels
from segments.insight.funnel import ConditionNumbers, funnel
from segments.query import bitmaps as patterns
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.queries import OF_A_BLOCK
from tests.segments.forms import ADD, EXPIRED, JOINED, NEW, any_of, asks, change, form, saved, text_of
from tests.segments.masks import answered_by_masks
from tests.segments.query.test_slow_questions import stopping

pytestmark = pytest.mark.django_db

FUNNEL = {"hx-request": "true", "hx-target": "builder-funnel"}


def of(definition):
    return funnel(Definition.from_json(definition), Moment.now())


def numbers(*conditions, **settings):
    """(alone, remain, without) of each condition of a definition of one group."""
    [group] = of(any_of({"all": list(conditions), **settings})).groups
    return [(one.alone, one.remain, one.without) for one in group.conditions]


class TestOnTheSameContract:
    @pytest.fixture(autouse=True)
    def program(self):
        """One is joined on Gold; one is joined on other terms and was on Gold; one has no contract."""
        self.gold, other = TemplateTermFactory(name="Gold"), TemplateTermFactory(name="Other")
        ContractFactory(template_term=self.gold, stage="joined")
        partner = PartnerFactory()
        ContractFactory(partner=partner, template_term=other, stage="joined")
        ContractFactory(partner=partner, template_term=self.gold, stage="expired")
        PartnerFactory()
        self.on_gold = asks("template_term", "any_of", [self.gold.pk])

    def test_what_remains_is_on_one_contract(self):
        assert numbers(JOINED, self.on_gold) == [(2, 2, 2), (2, 1, 2)]

    def test_what_remains_is_on_any_contract_where_the_group_says_so(self):
        assert numbers(JOINED, self.on_gold, contracts="any") == [(2, 2, 2), (2, 2, 2)]

    def test_rows_count_in_the_order_in_which_they_are_drawn(self):
        everybody = asks("contract_stage", "none_of", ["cancelled"])
        assert numbers(everybody, JOINED, self.on_gold) == [(3, 1, 1), (2, 2, 2), (2, 1, 2)]

    def test_so_it_is_where_many_are_counted_at_once(self, monkeypatch):
        monkeypatch.setattr(funnels, "MAX_COUNTED_SINGLY", 0)
        self.test_what_remains_is_on_one_contract()
        self.test_what_remains_is_on_any_contract_where_the_group_says_so()
        self.test_rows_count_in_the_order_in_which_they_are_drawn()


class TestWithoutARow:
    @pytest.fixture(autouse=True)
    def program(self):
        PartnerFactory.create_batch(2, prospecting_stage="new")
        PartnerFactory(prospecting_stage="expired")
        PartnerFactory(prospecting_stage="joined")

    def test_a_group_of_one_row_goes_away(self):
        first, second = of(any_of([NEW], [EXPIRED])).groups
        assert (first.size, first.only, first.conditions) == (2, 2, (ConditionNumbers(2, 2, 1),))
        assert (second.size, second.only, second.conditions) == (1, 1, (ConditionNumbers(1, 1, 2),))

    def test_a_segment_of_one_row_is_no_segment(self):
        assert numbers(NEW) == [(2, 2, None)]

    def test_a_doubled_group_brings_nobody_in_by_itself(self):
        assert [(group.size, group.only) for group in of(any_of([NEW], [NEW])).groups] == [(2, 0), (2, 0)]

    def test_who_is_in_already_does_not_enter_without_a_row(self):
        """Two are in the first group and the second; without Joined they would be in the third as well."""
        new_too = asks("prospecting_stage", "any_of", ["new", "outreach"])
        third = of(any_of([NEW], [new_too], [NEW, JOINED])).groups[2]
        assert [one.without for one in third.conditions] == [2, 2]

    def test_who_has_nothing_that_is_asked_about_enters_too(self):
        group = PartnerGroupFactory()
        blocked = asks("partner_group", "none_of", [group.pk])
        [first, _second] = of(any_of([NEW, blocked], [EXPIRED, blocked])).groups
        assert [one.without for one in first.conditions] == [4, 3]


def test_it_is_one_query_however_many_rows_and_partners(django_assert_num_queries):
    PartnerFactory.create_batch(3)
    many = any_of(*[[NEW, JOINED, asks("partner_name", "contains", f"{n}")] for n in range(8)])
    for definition in (any_of([NEW]), any_of([NEW, JOINED], [EXPIRED]), many):
        with django_assert_num_queries(1 + OF_A_BLOCK):
            of(definition)


def test_what_never_holds_is_not_asked_for():
    none_on_a_term = asks("contract_stage", "any_of", ["none"])
    contract = ContractFactory()
    term = asks("template_term", "any_of", [contract.template_term_id])
    [first, _second] = of(any_of([none_on_a_term, term], [EXPIRED])).groups
    assert [(one.alone, one.remain, one.without) for one in first.conditions] == [(0, 0, 1), (1, 0, 0)]


def test_more_than_a_database_takes_at_once_is_given_up(monkeypatch):
    monkeypatch.setattr(patterns, "MAX_BITS", 2)
    assert not of(any_of([NEW], [EXPIRED])).too_slow
    assert of(any_of([NEW], [EXPIRED], [JOINED])).too_slow


def test_the_largest_definition_is_answered():
    PartnerFactory(prospecting_stage="new")
    groups = [[asks("partner_id", "any_of", [20 * at + n + 1]) for n in range(19)] for at in range(20)]
    found = of(any_of(*[[NEW, *group] for group in groups]))
    assert [group.conditions[0].alone for group in found.groups] == [1] * 20


def second_look(client, definition, segment=None, **fields):
    return client.post(change(segment) if segment else ADD, form(definition, **fields), headers=FUNNEL)


def said(answer):
    """What the page says beside its rows and groups, by the name of the place."""
    found = re.findall(r'id="(funnel-[\w-]+)"[^>]*>(.*?)</(?:p|div)>', text_of(answer), re.DOTALL)
    return {place: _words(text) for place, text in found}


def _words(text):
    """What a row does, as “alone, remain, without it”; the words of a group."""
    if numbers := re.findall(r"<dd>([\d,]+)</dd>", text):
        return ", ".join(numbers)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split()).strip("–")


def test_nobody_is_counted_where_a_segment_is_named_that_is_broken():
    PartnerFactory(prospecting_stage="new")
    broken = saved("Broken", {"version": 3})
    found = of(any_of([NEW], [asks("segment", "none_of", [broken.pk])])).groups
    assert [(group.size, group.only) for group in found] == [(0, 0), (0, 0)]


class TestInTheBuilder:
    @pytest.fixture(autouse=True)
    def program(self):
        PartnerFactory.create_batch(2, prospecting_stage="new")
        PartnerFactory(prospecting_stage="expired")

    def test_the_numbers_come_as_parts_of_the_rows(self, as_editor):
        answer = second_look(as_editor, any_of([NEW, JOINED], [EXPIRED]))
        assert "<html" not in text_of(answer)
        assert said(answer) == {
            "funnel-0": "2, 2, 1",
            "funnel-1": "0, 0, 3",
            "funnel-2": "1, 1, 0",
            "funnel-of-group-0": "0 in this group 0 in no other brings no partners",
            "funnel-of-group-1": "1 in this group 1 in no other",
        }

    def test_exceptions_say_whom_they_leave_out(self, as_editor):
        definition = any_of([NEW], [EXPIRED]) | {"version": 2, "except": [{"all": [EXPIRED]}]}
        found = said(second_look(as_editor, definition))
        assert found["funnel-of-group-1"] == "1 in this group 0 in no other brings no partners"
        assert found["funnel-of-group-2"] == "1 left out 1 by no other"
        assert found["funnel-2"] == "1, 1, 3"

    def test_the_only_row_leaves_nobody(self, as_editor):
        answer = second_look(as_editor, any_of([NEW]))
        assert said(answer)["funnel-0"] == "2, 2, 0"
        assert "no row would be left" in text_of(answer)

    def test_rows_that_wait_have_none(self, as_editor):
        answer = second_look(as_editor, any_of([NEW]), fields={"row-0-value": []})
        assert answer.status_code == 200
        assert said(answer) == {}

    def test_a_page_keeps_their_places_free_and_asks_for_them_afterwards(self, as_editor):
        answer = as_editor.get(change(saved(definition=any_of([NEW]))))
        assert said(answer) == {"funnel-0": "", "funnel-of-group-0": ""}
        assert '<div id="builder-funnel" hx-post="" hx-trigger="load' in text_of(answer)

    def test_columns_answer_them_at_once_with_the_findings(self, as_editor):
        with answered_by_masks():
            page = as_editor.get(change(saved(definition=any_of([NEW]))))
            assert 'id="builder-afterwards" hx-post="" hx-trigger="load' in text_of(page)
            assert 'id="builder-funnel"' not in text_of(page)
            asked = form(any_of([NEW, asks("country", "any_of", ["NZ"])]), draft="1")
            answer = as_editor.post(ADD, asked, headers=FUNNEL | {"hx-target": "builder-afterwards"})
        assert [said(answer)[f"funnel-{row}"] for row in (0, 1)] == ["2, 2, 0", "0, 0, 2"]
        assert "no partner has New Zealand" in text_of(answer)

    def test_they_come_with_the_page_for_who_has_no_javascript(self, as_editor):
        answer = as_editor.post(ADD, form(any_of([NEW]), "preview"))
        assert said(answer)["funnel-0"] == "2, 2, 0"
        assert "2 in this group" in said(answer)["funnel-of-group-0"]
        assert 'id="builder-funnel"' not in text_of(answer)

    def test_a_viewer_is_told_too_and_an_outsider_nothing(self, as_viewer, as_outsider):
        segment = saved(definition=any_of([NEW]))
        assert said(second_look(as_viewer, any_of([NEW]), segment))["funnel-0"] == "2, 2, 0"
        answer = second_look(as_outsider, any_of([NEW]), segment)
        assert answer.status_code == 403
        assert said(answer) == {}

    def test_says_so_where_it_takes_too_long(self, as_editor, monkeypatch):
        monkeypatch.setattr(funnels, "time_limit", stopping(TooSlowError))
        for answer in (
            second_look(as_editor, any_of([NEW])),
            as_editor.post(ADD, form(any_of([NEW]), "preview")),
        ):
            assert "Counting what each row does would take too long." in text_of(answer)
            assert not any(said(answer).values())

    def test_an_overtaken_look_changes_nothing(self, as_editor, monkeypatch):
        monkeypatch.setattr(funnels, "time_limit", stopping(SupersededError))
        assert second_look(as_editor, any_of([NEW])).status_code == 204

    def test_the_preview_does_not_wait_for_them(self, as_editor):
        with CaptureQueriesContext(connection) as captured:
            answer = as_editor.post(
                ADD,
                form(any_of([NEW], [EXPIRED])),
                headers={"hx-request": "true", "hx-target": "builder-preview"},
            )
        assert said(answer) == {}
        assert not any("word_0" in query["sql"] for query in captured)
