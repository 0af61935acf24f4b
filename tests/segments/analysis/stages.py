"""Conditions on stages and terms that the tests of findings and of meanings share."""

from contracts.models import ContractStage
from partners.models import ProspectingStage
from tests.segments.forms import asks

ALL_PROSPECTING = asks("prospecting_stage", "any_of", ProspectingStage.values)
ANY_CONTRACT = asks("contract_stage", "any_of", ContractStage.values)
ANYTHING = asks("contract_stage", "any_of", ["none", *ContractStage.values])
NO_CONTRACT = asks("contract_stage", "any_of", ["none"])
ON_GOLD = asks("template_term", "any_of", [1])


def contract(*stages, operator="any_of"):
    return asks("contract_stage", operator, list(stages))


def prospects(*stages, operator="any_of"):
    return asks("prospecting_stage", operator, list(stages))
