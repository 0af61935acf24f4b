"""The segments of the demo: every condition, the bracket, None, Or, a negative, days, counts and Except."""

from typing import Any

from contracts.models import Contract, TemplateTerm
from partners.models import Partner, PartnerGroup
from segments.definition import Definition
from segments.models import Segment

ConditionJson = dict[str, Any]


def questions() -> dict[str, dict[str, Any]]:
    """Definitions by the segment's name, about rows that are in the database."""
    groups = {group.name: group.pk for group in PartnerGroup.objects.all()}
    terms = {term.name: term.pk for term in TemplateTerm.objects.all()}
    partners = list(Partner.objects.order_by("pk").values_list("pk", flat=True)[:40])
    numbers = list(Contract.objects.order_by("number").values_list("number", flat=True)[:6]) or ["S-5550001"]
    joined = _asks("contract_stage", "any_of", ["joined"])
    gold = _asks("template_term", "contains", "gold")
    new = _asks("prospecting_stage", "any_of", ["new", "outreach"])
    unblocked = _asks("partner_group", "none_of", [groups["Blocked"]])
    reviews = _asks("partner_name", "contains", "review")
    pending = ["awaiting_publisher_approval", "awaiting_advertiser_approval", "advertiser_countered"]
    return {
        "Joined gold partners": _any(_all(joined, gold)),
        "Joined, and on gold at some time": _any({**_all(joined, gold), "contracts": "any"}),
        "No contract yet": _any(_all(_asks("contract_stage", "any_of", ["none"]))),
        "No contract, or only declined": _any(
            _all(
                _asks("contract_stage", "any_of", ["none", "publisher_declined", "advertiser_declined"]), new
            )
        ),
        "Prospects to write to": _any(_all(new, unblocked)),
        "Joined gold partners, or review sites to win": _any(
            _all(joined, gold), _all(reviews, new, unblocked)
        ),
        "VIP, Top 100 or holiday campaign": _any(
            _all(_asks("partner_group", "any_of", [groups["VIP"], groups["Top 100"]]), joined),
            _all(_asks("partner_group", "any_of", [groups["Holiday 2026"]])),
        ),
        "Joined but never on EU terms": _any(
            _all(joined, _asks("template_term", "none_of", [terms["EU Terms"], terms["Nordic Terms"]]))
        ),
        "Waiting for an answer": _any(_all(_asks("contract_stage", "any_of", pending))),
        "Names that start with “é”": _any(_all(_asks("partner_name", "starts_with", "É"))),
        "Picked for the holidays": _any(_all(_asks("partner_name", "any_of", partners[::5]))),
        "From October's report": _any(_all(_asks("partner_id", "any_of", partners[1::3] or partners))),
        "Contracts to check": _any(_all(_asks("contract_id", "any_of", numbers))),
        "Contracts that end soon": _any(_all(joined, _asks("contract_end", "within", {"next": 30}))),
        "Stuck in negotiation": _any(
            _all(
                _asks("prospecting_stage", "any_of", ["negotiating"]),
                _asks("last_transition_date", "within", {"more_days_ago": 30}),
            ),
        ),
        "Joined last quarter in Germany or Austria": _any(
            _all(
                _asks("original_joined_date", "within", {"previous": "quarter"}),
                _asks("country", "any_of", ["DE", "AT"]),
            ),
        ),
        "Two or more joined contracts": _any(
            _all({**_asks("contracts", "at_least", "2"), "where": [joined]})
        ),
        "Joined, not contacted for 90 days": _any(
            _all(joined, _asks("last_contacted", "within", {"more_days_ago": 90}))
        ),
        "Next step is due": _any(_all(_asks("next_step_date", "within", {"more_days_ago": 0}))),
        "Joined, in no group": _any(_all(joined, {"field": "partner_group", "operator": "is_empty"})),
        "Joined, except VIP and Top 100": _any(_all(joined))
        | {"except": [_all(_asks("partner_group", "any_of", [groups["VIP"], groups["Top 100"]]))]},
    }


def questions_about_segments() -> dict[str, dict[str, Any]]:
    """Definitions that name segments which have been saved before."""
    segments = {segment.name: segment.pk for segment in Segment.objects.all()}
    soon = _asks("segment", "any_of", [segments["Contracts that end soon"]])
    gold = _asks("segment", "none_of", [segments["Joined gold partners"]])
    return {"Ending soon, not on gold": _any(_all(soon, gold))}


def versions_of(question: dict[str, Any]) -> list[Definition]:
    """The definition as it grew, with one group after the other: each is a version of its segment."""
    groups = question["any"]
    grown = ({**question, "any": groups[:number]} for number in range(1, len(groups) + 1))
    return [Definition.from_json(one) for one in grown]


def _asks(field: str, operator: str, value: Any) -> ConditionJson:
    return {"field": field, "operator": operator, "value": value}


def _all(*conditions: ConditionJson) -> dict[str, Any]:
    return {"all": list(conditions)}


def _any(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"version": 2, "any": list(groups)}
