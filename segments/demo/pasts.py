"""Makes up the contracts of a partner, in step with its prospecting stage."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from contracts.models import Contract, ContractStage, ContractStageChange, TemplateTerm
from partners.models import Partner, ProspectingStage
from segments.demo import words
from segments.demo.people import pick

TODAY = date(2026, 11, 1)
"""The day on which the made-up program was looked at."""
OLDEST = 2_500
"""Days before TODAY at which the oldest contracts start."""

C = ContractStage
WITHOUT_CONTRACT = {
    ProspectingStage.NEW: 0.75,
    ProspectingStage.OUTREACH: 0.4,
    ProspectingStage.NEGOTIATING: 0.1,
    ProspectingStage.REJECTED_BY_PARTNER: 0.15,
    ProspectingStage.REJECTED_BY_YOU: 0.25,
}
"""The share of the partners in a stage who have no contract; of the other stages everybody has one."""

LATEST: dict[ProspectingStage, dict[ContractStage, int]] = {
    ProspectingStage.NEW: {
        C.AWAITING_ADVERTISER_APPROVAL: 5,
        C.PENDING_CONTRACT_EXPIRED: 1,
        C.ARCHIVED: 1,
        C.PUBLISHER_DEACTIVATED: 1,
    },
    ProspectingStage.OUTREACH: {
        C.AWAITING_PUBLISHER_APPROVAL: 8,
        C.PENDING_CONTRACT_EXPIRED: 2,
        C.ADVERTISER_RETRACTED: 1,
        C.ARCHIVED: 1,
    },
    ProspectingStage.NEGOTIATING: {
        C.ADVERTISER_COUNTERED: 4,
        C.PUBLISHER_COUNTERED: 4,
        C.AWAITING_ADVERTISER_APPROVAL: 2,
    },
    ProspectingStage.REJECTED_BY_PARTNER: {C.PUBLISHER_DECLINED: 6, C.PUBLISHER_RETRACTED: 2},
    ProspectingStage.REJECTED_BY_YOU: {C.ADVERTISER_DECLINED: 5, C.ADVERTISER_RETRACTED: 2},
    ProspectingStage.JOINED: {C.JOINED: 30, C.AWAITING_CONTRACT_START: 1},
    ProspectingStage.EXPIRED: {C.EXPIRED: 6, C.CANCELLED: 2, C.PUBLISHER_DEACTIVATED: 2},
    ProspectingStage.SUSPENDED: {C.SUSPENDED: 1},
}
EARLIER = {
    C.PUBLISHER_DECLINED: 3,
    C.ADVERTISER_DECLINED: 2,
    C.PENDING_CONTRACT_EXPIRED: 3,
    C.ADVERTISER_RETRACTED: 1,
    C.PUBLISHER_RETRACTED: 1,
    C.ARCHIVED: 1,
}
EARLIER_ONCE_JOINED = EARLIER | {C.EXPIRED: 9, C.CANCELLED: 2}
EARLIER_AND_JOINED = EARLIER_ONCE_JOINED | {C.JOINED: 3, C.AWAITING_CONTRACT_START: 1}
EARLIER_CONTRACTS = {0: 36, 1: 36, 2: 19, 3: 9}

BY_BRAND = {C.ADVERTISER_DECLINED, C.PUBLISHER_RETRACTED}
"""What only becomes of a contract that the partner applied for."""
IN_FORCE_ONCE = {C.JOINED, C.SUSPENDED, C.EXPIRED, C.CANCELLED, C.PUBLISHER_DEACTIVATED}
ONCE_JOINED = {ProspectingStage.JOINED, ProspectingStage.EXPIRED, ProspectingStage.SUSPENDED}


def contracts_of(partner: Partner, terms: Mapping[str, TemplateTerm], rng: Random) -> list[Contract]:
    """The partner's contracts, oldest first, without Contract IDs. Dates the partner to match."""
    stage = ProspectingStage(partner.prospecting_stage)
    if rng.random() < WITHOUT_CONTRACT.get(stage, 0):
        partner.last_transition_date = _before(TODAY, 500, rng)
        return []
    earlier = EARLIER_ONCE_JOINED if stage in ONCE_JOINED else EARLIER
    if stage == ProspectingStage.JOINED:
        earlier = EARLIER_AND_JOINED
    stages = [pick(earlier, rng) for _ in range(pick(EARLIER_CONTRACTS, rng))] + [pick(LATEST[stage], rng)]
    starts = sorted(_before(TODAY, OLDEST, rng) for _ in stages)
    contracts = [
        _contract(partner, stage, start, terms, rng) for stage, start in zip(stages, starts, strict=True)
    ]
    partner.last_transition_date = contracts[-1].stage_since.date()
    joined = [contract.start_date for contract in contracts if contract.stage in IN_FORCE_ONCE]
    if stage in ONCE_JOINED:
        partner.original_joined_date = min(joined, default=None)
    return contracts


def _contract(
    partner: Partner, stage: ContractStage, start: date, terms: Mapping[str, TemplateTerm], rng: Random
) -> Contract:
    end, since = None, start + (TODAY - start) * rng.random()
    if stage in (C.EXPIRED, C.CANCELLED):
        end = since
    elif stage == C.AWAITING_CONTRACT_START:
        start, since = TODAY + timedelta(rng.randint(3, 90)), _before(TODAY, 60, rng)
    elif stage.state == stage.state.PENDING:
        start = since = _before(TODAY, 90, rng)
    if end is None and rng.random() < 0.3:
        end = max(start, TODAY) + timedelta(rng.randint(30, 700))
    return Contract(
        partner=partner,
        template_term=terms[_term(stage, rng)],
        stage=stage,
        start_date=start,
        end_date=end,
        stage_since=datetime.combine(since, time(rng.randint(6, 20), rng.randint(0, 59)), UTC),
    )


def past_of(contract: Contract) -> list[ContractStageChange]:
    """How the contract came into its stage: proposed or applied for, perhaps in force, then as it is."""
    rng = Random(contract.number)  # noqa: S311 - made-up data needs no secrets
    stage, since = ContractStage(contract.stage), contract.stage_since
    path = [(stage, since)]
    if stage in IN_FORCE_ONCE - {C.JOINED}:
        held = max(since - _noon(contract.start_date), timedelta())
        path.insert(0, (C.JOINED, since - held * rng.random()))
    if stage.state != stage.state.PENDING:
        first = C.AWAITING_ADVERTISER_APPROVAL if stage in BY_BRAND else C.AWAITING_PUBLISHER_APPROVAL
        proposed = min(path[0][1], _noon(contract.start_date)) - timedelta(rng.randint(1, 30))
        path.insert(0, (first, proposed))
    return [
        ContractStageChange(subject=contract, from_stage=before, to_stage=to, at=at)
        for (before, _at), (to, at) in zip([("", None), *path], path, strict=False)
    ]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _term(stage: ContractStage, rng: Random) -> str:
    """An archived term stays on old contracts only."""
    if stage == C.ARCHIVED or (stage == C.EXPIRED and rng.random() < 0.2):
        return words.ARCHIVED_TERM
    return pick({name: weight for name, _currency, weight in words.TERMS}, rng)


def _before(day: date, most: int, rng: Random) -> date:
    """A day at most so many days earlier, more often a late one."""
    return day - timedelta(1 + int(most * rng.random() ** 2))
