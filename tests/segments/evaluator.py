"""What a definition means, in plain Python. Shares no code with what it is compared to.

It reads definitions as JSON and programs as the plain data below.
"""

from dataclasses import dataclass, field

from tests.segments.operators import OPERATORS, POSITIVE
from tests.segments.samples import CONTRACT, SAMPLES


@dataclass(frozen=True)
class ContractRow:
    number: str
    term: int
    columns: dict[str, str]


@dataclass(frozen=True)
class PartnerRow:
    id: int
    name: str
    columns: dict[str, str]
    groups: frozenset[int] = frozenset()
    contracts: tuple[ContractRow, ...] = ()


@dataclass(frozen=True)
class Program:
    """All that a definition can be asked about. Names of groups and template terms by primary key."""

    partners: tuple[PartnerRow, ...]
    groups: dict[int, str] = field(default_factory=dict)
    terms: dict[int, str] = field(default_factory=dict)

    @property
    def ids(self):
        return {partner.id for partner in self.partners}


OF_CONTRACT = {field for field, sample in SAMPLES.items() if sample.of == CONTRACT}

NO_CONTRACT = ContractRow(number="", term=0, columns={"stage": "none"})
"""Stands where a partner has no contract: only the stage “none” fits it."""


def matching(definition, program):
    """The ids of the partners in any of the definition's groups."""
    return {
        partner.id
        for partner in program.partners
        if any(group_holds(group, partner, program) for group in definition["any"])
    }


def group_holds(group, partner, program):
    same = [one for one in group["all"] if one["field"] in OF_CONTRACT and one["operator"] not in POSITIVE]
    if group.get("contracts", "same") == "any":
        same = []
    alone = [one for one in group["all"] if one not in same]
    bracket = not same or some_contract_meets(same, partner, program)
    return bracket and all(condition_holds(one, partner, program) for one in alone)


def condition_holds(condition, partner, program):
    operator = condition["operator"]
    if operator in POSITIVE:
        return not condition_holds({**condition, "operator": POSITIVE[operator]}, partner, program)
    if condition["field"] in OF_CONTRACT:
        return some_contract_meets([condition], partner, program)
    return row_meets(condition, partner, program)


def some_contract_meets(conditions, partner, program):
    return any(
        all(row_meets(one, contract, program) for one in conditions)
        for contract in partner.contracts or (NO_CONTRACT,)
    )


def row_meets(condition, row, program):
    has = SAMPLES[condition["field"]].has(row, program)
    return OPERATORS[condition["operator"]].met(condition, has)
