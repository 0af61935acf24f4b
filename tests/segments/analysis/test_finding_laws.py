"""The laws that all findings keep.

They are held against the evaluator, which tests/segments/test_laws.py holds against the database.
"""

from hypothesis import given
from hypothesis import strategies as st

from contracts.models import ContractStage
from partners.models import ProspectingStage
from segments.analysis.findings import findings
from segments.analysis.implication import canonical_form
from segments.definition import Definition
from tests.laws import drawn, law
from tests.segments.analysis.test_findings import ALL_PROSPECTING, ANY_CONTRACT, ANYTHING, NO_CONTRACT
from tests.segments.evaluator import matching
from tests.segments.forms import any_of, asks
from tests.segments.strategies import conditions, definitions, on_contracts, programs
from tests.segments.test_laws import doubled, shuffled

whole = st.sampled_from(
    [
        ALL_PROSPECTING,
        ANY_CONTRACT,
        ANYTHING,
        NO_CONTRACT,
        *[{**one, "operator": "none_of"} for one in (ALL_PROSPECTING, ANY_CONTRACT, ANYTHING, NO_CONTRACT)],
    ]
)
few_texts = st.sampled_from(["s", "ss", "ß", "S", "sS", "i"])
alike = st.one_of(
    *[
        st.builds(asks, st.just(field), st.sampled_from(operators), values)
        for field, operators, values in [
            (
                "contract_stage",
                ["any_of", "none_of"],
                st.lists(st.sampled_from(["none", *ContractStage.values[:2]]), min_size=1, max_size=3),
            ),
            (
                "prospecting_stage",
                ["any_of", "none_of"],
                st.lists(st.sampled_from(ProspectingStage.values[:3]), min_size=1, max_size=3),
            ),
            ("partner_group", ["any_of", "none_of"], st.lists(st.integers(1, 2), min_size=1, max_size=2)),
            ("template_term", ["any_of", "none_of"], st.lists(st.integers(1, 2), min_size=1, max_size=2)),
            ("partner_name", ["contains", "not_contains", "starts_with"], few_texts),
            ("template_term", ["contains", "not_contains", "starts_with"], few_texts),
        ]
    ]
)
"""Conditions over so few values that they often say the same or the opposite."""
telling = st.fixed_dictionaries(
    {"all": st.lists(alike | whole | alike | conditions() | on_contracts, min_size=1, max_size=4)},
    optional={"contracts": st.sampled_from(["same", "any"])},
)
several_telling = st.lists(telling, min_size=1, max_size=3)
suspicious = (
    definitions
    | several_telling.map(lambda several: any_of(*several))
    | st.builds(lambda some, left_out: any_of(*some) | {"except": left_out}, several_telling, several_telling)
)
KINDS = {"never", "contradiction", "repeat", "swallowed", "idle", "all", "any row", "stages apart"} | {
    "group",
    "taken out",
    "idle exception",
}
KEEPING = KINDS - {"never", "contradiction", "stages apart"}
"""The kinds whose mends change no partner."""


@law(300)
@given(programs(), suspicious)
def test_a_group_that_can_never_hold_has_no_member(program, raw):
    for finding in findings(Definition.from_json(raw)):
        if finding.error:
            group = [*raw["any"], *raw.get("except", [])][finding.places[0][0]]
            assert matching(any_of(group), program) == set(), finding
            guilty = [group["all"][index] for _group, index in finding.places]
            assert matching(any_of({**group, "all": guilty}), program) == set(), finding


@law(300)
@given(programs(), suspicious)
def test_a_mend_of_what_changes_nothing_changes_nothing(program, raw):
    definition = Definition.from_json(raw)
    for finding in findings(definition):
        if finding.kind in KEEPING and finding.fix:
            after = finding.fix.applied(definition).to_json()
            assert matching(after, program) == matching(raw, program), finding


@law(100)
@given(programs(), suspicious)
def test_a_group_that_is_mended_alone_keeps_its_partners(program, raw):
    """In one group nothing hides what a mend does to it."""
    for group in [*raw["any"], *raw.get("except", [])]:
        definition = Definition.from_json(any_of(group))
        for finding in findings(definition):
            if finding.kind in KEEPING and finding.fix:
                after = finding.fix.applied(definition).to_json()
                assert matching(after, program) == matching(any_of(group), program), finding


@law(100)
@given(programs(), suspicious)
def test_what_says_that_it_filters_nothing_has_everybody(program, raw):
    definition = Definition.from_json(raw)
    for finding in findings(definition):
        if "everybody is in" in finding.text:
            assert matching(raw, program) == program.ids


@law(100)
@given(suspicious)
def test_every_mend_can_be_read_again(raw):
    definition = Definition.from_json(raw)
    for finding in findings(definition):
        if finding.fix:
            after = finding.fix.applied(definition)
            assert after != definition
            assert Definition.from_json(after.to_json()) == after


@law(200)
@given(programs(), st.lists(suspicious, min_size=2, max_size=6))
def test_the_same_meaning_has_the_same_partners(program, several):
    found = {}
    for raw in several:
        members = found.setdefault(canonical_form(Definition.from_json(raw)), matching(raw, program))
        assert matching(raw, program) == members


@law(100)
@given(suspicious, st.randoms(use_true_random=False))
def test_neither_order_nor_doubles_nor_mends_that_keep_change_the_meaning(raw, random):
    definition = Definition.from_json(raw)
    assert canonical_form(Definition.from_json(shuffled(raw, random))) == canonical_form(definition)
    assert canonical_form(Definition.from_json(doubled(raw))) == canonical_form(definition)


def test_every_kind_of_finding_is_drawn():
    found = {
        finding.kind for raw in drawn(suspicious, 400) for finding in findings(Definition.from_json(raw))
    }
    assert found == KINDS - {"stages apart"}
