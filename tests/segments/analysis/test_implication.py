"""When two definitions mean the same."""

import pytest

from contracts.models import ContractStage
from partners.models import ProspectingStage
from segments.analysis.implication import canonical_form
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
from tests.segments.forms import JOINED, NEW, any_of, asks


class TestMeaning:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ([[prospects("new", operator="none_of")]], [[prospects(*ProspectingStage.values[1:])]]),
            ([[ANY_CONTRACT]], [[contract("none", operator="none_of")]]),
            ([[NO_CONTRACT]], [[contract(*ContractStage.values, operator="none_of")]]),
            ([[JOINED, ALL_PROSPECTING]], [[JOINED]]),
            ([[JOINED], [JOINED, NEW]], [[JOINED]]),
            (
                [[asks("partner_name", "contains", "Straße")]],
                [[asks("partner_name", "contains", " STRASSE")]],
            ),
            ([[contract("joined", "none"), ON_GOLD]], [[JOINED, ON_GOLD]]),
            ([{"all": [JOINED], "contracts": "any"}], [[JOINED]]),
            ([[NEW], [prospects("new"), prospects("joined")]], [[NEW]]),
            ([[ALL_PROSPECTING]], [[ANYTHING]]),
        ],
    )
    def test_is_the_same_said_otherwise(self, one, other):
        assert canonical_form(Definition.from_json(any_of(*one))) == canonical_form(
            Definition.from_json(any_of(*other))
        )

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ([[NEW]], [[JOINED]]),
            ([[JOINED, ON_GOLD]], [{"all": [JOINED, ON_GOLD], "contracts": "any"}]),
            ([[JOINED, NEW]], [[JOINED], [NEW]]),
            ([[asks("partner_name", "contains", "a")]], [[asks("partner_name", "starts_with", "a")]]),
            ([[asks("partner_id", "any_of", [1])]], [[asks("partner_id", "none_of", [1])]]),
            *(
                ([[asks(field, "none_of", [1])]], [[asks(field, "none_of", [2])]])
                for field in ("partner_id", "partner_name", "partner_group", "template_term")
            ),
        ],
    )
    def test_differs(self, one, other):
        assert canonical_form(Definition.from_json(any_of(*one))) != canonical_form(
            Definition.from_json(any_of(*other))
        )
