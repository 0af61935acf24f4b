"""What looks wrong with a definition: each kind of finding, and the laws that all of them keep."""

import pytest

from contracts.models import ContractStage
from partners.models import ProspectingStage
from segments.analysis.findings import errors, findings, row_names
from segments.builder.presenters import draw
from segments.builder.state import from_definition
from segments.definition import Definition
from tests.segments.analysis.stages import (
    ALL_PROSPECTING,
    ANY_CONTRACT,
    ANYTHING,
    NO_CONTRACT,
    ON_GOLD,
    contract,
    prospects,
)
from tests.segments.forms import JOINED, NEW, any_of, asks, built
from tests.segments.moments import AT


def found(*groups):
    return findings(Definition.from_json(any_of(*groups)))


def kinds(*groups):
    return [finding.kind for finding in found(*groups)]


def mended(*groups, number=0):
    """The definition after the mend of one of its findings."""
    finding = found(*groups)[number]
    return finding.fix.applied(Definition.from_json(any_of(*groups))).to_json()


def excepting(groups, *exceptions):
    return any_of(*groups) | {"version": 2, "except": [{"all": list(one)} for one in exceptions]}


def days(field, operator="within", **value):
    return asks(field, operator, value)


def count(operator, value):
    return asks("contracts", operator, value)


class TestExceptions:
    def findings(self, groups, *exceptions):
        self.definition = Definition.from_json(excepting(groups, *exceptions))
        return findings(self.definition)

    def test_that_take_out_everybody_of_a_group(self):
        [finding] = self.findings([[NEW, JOINED], [ON_GOLD]], [NEW])
        assert finding.text == (
            "Row 1 (Prospecting Stage) and row 2 (Contract Stage): this group brings no partner in: "
            "all of it is taken out by row 4 (Prospecting Stage)."
        )
        assert finding.fix.applied(self.definition).to_json() == excepting([[ON_GOLD]], [NEW])

    def test_that_do_so_together(self):
        exceptions = [[contract("joined")], [contract("joined", operator="none_of")]]
        [finding] = self.findings([[NEW]], *exceptions)
        assert finding.text == (
            "Row 1 (Prospecting Stage): this group brings no partner in: all of it is taken out by "
            "row 2 (Contract Stage) and row 3 (Contract Stage)."
        )
        assert finding.fix is None
        assert self.findings([[NEW]], *exceptions[:1]) == []

    def test_that_take_nobody_out(self):
        [finding] = self.findings([[NEW]], [prospects("joined"), ON_GOLD])
        assert finding.kind == "idle exception"
        assert finding.fix.applied(self.definition).to_json() == any_of([NEW])

    def test_that_another_one_contains(self):
        [finding] = self.findings([[JOINED]], [NEW, ON_GOLD], [NEW])
        assert finding.text == (
            "Row 2 (Prospecting Stage) and row 3 (Partner Template Term): this exception takes out only "
            "partners that the one of row 4 (Prospecting Stage) takes out too."
        )
        assert finding.fix.applied(self.definition).to_json() == excepting([[JOINED]], [NEW])

    def test_that_nobody_can_ever_meet(self):
        [finding] = self.findings([[JOINED]], [NEW, prospects("joined")])
        assert finding.error
        assert finding.places == ((1, 0), (1, 1))

    def test_of_everybody_are_no_reason_to_call_everybody_in(self):
        assert self.findings([[ALL_PROSPECTING]], [NEW]) == []


class TestDaysAndNumbers:
    @pytest.mark.parametrize(
        "group",
        [
            [days("original_joined_date", last=7), days("original_joined_date", more_days_ago=7)],
            [days("original_joined_date", this="week"), days("original_joined_date", previous="week")],
            [
                days("original_joined_date", on="2026-11-28"),
                days("original_joined_date", before="2026-11-28"),
            ],
            [
                days("original_joined_date", last=7),
                {"field": "original_joined_date", "operator": "is_empty"},
            ],
            [days("original_joined_date", last=7), days("original_joined_date", "not_within", last=30)],
            [days("contract_end", next=7), days("contract_end", more_days_ago=0)],
            [count("at_least", "3"), count("less_than", "3")],
            [count("between", {"from": "1", "to": "2"}), count("equals", "3")],
            [count("less_than", "0")],
        ],
    )
    def test_that_contradict_each_other(self, group):
        [finding] = found(group)
        assert finding.error

    @pytest.mark.parametrize(
        "group",
        [
            [days("original_joined_date", last=7), days("original_joined_date", last=30)],
            [days("original_joined_date", on="2026-11-28"), days("original_joined_date", after="2026-11-27")],
            [days("contract_end", next=7), days("contract_end", next=30)],
            [count("at_least", "3"), count("more_than", "1")],
            [count("equals", "2"), count("between", {"from": "1", "to": "5"})],
        ],
    )
    def test_of_which_the_narrower_imply_the_wider(self, group):
        [finding] = found(group)
        assert finding.kind == "swallowed"
        assert finding.places[0] == (0, 1)

    @pytest.mark.parametrize(
        "group",
        [
            [days("original_joined_date", last=7), days("original_joined_date", after="2026-11-01")],
            [days("original_joined_date", last=7), days("original_joined_date", this="week")],
            [days("original_joined_date", this="week"), days("original_joined_date", this="month")],
            [days("original_joined_date", last=7), days("last_transition_date", more_days_ago=7)],
            [count("at_least", "3"), count("less_than", "3") | {"where": [JOINED]}],
        ],
    )
    def test_of_which_nothing_is_known_whatever_the_day(self, group):
        assert found(group) == []

    @pytest.mark.parametrize("where", [[], [JOINED]])
    def test_that_every_number_meets_let_everybody_through(self, where):
        any_number = count("at_least", "0") | ({"where": where} if where else {})
        [alone] = found([any_number])
        assert alone.text == (
            "Row 1 (Contracts) lets everybody through: it filters nothing, and everybody is in this segment."
        )
        [beside] = found([NEW, any_number])
        assert beside.text == "Row 2 (Contracts) lets everybody through: it filters nothing."
        assert mended([NEW, any_number]) == any_of([NEW])
        assert kinds([any_number], [NEW]) == ["all", "group"]


class TestWhatNobodyCanMeet:
    @pytest.mark.parametrize(
        "group",
        [
            [contract("joined"), contract("joined", operator="none_of")],
            [contract("joined"), contract("joined", "expired", operator="none_of")],
            [contract("joined"), contract("expired")],
            [
                contract("joined", "expired"),
                *[contract(one, operator="none_of") for one in ("joined", "expired")],
            ],
            [NO_CONTRACT, ON_GOLD],
            {"all": [NO_CONTRACT, ON_GOLD], "contracts": "any"},
            [NO_CONTRACT, contract("none", operator="none_of")],
            [contract("none", operator="none_of"), contract(*ContractStage.values, operator="none_of")],
            [contract("none", *ContractStage.values, operator="none_of")],
            [asks("contract_id", "any_of", ["S-1"]), asks("contract_id", "any_of", ["S-2"])],
            [prospects("new"), prospects("joined")],
            [prospects("new", "joined"), prospects("new", "expired"), prospects("joined", "expired")],
            [prospects(*ProspectingStage.values, operator="none_of")],
            [
                prospects("new", operator="none_of"),
                prospects(*ProspectingStage.values[1:], operator="none_of"),
            ],
            [asks("partner_id", "any_of", [1, 2]), asks("partner_name", "any_of", [3])],
            [asks("partner_name", "contains", "GOLD"), asks("partner_name", "not_contains", "gold")],
            [asks("partner_name", "starts_with", "ab"), asks("partner_name", "not_contains", "B")],
            [asks("partner_name", "starts_with", "ab"), asks("partner_name", "starts_with", "ac")],
            [asks("partner_group", "any_of", [1]), asks("partner_group", "none_of", [1, 2])],
        ],
    )
    def test_is_an_error(self, group):
        [finding] = found(group)
        assert finding.error
        assert finding.kind in ("never", "contradiction")

    @pytest.mark.parametrize(
        "group",
        [
            {"all": [contract("joined"), contract("expired")], "contracts": "any"},
            [asks("partner_group", "any_of", [1]), asks("partner_group", "any_of", [2])],
            [contract("joined"), contract("expired", operator="none_of")],
            [contract("none", "joined"), ON_GOLD],
            [asks("partner_name", "contains", "gold"), asks("partner_name", "contains", "silver")],
            [asks("partner_name", "starts_with", "go"), asks("partner_name", "starts_with", "gold")],
            [asks("partner_name", "any_of", [1]), asks("partner_name", "contains", "x")],
            [ON_GOLD, asks("template_term", "contains", "silver")],
            [asks("partner_group", "none_of", [1]), asks("partner_group", "none_of", [2])],
        ],
    )
    def test_what_somebody_might_meet_is_none(self, group):
        assert not any(finding.error for finding in found(group))

    def test_the_rows_are_named_and_no_others(self):
        [finding] = found(
            [prospects("new"), contract("joined"), ON_GOLD, contract("joined", operator="none_of")]
        )
        assert finding.places == ((0, 1), (0, 3))
        assert finding.text == (
            "Row 1 (Contract Stage) and row 4 (Contract Stage) contradict each other:"
            " no partner can ever meet them all."
        )
        assert finding.fix.label == "Remove row 4 (Contract Stage)"

    def test_none_beside_a_term_says_what_is_asked(self):
        [finding] = found([NO_CONTRACT, ON_GOLD])
        assert finding.text == (
            "Row 1 (Contract Stage) asks for None, row 2 (Partner Template Term) for a contract:"
            " no partner can meet both."
        )
        assert mended([NO_CONTRACT, ON_GOLD]) == any_of([ON_GOLD])

    def test_two_stages_of_one_contract_may_be_those_of_two(self):
        [finding] = found([contract("joined"), contract("expired")])
        assert finding.text.startswith("No contract can ever meet row 1 (Contract Stage) and row 2")
        both = {"all": [contract("joined"), contract("expired")], "contracts": "any"}
        assert mended([contract("joined"), contract("expired")]) == any_of(both)

    def test_what_is_all_there_is_has_no_mend(self):
        [finding] = found([prospects(*ProspectingStage.values, operator="none_of")])
        assert finding.fix is None

    def test_a_group_of_which_nothing_is_left_goes(self):
        nobody = prospects(*ProspectingStage.values, operator="none_of")
        assert mended([NEW], [nobody]) == any_of([NEW])

    def test_errors_come_first_and_are_what_keeps_it_from_being_saved(self):
        several = [[NEW, NEW], [prospects("new"), prospects("joined")]]
        assert [finding.error for finding in found(*several)] == [True, False]
        assert errors(Definition.from_json(any_of(*several))) == found(*several)[:1]


class TestWhatChangesNothing:
    @pytest.mark.parametrize(
        ("group", "kind", "left"),
        [
            ([NEW, NEW], "repeat", [NEW]),
            (
                [prospects("new", "joined"), prospects("joined", "new")],
                "repeat",
                [prospects("new", "joined")],
            ),
            ([contract("joined"), contract("joined", "expired")], "swallowed", [contract("joined")]),
            ([contract("joined", "expired"), contract("joined")], "swallowed", [contract("joined")]),
            ([contract("joined"), contract("none", operator="none_of")], "swallowed", [contract("joined")]),
            ([NEW, prospects("joined", operator="none_of")], "swallowed", [NEW]),
            (
                [asks("template_term", "contains", "gold"), asks("template_term", "contains", "GOLD 2026")],
                "swallowed",
                [asks("template_term", "contains", "GOLD 2026")],
            ),
            (
                [
                    asks("partner_name", "not_contains", "gold"),
                    asks("partner_name", "not_contains", "golden"),
                ],
                "swallowed",
                [asks("partner_name", "not_contains", "gold")],
            ),
            (
                [asks("partner_name", "starts_with", "gold"), asks("partner_name", "contains", "ol")],
                "swallowed",
                [asks("partner_name", "starts_with", "gold")],
            ),
            ([ALL_PROSPECTING, JOINED], "all", [JOINED]),
            ([ANYTHING, NEW], "all", [NEW]),
            ([ANY_CONTRACT, ON_GOLD], "all", [ON_GOLD]),
            ([contract("none", "joined"), ON_GOLD], "idle", [JOINED, ON_GOLD]),
            ([ANY_CONTRACT], "any row", [contract("none", operator="none_of")]),
            ([contract(*ContractStage.values, operator="none_of")], "any row", [NO_CONTRACT]),
        ],
    )
    def test_is_found_and_can_go(self, group, kind, left):
        assert kind in kinds(group)
        number = kinds(group).index(kind)
        assert mended(group, number=number) == any_of(left)

    def test_every_stage_beside_another_condition_of_its_bracket_is_told_once(self):
        assert kinds([ANY_CONTRACT, ON_GOLD]) == ["all"]

    def test_a_row_that_nobody_meets_is_told_to_leave_nobody_over(self):
        [finding] = found([NEW, {**ALL_PROSPECTING, "operator": "none_of"}])
        assert finding.kind == "never"
        assert finding.text.endswith("leaves no partner over: no partner can ever meet it.")

    def test_a_choice_of_all_that_stands_alone_can_only_be_said(self):
        [finding] = found([ALL_PROSPECTING])
        assert finding.kind == "all"
        assert "everybody is in this segment" in finding.text
        assert finding.fix is None

    @pytest.mark.parametrize(
        "group",
        [
            [contract("joined"), ON_GOLD],
            {"all": [contract("joined"), ON_GOLD], "contracts": "any"},
            [contract("joined"), contract("expired", operator="none_of")],
            [asks("partner_group", "any_of", [1]), asks("partner_group", "any_of", [1, 2]), NEW][::2],
            [asks("partner_name", "contains", "gold"), asks("partner_name", "contains", "silver")],
            [asks("partner_name", "starts_with", "gold"), asks("partner_name", "contains", "gold 2026")],
            [asks("template_term", "starts_with", "gold"), asks("partner_name", "starts_with", "silver")],
            [prospects(*ProspectingStage.values[1:])],
            [contract("joined", operator="none_of"), prospects("expired")],
        ],
    )
    def test_what_filters_is_left_alone(self, group):
        assert found(group) == []


class TestGroups:
    @pytest.mark.parametrize(
        ("several", "left"),
        [
            ([[JOINED, ON_GOLD], [JOINED]], [[JOINED]]),
            ([[NEW], [NEW, ON_GOLD]], [[NEW]]),
            ([[NEW], [NEW]], [[NEW]]),
            ([[prospects("new", "joined")], [NEW]], [[prospects("new", "joined")]]),
            (
                [[JOINED, ON_GOLD], [contract("joined", "expired"), asks("template_term", "any_of", [1, 2])]],
                [[contract("joined", "expired"), asks("template_term", "any_of", [1, 2])]],
            ),
            (
                [{"all": [JOINED, ON_GOLD], "contracts": "any"}, [JOINED, ON_GOLD]],
                [{"all": [JOINED, ON_GOLD], "contracts": "any"}],
            ),
        ],
    )
    def test_that_are_in_another_bring_nobody_in(self, several, left):
        assert kinds(*several) == ["group"]
        assert mended(*several) == any_of(*left)

    def test_the_last_of_three_that_say_the_same_go(self):
        assert [one.places[0] for one in found([NEW], [NEW], [NEW])] == [(2, 0), (1, 0)]

    def test_the_other_way_round_they_bring_somebody(self):
        assert found([JOINED, ON_GOLD], [NEW]) == []
        both = [contract("joined", "expired"), asks("template_term", "any_of", [2, 3])]
        assert found([JOINED, ON_GOLD], both) == []


class TestStagesApart:
    def test_expired_partners_with_a_joined_contract_are_a_hint(self):
        [finding] = found([JOINED, prospects("expired")])
        assert (finding.kind, finding.error) == ("stages apart", False)
        assert finding.text.startswith(
            "Row 2 (Prospecting Stage) asks for partners whose contract ended or rests"
        )
        assert mended([JOINED, prospects("expired", "suspended")]) == any_of([JOINED])

    def test_with_other_stages_beside_it_is_none(self):
        assert found([JOINED, prospects("expired", "joined")]) == []
        assert found([contract("joined", "expired"), prospects("expired")]) == []


def test_rows_are_numbered_as_the_builder_draws_them():
    definition = any_of(
        [NEW, JOINED, ON_GOLD, contract("expired", operator="none_of")], [NEW, JOINED], [ON_GOLD]
    )
    rows = [row for group in draw(built(from_definition(definition)), AT) for row in group.rows]
    drawn = [f"row {row.number} ({row.form.attribute.label})" for row in rows]
    assert list(row_names(Definition.from_json(definition)).values()) == drawn


def test_a_key_names_one_finding_of_one_definition():
    one, other = Definition.from_json(any_of([NEW, NEW, NEW])), Definition.from_json(any_of([NEW, NEW]))
    keys = [finding.key for definition in (one, other) for finding in findings(definition)]
    assert len(set(keys)) == len(keys) == 3


def test_none_is_not_called_idle_where_each_condition_may_be_met_by_another_contract():
    group = {"all": [contract("none", "joined"), ON_GOLD], "contracts": "any"}
    assert "idle" not in kinds(group)
    assert kinds({**group, "contracts": "same"}) == ["idle"]


def test_every_stage_is_told_as_any_contract_where_each_condition_may_be_met_by_another_contract():
    asked = [ANY_CONTRACT, contract("none", "joined")]
    assert "any row" in kinds({"all": asked, "contracts": "any"})
    assert "any row" not in kinds({"all": asked, "contracts": "same"})
