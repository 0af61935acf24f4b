"""Why a partner is in or out: it says what the compiled query says, and rests on the partner's own rows."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from contracts.models import Contract, ContractStage
from partners.models import Partner
from segments.definition import MAX_CONDITIONS, MAX_GROUPS, Definition
from segments.definition_cache import cached_definition
from segments.insight.evidence import Evidence, PartnerRows
from segments.insight.explanation import explain, groups_met
from segments.language.labels import Labels
from segments.query import exists as probes
from segments.query.exists import rows_asked
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.laws import law
from tests.segments.evaluator import condition_holds, group_holds, matching, some_contract_meets
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, asks, saved
from tests.segments.moments import AT
from tests.segments.operators import POSITIVE
from tests.segments.strategies import definitions, groups, on_contracts, programs, stored
from tests.segments.test_laws import one_group

pytestmark = pytest.mark.django_db


def explained(definition, partner):
    read = Definition.from_json(definition)
    return explain(read, Partner.objects.get(pk=getattr(partner, "pk", partner)), Labels.of(read), AT)


def reasons(explanation):
    groups = [*explanation.groups, *explanation.exceptions]
    return [reason for group in groups for bracket in group.brackets for reason in bracket.reasons]


@law(150)
@given(programs(), definitions)
def test_in_is_said_of_exactly_the_members_and_of_what_they_meet(program, definition):
    with stored(program):
        for row in program.partners:
            said = explained(definition, row.id)
            assert said.is_in == (row.id in matching(definition, program))
            asked_groups = [*definition["any"], *definition.get("except", [])]
            assert bool(said.excepted_by) == any(group.met for group in said.exceptions)
            for group, asked in zip([*said.groups, *said.exceptions], asked_groups, strict=True):
                assert group.met == group_holds(asked, row, program)
                assert sum(len(bracket.reasons) for bracket in group.brackets) == len(asked["all"])
            for reason in reasons(said):
                assert reason.met == condition_holds(reason.condition.to_json(), row, program)
                assert reason.facts


@law(80)
@given(programs(), st.lists(on_contracts, min_size=2, max_size=3))
def test_a_bracket_holds_where_one_contract_meets_all_of_it(program, several):
    definition = one_group(*several)
    with stored(program):
        for row in program.partners:
            [group] = explained(definition, row.id).groups
            for bracket in group.brackets:
                asked = [reason.condition.to_json() for reason in bracket.reasons]
                if bracket.together:
                    assert bracket.met == some_contract_meets(asked, row, program)
                else:
                    assert bracket.met == bracket.reasons[0].met
                assert group.met == all(bracket.met for bracket in group.brackets)


@law(60)
@given(programs(), st.lists(definitions, min_size=1, max_size=4))
def test_the_groups_that_a_partner_is_in_are_those_of_which_it_is_said(program, several):
    with stored(program):
        for partner in Partner.objects.all():
            met = groups_met(partner, [cached_definition(one) for one in several], AT)
            for definition, found in zip(several, met, strict=True):
                said = explained(definition, partner)
                assert bool(found) == (partner.pk in matching(definition, program))
                assert found == [group for group in said.groups if group.met and said.is_in]


@law(30)
@given(programs(), groups)
def test_however_many_queries_it_takes(program, group):
    definition = {"version": 1, "any": [group]}
    with stored(program), pytest.MonkeyPatch.context() as patch:
        whole = [explained(definition, row.id) for row in program.partners]
        for module, name in (
            (probes, "MAX_COLUMNS_PER_QUERY"),
            (probes, "MAX_VALUES_PER_QUERY"),
        ):
            patch.setattr(module, name, 1)
        assert [explained(definition, row.id) for row in program.partners] == whole


@law(60)
@given(programs(), st.lists(on_contracts, min_size=1, max_size=3))
def test_the_facts_name_the_contracts_that_meet_a_condition(program, several):
    read = Definition.from_json(one_group(*several))
    with stored(program):
        for row in program.partners:
            rows = PartnerRows(row.id, rows_asked(read.conditions(), AT))
            found = Evidence(rows, Labels.of(read), AT)
            for condition in read.conditions():
                positive = condition.to_json() | {
                    "operator": POSITIVE.get(condition.operator, condition.operator)
                }
                alone = [replace(row, contracts=(contract,)) for contract in row.contracts]
                expected = [
                    one.contracts[0].number for one in alone if condition_holds(positive, one, program)
                ]
                assert sorted(one.name for one in found.rows_meeting([condition])) == sorted(expected)


class TestFacts:
    """In words. Aurora is Joined on Silver, was on Gold, and is in two groups."""

    @pytest.fixture(autouse=True)
    def program(self):
        self.vip, self.eu, self.blocked = (
            PartnerGroupFactory(name=name) for name in ("VIP", "EU", "Blocked")
        )
        self.gold, self.silver = (TemplateTermFactory(name=name) for name in ("Gold", "Silver"))
        self.aurora = PartnerFactory(
            name="Aurora",
            prospecting_stage="joined",
            last_transition_date=date(2025, 2, 3),
            groups=[self.vip, self.eu],
        )
        self.moss = PartnerFactory(name="Moss")
        self.contract("S-1", self.gold, "expired", date(2024, 1, 5))
        self.contract("S-2", self.silver, "joined", date(2025, 2, 3))

    def contract(self, number, term, stage, since):
        ContractFactory(
            partner=self.aurora,
            number=number,
            template_term=term,
            stage=stage,
            start_date=since,
            stage_since=datetime(since.year, since.month, since.day, 12, tzinfo=UTC),
        )

    def facts(self, *condition, of=None, where=()):
        asked = (
            asks(*condition)
            if len(condition) > 2
            else dict(zip(("field", "operator"), condition, strict=True))
        )
        asked |= {"where": list(where)} if where else {}
        [reason] = reasons(explained(any_of([asked]), of or self.aurora))
        return ("met" if reason.met else "not met", reason.words, *reason.facts)

    def test_of_contracts(self):
        assert self.facts("contract_stage", "any_of", ["joined"]) == (
            "met",
            "Contract Stage is any of Joined",
            "contract S-2: Joined since 3 Feb 2025",
        )
        assert self.facts("contract_stage", "any_of", ["suspended", "none"]) == (
            "not met",
            "Contract Stage is any of Suspended, None",
            "no contract that is Suspended",
            "contract S-2: Joined since 3 Feb 2025",
            "contract S-1: Expired since 5 Jan 2024",
        )
        assert self.facts("template_term", "none_of", [self.gold.pk]) == (
            "not met",
            "Partner Template Term is none of “Gold”",
            "contract S-1: “Gold”",
        )
        assert self.facts("template_term", "not_contains", "bron") == (
            "met",
            "Partner Template Term does not contain “bron”",
            "no contract on a template term whose name contains “bron”",
            "contract S-2: “Silver”",
            "contract S-1: “Gold”",
        )
        assert self.facts("contract_id", "any_of", ["S-1"])[2:] == ("contract S-1",)
        assert self.facts("contract_id", "any_of", ["S-9"])[2] == "no contract with Contract ID S-9"

    def test_of_no_contract(self):
        assert self.facts("contract_stage", "any_of", ["none"], of=self.moss)[0::2] == ("met", "no contract")
        assert self.facts("contract_stage", "none_of", ["none"], of=self.moss)[0::2] == (
            "not met",
            "no contract",
        )
        assert self.facts("template_term", "any_of", [self.gold.pk], of=self.moss)[2:] == ("no contract",)
        assert self.facts("contract_stage", "any_of", ["none"])[2:] == (
            "contract S-2: Joined since 3 Feb 2025",
            "contract S-1: Expired since 5 Jan 2024",
        )

    def test_of_groups(self):
        assert self.facts("partner_group", "any_of", [self.vip.pk])[2:] == ("in group “VIP”",)
        assert self.facts("partner_group", "none_of", [self.blocked.pk])[2:] == ("in groups “EU”, “VIP”",)
        assert self.facts("partner_group", "none_of", [self.blocked.pk], of=self.moss)[2:] == ("in no group",)

    def test_of_the_partner_itself(self):
        assert self.facts("prospecting_stage", "any_of", ["new"])[2:] == (
            "Prospecting Stage: Joined since 3 Feb 2025",
        )
        assert self.facts("prospecting_stage", "any_of", ["new"], of=self.moss)[2:] == (
            "Prospecting Stage: New",
        )
        assert self.facts("partner_name", "contains", "x")[2:] == ("Partner Name: “Aurora”",)
        assert self.facts("partner_id", "any_of", [self.aurora.pk])[2:] == (f"Partner ID: {self.aurora.pk}",)

    def test_of_days_say_which_are_meant(self):
        Contract.objects.filter(number="S-2").update(end_date=date(2026, 12, 12))
        assert self.facts("contract_end", "within", {"next": 30}) == (
            "met",
            "Contract End is in the next 30 days",
            "contract S-2: 12 Dec 2026, within 28 Nov – 27 Dec 2026",
        )
        assert self.facts("contract_end", "within", {"last": 7})[2:] == (
            "no contract that ended in the last 7 days",
            "contract S-2: 12 Dec 2026, not within 22 Nov – 28 Nov 2026",
            "contract S-1: empty",
        )
        assert self.facts("contract_start", "not_within", {"anniversary": {"next": 7}})[2:] == (
            "no contract that starts on a day whose anniversary is in the next 7 days",
            "contract S-2: 3 Feb 2025, its day not within 28 Nov – 4 Dec 2026",
            "contract S-1: 5 Jan 2024, its day not within 28 Nov – 4 Dec 2026",
        )
        assert self.facts("last_transition_date", "within", {"before": "2026-01-01"})[2:] == (
            "Last Transition Date: 3 Feb 2025, before 1 Jan 2026",
        )
        assert self.facts("original_joined_date", "is_empty")[0::2] == ("met", "Original Joined Date: empty")

    def test_of_counts_name_what_is_counted(self):
        assert self.facts("contracts", "at_least", "2") == (
            "met",
            "Contracts at least 2",
            "2 contracts: S-2, S-1",
        )
        assert self.facts("contracts", "less_than", "1", of=self.moss)[2:] == ("no contract",)
        assert self.facts("contracts", "at_least", "2", where=[JOINED]) == (
            "not met",
            "Contracts at least 2 where Contract Stage is any of Joined",
            "2 contracts: S-2, S-1",
            "1 of them that is Joined: S-2",
        )
        not_gold = asks("template_term", "none_of", [self.gold.pk, self.silver.pk])
        assert self.facts("contracts", "equals", "0", where=[JOINED, not_gold])[2:] == (
            "2 contracts: S-2, S-1",
            "none of them that are Joined and not on either “Gold” or “Silver”",
        )

    def test_of_counts_know_the_names_of_what_limits_them(self):
        counted = asks("contracts", "at_least", "1") | {
            "where": [asks("template_term", "any_of", [self.gold.pk])]
        }
        [[group]] = groups_met(self.aurora, [cached_definition(any_of([counted]))], AT)
        [reason] = group.brackets[0].reasons
        assert reason.words.endswith("where Partner Template Term is any of “Gold”")
        assert reason.facts == ["2 contracts: S-2, S-1", "1 of them on “Gold”: S-1"]

    def test_of_other_segments_say_in_which_it_is(self):
        joined, vips, new = (
            saved(name, any_of(group))
            for name, group in (
                ("Joined", [JOINED]),
                ("VIPs", [asks("partner_group", "any_of", [self.vip.pk])]),
                ("New ones", [NEW]),
            )
        )
        all_of_them = [joined.pk, vips.pk, new.pk]
        assert self.facts("segment", "any_of", [new.pk]) == (
            "not met",
            "Segment is any of “New ones”",
            "not in segment “New ones”",
        )
        assert self.facts("segment", "any_of", all_of_them)[2:] == ("in segments “Joined”, “VIPs”",)
        assert self.facts("segment", "none_of", all_of_them, of=self.moss)[2:] == ("in segment “New ones”",)

    def test_of_exceptions_say_which_take_the_partner_out(self):
        excepted = {"version": 2, **any_of([JOINED], [NEW])} | {
            "except": [
                {"all": [asks("partner_group", "any_of", [self.blocked.pk])]},
                {"all": [asks("partner_group", "any_of", [self.eu.pk])]},
            ]
        }
        said = explained(excepted, self.aurora)
        assert (said.is_in, said.through, said.excepted_by) == (False, "group 1", "exception 2")
        assert [group.met for group in said.exceptions] == [False, True]

    def test_of_many_rows_are_the_first_few(self):
        for number in range(3, 7):
            self.contract(f"S-{number}", self.gold, "joined", date(2025, 3, number))
        assert self.facts("contract_stage", "any_of", ["joined"])[2:] == (
            "contract S-6: Joined since 6 Mar 2025",
            "contract S-5: Joined since 5 Mar 2025",
            "contract S-4: Joined since 4 Mar 2025",
            "and 2 more",
        )
        self.aurora.groups.set([PartnerGroupFactory(name=f"G{number}") for number in range(7)])
        assert self.facts("partner_group", "none_of", [1_000])[2:] == (
            "in groups “G0”, “G1”, “G2”, “G3”, “G4” and 2 more",
        )

    def test_are_of_the_contract_that_meets_the_whole_bracket(self):
        self.contract("S-3", self.gold, "joined", date(2023, 1, 1))
        said = explained(any_of([JOINED, asks("template_term", "any_of", [self.gold.pk])]), self.aurora)
        assert said.is_in
        assert said.through == "group 1"
        assert [bracket.together for bracket in said.groups[0].brackets] == [True]
        assert [reason.facts for reason in reasons(said)] == [
            ["contract S-3: Joined since 1 Jan 2023"],
            ["contract S-3: “Gold”"],
        ]

    def test_name_the_contract_that_comes_nearest(self):
        group = [JOINED, asks("template_term", "any_of", [self.gold.pk])]
        said = explained(any_of(group), self.aurora)
        assert not said.is_in
        assert [reason.met for reason in reasons(said)] == [True, True]
        assert self.note(group) == (
            "Each of these is met, but not by one and the same contract. Contract S-2 comes nearest; "
            "it does not meet: Partner Template Term is any of “Gold”."
        )
        note = self.note([*group, asks("contract_id", "any_of", ["S-1"])])
        assert "Contract S-1 comes nearest; it does not meet: Contract Stage is any of Joined." in note

    def test_say_where_no_contract_meets_all_of_a_bracket(self):
        group = [JOINED, asks("contract_id", "any_of", ["S-9"])]
        note = self.note(group)
        assert note.startswith("No contract meets all of these. Contract S-2 comes nearest")
        assert self.note(group, self.moss) == ""
        nothing = asks("contract_stage", "any_of", ["suspended"])
        unmet = [nothing, asks("contract_id", "any_of", ["S-9"])]
        assert self.note(unmet) == ""
        assert self.note([asks("contract_stage", "none_of", ["joined"])]) == ""
        # What another group asks for brings no contract nearer.
        [bracket] = explained(any_of(unmet, [JOINED]), self.aurora).groups[0].brackets
        assert bracket.note == ""

    def note(self, group, of=None):
        [bracket] = explained(any_of(group), of or self.aurora).groups[0].brackets
        return bracket.note

    def test_on_any_contract_have_no_bracket(self):
        group = {"all": [JOINED, asks("template_term", "any_of", [self.gold.pk])], "contracts": "any"}
        said = explained(any_of(group), self.aurora)
        assert said.is_in
        assert [bracket.together for bracket in said.groups[0].brackets] == [False, False]


def test_nobody_is_in_what_is_broken():
    partner = PartnerFactory()
    said = explain(Definition(()), partner, Labels(()), AT)
    assert (said.is_in, said.groups, said.through, said.excepted_by) == (False, [], "", "")


def test_it_takes_as_many_queries_for_many_conditions_as_for_few():
    partner = PartnerFactory()
    contract = ContractFactory(partner=partner)

    def queries(definition):
        with CaptureQueriesContext(connection) as captured:
            explained(definition, partner)
        return len(captured)

    few = [JOINED, NEW, asks("template_term", "any_of", [contract.template_term_id])]
    more = [EXPIRED, asks("contract_stage", "none_of", ["expired"])]
    assert queries(any_of([*few, *more], few, more, [NEW], [JOINED])) == queries(any_of(few))


def test_the_largest_definition_is_explained():
    partner = PartnerFactory()
    ContractFactory.create_batch(2, partner=partner)
    stages = [stage for stage in ContractStage.values if stage != "joined"]

    def group(number):
        ids = range(1_000 * number + 1, 1_000 * number + 10)
        fields = ("partner_id", "partner_name", "partner_group", "template_term")
        lists = [
            asks(field, "none_of", list(range(one * 10**6, one * 10**6 + 50)))
            for field in fields
            for one in ids[:4]
        ]
        return [
            JOINED,
            *lists[:16],
            asks("contract_stage", "none_of", stages),
            NEW,
            asks("contract_id", "none_of", ["S-0"]),
        ]

    said = explained(any_of(*map(group, range(MAX_GROUPS))), partner)
    assert said.is_in
    assert [len(reasons(replace(said, groups=[one]))) for one in said.groups] == [MAX_CONDITIONS] * MAX_GROUPS
    assert all(reason.met for reason in reasons(said))
