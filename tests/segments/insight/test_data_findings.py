"""What looks wrong today, and what the builder and the Segments screen say and mend."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError
from segments.analysis.findings import MAX_VALUES_COMPARED
from segments.definition import Definition
from segments.insight import data_findings as sense
from segments.insight.data_findings import data_findings
from segments.language.labels import Labels
from segments.models import Segment
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.segments.forms import (
    ADD,
    EXPIRED,
    JOINED,
    LIST,
    NEW,
    PROSPECTS,
    any_of,
    asks,
    change,
    fields_of,
    form,
    rows_of,
    saved,
    text_of,
)
from tests.segments.masks import answered_by_masks
from tests.segments.moments import AT
from tests.segments.query.test_slow_questions import stopping
from tests.segments.screens.test_segment_admin import broken

pytestmark = pytest.mark.django_db

SENSE = {"hx-request": "true", "hx-target": "builder-sense"}
TWO_NAMES = {"name": "  My name ", "revision": "1"}


def of_today(definition, segment=None):
    read = Definition.from_json(definition)
    return data_findings(read, Labels.of(read), Moment.now(), segment=segment)


def texts(definition):
    return [finding.text for finding in of_today(definition)]


def mends(answer, kind):
    """The button that mends the finding of this kind on a page: its name and value."""
    for number, finding in enumerate(answer.context["builder"].findings, start=1):
        if finding.kind == kind:
            return {f"fix:{number}": finding.key}
    raise AssertionError(kind)


@pytest.mark.parametrize("masks", [False, True], ids=["SQL", "masks"])
class TestValuesThatNobodyHas:
    @pytest.fixture(autouse=True)
    def answers(self, masks):
        with answered_by_masks(yes=masks):
            yield

    def test_of_many_the_first_are_named_and_the_others_counted(self):
        groups = [PartnerGroupFactory(name=f"Unused {number}").pk for number in range(9)]
        used = PartnerGroupFactory(name="Used")
        PartnerFactory(groups=[used])
        [finding] = of_today(any_of([asks("partner_group", "any_of", [used.pk, *groups])]))
        named = ", ".join(f"“Unused {number}”" for number in range(5))
        assert finding.text == f"Row 1 (Partner Group): no partner has {named} and 4 more today."
        assert finding.fix.label == f"Take {named} and 4 more out of row 1 (Partner Group)"

    def test_are_named_by_condition_with_what_takes_them_out(self):
        used, unused = PartnerGroupFactory(name="Used"), PartnerGroupFactory(name="Unused")
        PartnerFactory(groups=[used], prospecting_stage="new")
        definition = any_of(
            [
                asks("partner_group", "any_of", [used.pk, unused.pk]),
                asks("prospecting_stage", "any_of", ["new", "joined"]),
            ]
        )
        group, stage = of_today(definition)
        assert group.text == "Row 1 (Partner Group): no partner has “Unused” today."
        assert stage.text == "Row 2 (Prospecting Stage): no partner has Joined today."
        assert not group.error
        assert group.fix.applied(Definition.from_json(definition)).to_json() == any_of(
            [
                asks("partner_group", "any_of", [used.pk]),
                asks("prospecting_stage", "any_of", ["new", "joined"]),
            ]
        )

    def test_a_condition_of_nothing_else_stays(self):
        term = TemplateTermFactory(name="Idle")
        [finding] = of_today(any_of([asks("template_term", "none_of", [term.pk])]))
        assert finding.text == "Row 1 (Partner Template Term): no partner has “Idle” today."
        assert finding.fix is None

    def test_a_text_that_fits_no_name(self):
        ContractFactory(template_term=TemplateTermFactory(name="Gold"), partner=PartnerFactory(name="Ada"))
        assert texts(
            any_of([asks("template_term", "contains", "glod"), asks("partner_name", "starts_with", "ad")])
        ) == ["Row 1 (Partner Template Term): no partner has one that contains “glod” today."]

    def test_what_is_there_none_typed_ids_partners_and_the_deleted_are_left_alone(self):
        contract = ContractFactory(stage="joined")
        definition = any_of(
            [
                asks("contract_stage", "any_of", ["none", "joined"]),
                asks("contract_id", "none_of", ["S-none"]),
                asks("partner_id", "none_of", [contract.partner_id, 99]),
                asks("partner_name", "none_of", [contract.partner_id, 98]),
                asks("partner_group", "none_of", [97]),
                asks("template_term", "any_of", [contract.template_term_id]),
            ]
        )
        assert texts(definition) == []

    def test_days_on_which_nothing_is(self):
        ContractFactory(end_date=AT.today)
        definition = any_of([asks("contract_end", "within", {"on": "2026-11-28"})])
        assert texts(definition) == []
        other = any_of([asks("contract_end", "not_within", {"on": "2026-11-29"})])
        assert texts(other) == ["Row 1 (Contract End): no partner has one that is on 29 Nov 2026 today."]

    def test_other_segments_that_have_nobody(self):
        PartnerFactory(prospecting_stage="new")
        new, expired = saved("New", any_of([NEW])), saved("Expired", any_of([EXPIRED]))
        assert texts(any_of([asks("segment", "any_of", [new.pk, expired.pk])])) == [
            "Row 1 (Segment): no partner is in “Expired” today."
        ]

    def test_no_more_than_so_many_are_looked_for_in_one_query(self, change_limits):
        change_limits(data_findings_max_values=1)
        definition = any_of([asks("prospecting_stage", "any_of", ["new", "joined"])])
        assert texts(definition) == ["Row 1 (Prospecting Stage): no partner has New today."]

    def test_are_left_out_where_looking_takes_too_long(self, monkeypatch):
        monkeypatch.setattr(sense, "time_limit", stopping(TooSlowError))
        assert texts(PROSPECTS) == []


def test_values_that_nobody_has_cost_the_same_however_many():
    groups = [PartnerGroupFactory().pk for _ in range(5)]
    few, many = (
        Definition.from_json(any_of(*[[asks("partner_group", "any_of", groups[:n])]] * n)) for n in (1, 5)
    )
    costs = []
    for definition in (few, many):
        labels = Labels.of(definition)
        with CaptureQueriesContext(connection) as captured:
            data_findings(definition, labels, Moment.now(), segment=None)
        costs.append(len([one for one in captured if one["sql"].startswith("SELECT")]))
    assert costs == [2, 2]


@pytest.mark.parametrize("masks", [False, True], ids=["SQL", "masks"])
class TestExceptionsThatTakeNobodyOut:
    @pytest.fixture(autouse=True)
    def answers(self, masks):
        with answered_by_masks(yes=masks):
            yield

    def test_are_named_by_their_rows(self):
        PartnerFactory(prospecting_stage="new")
        expired = PartnerFactory(prospecting_stage="expired")
        ContractFactory(partner=expired, stage="joined")
        definition = any_of([NEW]) | {"except": [{"all": [JOINED]}], "version": 2}
        assert texts(definition) == ["Row 2 (Contract Stage): this exception takes out no partner today."]
        assert texts({**definition, **any_of([EXPIRED]), "version": 2}) == []

    def test_are_not_named_twice_if_they_never_do(self):
        PartnerFactory(prospecting_stage="new")
        PartnerFactory(prospecting_stage="expired")
        assert texts(any_of([NEW]) | {"except": [{"all": [EXPIRED]}], "version": 2}) == []


class TestSegmentsOfTheSameMeaning:
    @pytest.fixture(autouse=True)
    def partner(self):
        PartnerFactory(prospecting_stage="new")

    def test_are_named(self):
        twin = saved("Twin", any_of([NEW, NEW], [NEW, JOINED]))
        saved("Other", any_of([EXPIRED]))
        broken(any_of())
        [finding] = of_today(PROSPECTS)
        assert finding.kind == "twin"
        assert finding.segments == ((twin.pk, "Twin"),)

    def test_a_segment_is_not_its_own_twin(self):
        assert of_today(PROSPECTS, saved()) == []

    def test_who_never_has_anybody_has_no_twin(self):
        nobody = any_of([NEW, asks("prospecting_stage", "none_of", ["new"])])
        saved("Nobody", nobody)
        assert of_today(nobody) == []

    def test_very_long_ones_are_not_compared(self):
        long = any_of(*[[asks("partner_id", "any_of", list(range(1, 10_001)))]] * 3)
        assert MAX_VALUES_COMPARED < 3 * 10_000
        saved("Long", long)
        assert of_today(long) == []
        assert of_today(PROSPECTS) == []


class TestBuilder:
    def test_findings_come_with_the_number_and_cost_no_query(self, as_editor):
        definitions = any_of([NEW]), any_of([NEW, NEW])
        costs = []
        for definition in definitions:
            with CaptureQueriesContext(connection) as captured:
                answer = as_editor.post(
                    ADD, form(definition), headers={"hx-request": "true", "hx-target": "builder-preview"}
                )
            costs.append(len(captured))
        assert "repeats row 1" in text_of(answer)
        assert costs[0] == costs[1]

    def test_mend_changes_the_row_and_keeps_everything_else(self, as_editor):
        definition = any_of([NEW, NEW, JOINED], [EXPIRED])
        shown = as_editor.post(ADD, form(definition, "preview", TWO_NAMES))
        page = as_editor.post(ADD, fields_of(shown) | mends(shown, "repeat"))
        assert rows_of(page) == rows_of(as_editor.post(ADD, form(any_of([NEW, JOINED], [EXPIRED]))))
        assert fields_of(page)["name"] == ["  My name "]
        assert text_of(page).count("autofocus") == 1
        assert 'id="and-0"' in text_of(page).split("autofocus")[0].rsplit("<button", 1)[1]

    def test_mend_puts_another_value_in_place(self, as_editor):
        definition = any_of(
            [asks("contract_stage", "any_of", ["none", "joined"]), asks("template_term", "contains", "x")]
        )
        shown = as_editor.post(ADD, form(definition))
        page = as_editor.post(ADD, fields_of(shown) | mends(shown, "idle"))
        assert page.context["builder"].definition == Definition.from_json(
            any_of([JOINED, asks("template_term", "contains", "x")])
        )

    def test_mend_lets_any_contract_do(self, as_editor):
        definition = any_of([JOINED, asks("contract_stage", "any_of", ["expired"])])
        shown = as_editor.post(ADD, form(definition))
        page = as_editor.post(ADD, fields_of(shown) | mends(shown, "contradiction"))
        assert page.context["builder"].definition.any[0].contracts == "any"

    def test_mend_takes_a_whole_group(self, as_editor):
        shown = as_editor.post(ADD, form(any_of([NEW], [NEW, JOINED])))
        page = as_editor.post(ADD, fields_of(shown) | mends(shown, "group"))
        assert page.context["builder"].definition == Definition.from_json(PROSPECTS)
        assert 'id="another"' in text_of(page).split("autofocus")[0].rsplit("<button", 1)[1]

    def test_mend_takes_out_a_value_of_today(self, as_editor):
        PartnerFactory(prospecting_stage="new")
        definition = any_of([asks("prospecting_stage", "any_of", ["new", "joined"])])
        [finding] = of_today(definition)
        page = as_editor.post(ADD, form(definition) | {"fix:today-1": finding.key})
        assert page.context["builder"].definition == Definition.from_json(PROSPECTS)

    @pytest.mark.parametrize("key", ["", "abc", "\0", "é"])
    def test_an_old_or_wrong_mend_does_nothing_and_says_so(self, as_editor, key):
        page = as_editor.post(ADD, form(any_of([NEW, NEW]), fields={"fix:1": key}))
        assert len(rows_of(page)) == 2
        assert "Nothing was mended" in text_of(page)

    def test_a_mend_of_rows_that_wait_does_nothing(self, as_editor):
        page = as_editor.post(ADD, form(any_of([NEW, NEW]), fields={"fix:1": "abc", "row-1-value": []}))
        assert len(rows_of(page)) == 2
        assert "Nothing was mended" in text_of(page)

    def test_a_mend_saves_nothing(self, as_editor):
        segment = saved(definition=any_of([NEW, NEW]))
        shown = as_editor.get(change(segment))
        as_editor.post(change(segment), fields_of(shown) | mends(shown, "repeat"))
        assert Segment.objects.get().definition == any_of([NEW, NEW])

    def test_a_viewer_may_mend_what_is_not_saved_and_an_outsider_nothing(self, as_viewer, as_outsider):
        segment = saved(definition=any_of([NEW, NEW]))
        shown = as_viewer.get(change(segment))
        data = fields_of(shown) | mends(shown, "repeat")
        assert len(rows_of(as_viewer.post(change(segment), data))) == 1
        assert as_outsider.post(change(segment), data).status_code == 403

    def test_the_second_look_names_what_only_data_can_say(self, as_editor):
        twin = saved("Twin")
        page = text_of(as_editor.post(ADD, form(PROSPECTS), headers=SENSE))
        assert "This means the same as" in page
        assert change(twin) in page
        assert "no partner has New today" in page

    def test_the_second_look_at_rows_that_wait_is_empty(self, as_editor):
        page = text_of(as_editor.post(ADD, form(PROSPECTS, fields={"row-0-value": []}), headers=SENSE))
        assert page.strip() == ""


class TestSaving:
    NEVER = any_of([NEW], [NEW, asks("prospecting_stage", "none_of", ["new"])])

    def test_an_error_blocks_it_and_loses_nothing(self, as_editor):
        page = as_editor.post(ADD, form(self.NEVER, "save", {"name": "Never"}))
        assert page.status_code == 200
        assert "Not saved yet: no partner can ever meet a part of it" in text_of(page)
        assert "contradict each other" in text_of(page)
        assert fields_of(page)["name"] == ["Never"]
        assert len(rows_of(page)) == 3
        assert not Segment.objects.exists()

    def test_hints_do_not(self, as_editor):
        as_editor.post(ADD, form(any_of([NEW, NEW]), "save", {"name": "Twice"}))
        assert Segment.objects.get().definition == any_of([NEW, NEW])

    def test_what_is_stored_all_the_same_matches_nobody_there(self):
        partner = PartnerFactory(prospecting_stage="new")
        assert [found.pk for found in saved(definition=self.NEVER).partners()] == [partner.pk]


class TestSegmentsScreen:
    def test_says_what_looks_wrong(self, as_viewer):
        saved("Repeating", any_of([NEW, NEW]))
        page = text_of(as_viewer.get(LIST))
        assert "Row 2 (Prospecting Stage) repeats row 1 (Prospecting Stage)." in page
        assert ">Needs attention</span>" not in page

    def test_an_error_needs_attention(self, as_viewer):
        saved("Never", TestSaving.NEVER)
        page = text_of(as_viewer.get(LIST))
        assert ">Needs attention</span>" in page
        assert "contradict each other" in page

    def test_names_those_of_the_page_that_mean_the_same(self, as_viewer):
        one, other = saved("One", any_of([NEW], [NEW, JOINED])), saved("Other", any_of([NEW]))
        saved("Else", any_of([EXPIRED]))
        broken(any_of())
        page = as_viewer.get(LIST)
        twins = {
            segment.name: [twin.name for twin in segment.twins] for segment in page.context["cl"].result_list
        }
        assert twins == {"One": ["Other"], "Other": ["One"], "Else": [], "Broken": []}
        assert text_of(page).count("This means the same as") == 2
        assert change(one) in text_of(page)
        assert change(other) in text_of(page)
