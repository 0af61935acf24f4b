"""Where contracts usually go from each stage."""

import pytest

from contracts.models import Contract
from contracts.stages import ContractStage, is_usual

TABLE = """
awaiting_publisher_approval, advertiser_countered: joined awaiting_contract_start publisher_declined
    publisher_countered advertiser_retracted pending_contract_expired
awaiting_advertiser_approval, publisher_countered: joined awaiting_contract_start advertiser_declined
    advertiser_countered publisher_retracted pending_contract_expired
awaiting_contract_start: joined cancelled
joined: expired suspended cancelled
suspended: joined expired cancelled
"""
PENDING = [
    "awaiting_publisher_approval",
    "awaiting_advertiser_approval",
    "advertiser_countered",
    "publisher_countered",
]
OPEN = [*PENDING, "awaiting_contract_start", "joined", "suspended"]


def table():
    usual = {stage.value: set() for stage in ContractStage}
    for line in TABLE.replace("\n    ", " ").strip().splitlines():
        before, _, after = line.partition(": ")
        for stage in before.split(", "):
            usual[stage] |= set(after.split())
    for stage in PENDING:
        usual[stage].add("archived")
    for stage in OPEN:
        usual[stage].add("publisher_deactivated")
    return usual


@pytest.mark.parametrize("came_from", ContractStage)
def test_the_usual_moves_are_those_of_the_field(came_from):
    expected = table()[came_from.value]
    assert {to.value for to in ContractStage if is_usual(came_from, to)} == expected
    assert {to for to in ContractStage.values if Contract.is_usual(came_from.value, to)} == expected
