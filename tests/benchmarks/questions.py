"""The segments that are asked, about what is in the database: representative ones, and random ones."""

from random import Random
from typing import Any

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.models import Partner, PartnerGroup, ProspectingStage
from segments.definition import Definition
from tests.benchmarks.program import CAMPAIGNS, RARE, campaign
from tests.segments.texts import folded

Question = dict[str, Any]
RANDOM = 20
"""How many random ones are asked."""
PASTED = 500
SAMPLE = 1_200


def representative(rng: Random) -> dict[str, Question]:
    """Definitions by name; together they need every shape of SQL that a segment can need."""
    groups = dict(PartnerGroup.objects.values_list("name", "pk"))
    terms = dict(TemplateTerm.objects.values_list("name", "pk"))
    partners = sample_of_partners(rng)
    numbers = _numbers_of(partners)[:50]
    small = groups[campaign(len(CAMPAIGNS) - 6)]
    tiny = groups[campaign(len(CAMPAIGNS) - 2)]
    joined, rare = _asks("contract_stage", "any_of", ["joined"]), _asks("contract_stage", "any_of", [RARE])
    gold, pilot = (_asks("template_term", "contains", text) for text in ("gold", "pilot"))
    in_eu, in_small = (_asks("partner_group", "any_of", [key]) for key in (groups["EU"], small))
    unblocked = _asks("partner_group", "none_of", [groups["Blocked"]])
    prospects = _asks("prospecting_stage", "any_of", ["new", "outreach"])
    no_contract = _asks("contract_stage", "any_of", ["none"])
    full_name = partners[0].name
    return {
        "Rare contract stage": _any([rare]),
        "Broad contract stage": _any([joined]),
        "Contract stage is none of": _any([_asks("contract_stage", "none_of", ["joined", "expired"])]),
        "No contract": _any([no_contract]),
        "No contract, or a declined one": _any(
            [_asks("contract_stage", "any_of", ["none", "publisher_declined", "advertiser_declined"])]
        ),
        "Big group": _any([in_eu]),
        "Small group": _any([in_small]),
        "Any of three groups": _any(
            [_asks("partner_group", "any_of", [groups["VIP"], groups["Press"], small])]
        ),
        "Not in a group": _any([_asks("partner_group", "none_of", [groups["EU"], groups["APAC"]])]),
        "Prospecting stage": _any([prospects]),
        "Same contract: stage and term": _any(
            [joined, _asks("template_term", "any_of", [terms["Gold 2026"]])]
        ),
        "Same contract: stage and text": _any([joined, gold]),
        "Any contracts: stage and text": _any([joined, gold], contracts="any"),
        "Rare term by text": _any([pilot]),
        "Broad term by text": _any([_asks("template_term", "contains", "2026")]),
        "Rare name": _any([_asks("partner_name", "contains", full_name)]),
        "Broad name": _any([_asks("partner_name", "contains", "studio")]),
        "Name starts with": _any([_asks("partner_name", "starts_with", "ma")]),
        "Name does not contain": _any([_asks("partner_name", "not_contains", "studio")]),
        "500 pasted Partner IDs": _any(
            [_asks("partner_id", "any_of", [one.pk for one in partners[:PASTED]])]
        ),
        "50 Contract IDs": _any([_asks("contract_id", "any_of", numbers)]),
        "Rare and broad": _any([pilot, joined, unblocked, in_eu]),
        "Everything but": _any(
            [
                unblocked,
                _asks("prospecting_stage", "none_of", ["rejected_by_you", "rejected_by_partner"]),
                _asks("contract_stage", "none_of", ["publisher_deactivated", "cancelled"]),
                _asks("partner_name", "not_contains", "coupon"),
            ]
        ),
        "Joined, but never on some terms": _any(
            [joined, _asks("template_term", "none_of", [terms["EU Terms"], terms["Nordic Terms"]])]
        ),
        "Or of selective": _any([rare], [in_small], [pilot, joined]),
        "Or of broad": _any([joined], [in_eu], [prospects]),
        "Or of rare and broad": _any([rare], [prospects, unblocked]),
        "12 conditions over 4 groups": _any(
            [joined, gold, _asks("partner_group", "any_of", [groups["EU"], groups["Creators"]])],
            [_asks("contract_stage", "any_of", ["expired"]), prospects, unblocked],
            [no_contract, _asks("partner_name", "contains", "garden"), in_eu],
            [
                _asks("template_term", "any_of", [terms["Public Terms"]]),
                _asks("prospecting_stage", "any_of", ["joined"]),
                _asks("partner_group", "any_of", [tiny, groups["Top 100"]]),
            ],
        ),
    }


def random_ones(rng: Random, number: int = RANDOM) -> dict[str, Question]:
    """As many definitions of up to three groups of up to four conditions."""
    drawer = _Drawer(rng)
    return {f"Random {at:02}": drawer.definition() for at in range(1, number + 1)}


class _Drawer:
    """Draws conditions about rows that there are."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.partners = sample_of_partners(rng)
        self.numbers = _numbers_of(self.partners)
        self.groups = list(PartnerGroup.objects.order_by("pk").values_list("pk", flat=True))
        self.terms = list(TemplateTerm.objects.order_by("pk").values_list("pk", "name"))

    def definition(self) -> Question:
        groups = [self._group() for _ in range(self.rng.randint(1, 3))]
        definition = {"version": 1, "any": groups}
        return Definition.from_json(definition).to_json()

    def _group(self) -> dict[str, Any]:
        conditions = [self._condition() for _ in range(self.rng.randint(1, 4))]
        return {"all": conditions, "contracts": self.rng.choice(["same", "same", "any"])}

    def _condition(self) -> dict[str, Any]:
        rng = self.rng
        field, operators = rng.choice(
            [
                ("contract_stage", ["any_of", "any_of", "none_of"]),
                ("prospecting_stage", ["any_of", "any_of", "none_of"]),
                ("partner_group", ["any_of", "any_of", "none_of"]),
                ("template_term", ["any_of", "none_of", "contains", "not_contains", "starts_with"]),
                ("partner_name", ["any_of", "none_of", "contains", "not_contains", "starts_with"]),
                ("contract_id", ["any_of", "none_of"]),
                ("partner_id", ["any_of", "none_of"]),
            ]
        )
        operator = rng.choice(operators)
        if operator in ("any_of", "none_of"):
            return _asks(field, operator, self._values(field))
        name = rng.choice([one.name for one in self.partners] if field == "partner_name" else self.term_names)
        return _asks(field, operator, self._piece(name))

    @property
    def term_names(self) -> list[str]:
        return [name for _pk, name in self.terms]

    def _values(self, field: str) -> list[Any]:
        choices: dict[str, list[Any]] = {
            "contract_stage": ["none", *ContractStage.values],
            "prospecting_stage": list(ProspectingStage.values),
            "partner_group": self.groups,
            "template_term": [pk for pk, _name in self.terms],
            "contract_id": self.numbers,
            "partner_name": [one.pk for one in self.partners],
            "partner_id": [one.pk for one in self.partners],
        }
        pool = choices[field]
        most = 200 if field in ("contract_id", "partner_id") else 4
        return self.rng.sample(pool, self.rng.randint(1, min(most, len(pool))))

    def _piece(self, name: str) -> str:
        start = self.rng.randrange(len(name))
        piece = name[start : start + self.rng.randint(2, 6)].strip()
        return piece if folded(piece) else name


def sample_of_partners(rng: Random) -> list[Partner]:
    """Some partners, from everywhere in the table."""
    ids = Partner.objects.order_by("pk")
    first, last = ids.first(), ids.last()
    if first is None or last is None:
        raise ValueError("There are no partners.")
    wanted = [rng.randint(first.pk, last.pk) for _ in range(SAMPLE)]
    found = {one.pk: one for key in wanted if (one := ids.filter(pk__gte=key).first())}
    return list(found.values())


def _numbers_of(partners: list[Partner]) -> list[str]:
    contracts = Contract.objects.filter(partner__in=[one.pk for one in partners]).order_by("pk")
    return list(contracts.values_list("number", flat=True))


def _asks(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def _any(*groups: list[dict[str, Any]], contracts: str = "same") -> Question:
    extra = {} if contracts == "same" else {"contracts": contracts}
    return {"version": 1, "any": [{"all": conditions, **extra} for conditions in groups]}
