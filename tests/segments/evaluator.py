"""What a definition means, in plain Python. Shares no code with what it is compared to.

It reads definitions as JSON and programs as the plain data below.
"""

import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ContractRow:
    number: str
    stage: str
    term: int


@dataclass(frozen=True)
class PartnerRow:
    id: int
    name: str
    stage: str = "new"
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


POSITIVE = {"none_of": "any_of", "not_contains": "contains"}
"""The positive form of each negative operator."""

OF_CONTRACT = {
    "contract_stage": lambda contract, terms: (contract.stage, None),
    "contract_id": lambda contract, terms: (contract.number, None),
    "template_term": lambda contract, terms: (contract.term, terms.get(contract.term)),
}
"""What each condition on contracts asks of one contract: what lists name, and what texts are compared to."""

OF_PARTNER = {
    "prospecting_stage": lambda partner, groups: [(partner.stage, None)],
    "partner_group": lambda partner, groups: [(group, groups[group]) for group in partner.groups],
    "partner_name": lambda partner, groups: [(partner.id, partner.name)],
    "partner_id": lambda partner, groups: [(partner.id, None)],
}
"""What each other condition asks of a partner: the same, for one or many."""

NO_CONTRACT = ContractRow(number="", stage="none", term=0)
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
    found = OF_PARTNER[condition["field"]](partner, program.groups)
    return any(compares(operator, condition["value"], *one) for one in found)


def some_contract_meets(conditions, partner, program):
    return any(
        all(
            compares(one["operator"], one["value"], *OF_CONTRACT[one["field"]](contract, program.terms))
            for one in conditions
        )
        for contract in partner.contracts or (NO_CONTRACT,)
    )


def compares(operator, wanted, found, text):
    if operator == "any_of":
        return found in {type(found)(str(value).strip()) for value in wanted}
    if text is None:
        return False
    if operator == "contains":
        return folded(wanted) in folded(text)
    if operator == "starts_with":
        return folded(text).startswith(folded(wanted))
    raise NotImplementedError(operator)


def folded(text):
    return unicodedata.normalize("NFKC", text).casefold().strip()
