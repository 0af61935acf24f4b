"""What a definition means, in plain Python. Shares no code with what it is compared to.

It reads definitions as JSON and programs as the plain data below.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.segments.operators import OPERATORS, POSITIVE
from tests.segments.samples import CONTRACT, SAMPLES


@dataclass(frozen=True)
class ContractRow:
    number: str
    term: int
    columns: dict[str, Any]


@dataclass(frozen=True)
class PartnerRow:
    id: int
    name: str
    columns: dict[str, Any]
    groups: frozenset[int] = frozenset()
    contracts: tuple[ContractRow, ...] = ()


@dataclass(frozen=True)
class StayRow:
    """The partner was in a tracked segment from one instant to before another, if that has come."""

    segment: int
    partner: int
    entered: datetime
    left: datetime | None
    from_start: bool
    """Whether it was there when tracking started."""


@dataclass(frozen=True)
class Program:
    """All that a definition can be asked about. Names of groups and template terms by primary key."""

    partners: tuple[PartnerRow, ...]
    groups: dict[int, str] = field(default_factory=dict)
    terms: dict[int, str] = field(default_factory=dict)
    segments: dict[int, dict] = field(default_factory=dict)
    """Definitions of other segments, by primary key. All of them are tracked."""
    stays: tuple[StayRow, ...] = ()

    def members(self, segment):
        """The ids of the partners in another segment."""
        return matching(self.segments[segment], self)

    @property
    def ids(self):
        return {partner.id for partner in self.partners}


OF_CONTRACT = {field for field, sample in SAMPLES.items() if sample.of == CONTRACT}

NO_CONTRACT = ContractRow(number="", term=0, columns={"stage": "none"})
"""Stands where a partner has no contract: only the stage “none” fits it."""


def matching(definition, program):
    """The ids of the partners in any of the definition's groups, and in none that it excepts."""
    return {
        partner.id
        for partner in program.partners
        if any(group_holds(group, partner, program) for group in definition["any"])
        and not any(group_holds(group, partner, program) for group in definition.get("except", []))
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
    if condition["field"] == "contracts":
        return OPERATORS[operator].met(condition, [(number_of_contracts(condition, partner, program), None)])
    if condition["field"] in OF_CONTRACT:
        return some_contract_meets([condition], partner, program)
    return row_meets(condition, partner, program)


def some_contract_meets(conditions, partner, program):
    return any(
        all(row_meets(one, contract, program) for one in conditions)
        for contract in partner.contracts or (NO_CONTRACT,)
    )


def number_of_contracts(condition, partner, program):
    return sum(
        all(limit_holds(one, contract, program) for one in condition.get("where", []))
        for contract in partner.contracts
    )


def limit_holds(condition, contract, program):
    positive = POSITIVE.get(condition["operator"])
    if positive:
        return not row_meets({**condition, "operator": positive}, contract, program)
    return row_meets(condition, contract, program)


def row_meets(condition, row, program):
    has = SAMPLES[condition["field"]].has(row, program)
    return OPERATORS[condition["operator"]].met(condition, has)
