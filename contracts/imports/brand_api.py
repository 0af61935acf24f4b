"""Answers of impact.com's Brand API, kept as JSON files: partners, groups and contracts as tables.

Both shapes are read: `Partners` with `Contacts`, and the older `MediaPartners` with one `Contact`. Whatever
follows from several lists (a contract's stage from its partner's state, a partner's stage from its contracts)
is worked out when all files have been read, in whichever order they come.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.imports.answers import CONTRACTS, GROUPS, PARTNERS, Entry, day, read_answers, text
from contracts.stages import ContractStage, ContractState
from partners.imports.errors import Refused
from partners.imports.parsing.business_models import models_in
from partners.imports.parsing.cells import Cell, cell_of, is_email
from partners.imports.parsing.dates import read_day
from partners.imports.reading.table import SourceTable
from partners.models import BusinessModel, ProspectingStage
from partners.stages.choices import ProspectingStage as P

C = ContractStage
STARTS = ("StartDate", "BrandSignatoryDate", "PartnerSignatoryDate")
"""A proposal may have no start yet: then it is the day on which it was signed."""
LEFT = ("DEACTIVATED", "CLOSED")

HEADINGS = {
    PARTNERS: [
        "Partner ID",
        "Name",
        "E-mail",
        "Website",
        "Prospecting stage",
        "Country",
        "Business model",
        "Original joined date",
    ],
    GROUPS: ["Group", "Partner ID"],
    CONTRACTS: ["Contract ID", "Partner ID", "Template term", "Currency", "Stage", "Start", "End"],
}
FROM_CONTRACTS: tuple[tuple[set[ContractStage], ProspectingStage], ...] = (
    ({C.JOINED}, P.JOINED),
    ({C.SUSPENDED}, P.SUSPENDED),
    ({C.AWAITING_CONTRACT_START}, P.NEGOTIATING),
    (set(C.of(ContractState.PENDING)) - {C.AWAITING_PUBLISHER_APPROVAL}, P.NEGOTIATING),
    ({C.AWAITING_PUBLISHER_APPROVAL}, P.OUTREACH),
    ({C.EXPIRED, C.CANCELLED, C.PUBLISHER_DEACTIVATED}, P.EXPIRED),
    ({C.PUBLISHER_DECLINED, C.PUBLISHER_RETRACTED}, P.REJECTED_BY_PARTNER),
    ({C.ADVERTISER_DECLINED, C.ADVERTISER_RETRACTED}, P.REJECTED_BY_YOU),
)
"""A partner's stage is that of the first of these of which it has a contract."""


@dataclass(frozen=True)
class Program:
    """All that the files say."""

    tables: dict[str, SourceTable]
    """By the key of the importer."""
    warnings: list[str]
    refused: dict[str, str]
    """Why a file wasn't read, or not whole, by its name."""


def read_program(paths: Sequence[Path]) -> Program:
    """The lists in all these files."""
    answers = read_answers(paths)
    lists = answers.entries
    rows = {
        PARTNERS: _partners(lists[PARTNERS], lists[CONTRACTS]),
        GROUPS: _groups(lists[GROUPS]),
        CONTRACTS: _contracts(lists[CONTRACTS], _states(lists[PARTNERS])),
    }
    digest = _digest(path for path in paths if path.name not in answers.refused)
    read_as, said = _("JSON of the Brand API"), {"warnings": [*answers.warnings, *answers.refused.values()]}
    tables = {
        what: SourceTable(HEADINGS[what], _numbered(rows[what]), read_as, digest, said)
        for what in rows
        if lists[what]
    }
    return Program(tables, answers.warnings, answers.refused)


def contract_stage(contract: Entry, state: str) -> str:
    """The stage that follows from status, signatures and the partner's state; other words if none does."""
    status = text(contract, "Status").upper()
    brand, partner = (bool(text(contract, f"{side}SignatoryDate")) for side in ("Brand", "Partner"))
    if status in ("PENDING", "DECLINED"):
        # Who signs agrees. So the side that has not signed is the one that is awaited, or that declined.
        if brand == partner:
            return _("%(status)s, signed by %(who)s") % {
                "status": status,
                "who": _("both sides") if brand else _("neither side"),
            }
        if status == "PENDING":
            return C.AWAITING_PUBLISHER_APPROVAL if brand else C.AWAITING_ADVERTISER_APPROVAL
        return C.PUBLISHER_DECLINED if brand else C.ADVERTISER_DECLINED
    return {
        "UPCOMING": C.AWAITING_CONTRACT_START,
        "ACTIVE": C.SUSPENDED if state == "SUSPENDED" else C.JOINED,
        "EXPIRED": C.PUBLISHER_DEACTIVATED if state in LEFT else C.EXPIRED,
    }.get(status, text(contract, "Status"))


def prospecting_stage(partner: Entry, stages: set[str], today: date) -> str:
    """What follows from the partner's contracts or, without any, from the programs it joined; or nothing."""
    for among, stage in FROM_CONTRACTS:
        if stages & among:
            return stage
    joined = [program for program in _entries(partner, "Programs") if day(program, "JoinDate")]
    state = text(partner, "State").upper()
    if not joined:
        return ""
    ends = [day(program, "ExpirationDate") for program in joined]
    try:
        in_force = any(not end or read_day(end) >= today.isoformat() for end in ends)
    except Refused:
        return _("joined, expires %s") % ", ".join(ends)
    if state in LEFT or not in_force:
        return P.EXPIRED
    return P.SUSPENDED if state == "SUSPENDED" else P.JOINED


def _partners(partners: Iterable[Entry], contracts: Iterable[Entry]) -> Iterator[list[str]]:
    known = list(partners)
    states, today = _states(known), timezone.localdate()
    stages: dict[str, set[str]] = defaultdict(set)
    for contract in contracts:
        key = text(contract, "PartnerId")
        stages[key].add(contract_stage(contract, states.get(key, "")))
    for partner in known:
        key = text(partner, "Id")
        joined = [day(program, "JoinDate")[:10] for program in _entries(partner, "Programs")]
        yield [
            key,
            text(partner, "Name"),
            _email(partner),
            text(partner, "Website"),
            prospecting_stage(partner, stages[key], today),
            text(_entry(partner, "Address"), "Country"),
            _business_model(partner),
            min(filter(None, joined), default=""),
        ]


def _groups(groups: Iterable[Entry]) -> Iterator[list[str]]:
    for group in groups:
        members = _entries(group, "MediaPartners") or _entries(group, "Partners")
        ids = [text(member, "PartnerId") or text(member, "Id") for member in members]
        for key in ids or [""]:
            yield [text(group, "Name"), key]


def _contracts(contracts: Iterable[Entry], states: dict[str, str]) -> Iterator[list[str]]:
    for contract in contracts:
        partner, term = text(contract, "PartnerId"), _entry(contract, "TemplateTerms")
        starts = (day(contract, name) for name in STARTS)
        yield [
            text(contract, "Id"),
            partner,
            text(term, "Name"),
            text(term, "Currency"),
            contract_stage(contract, states.get(partner, "")),
            next(filter(None, starts), ""),
            day(contract, "EndDate"),
        ]


def _states(partners: Iterable[Entry]) -> dict[str, str]:
    return {text(partner, "Id"): text(partner, "State").upper() for partner in partners}


def _email(partner: Entry) -> str:
    """That of the primary contact; all of them, if it is none, for the first that is one to be taken."""
    contacts = _entries(partner, "Contacts")
    first = sorted(contacts, key=lambda contact: contact.get("IsPrimary") is not True)
    addresses = [text(contact, "Email") for contact in first]
    addresses.append(text(_entry(partner, "Contact"), "EmailAddress"))
    given = list(filter(None, addresses))
    return given[0] if given and is_email(given[0]) else ", ".join(given)


def _business_model(partner: Entry) -> str:
    methods = sorted(
        _entries(partner, "PromotionalMethods"), key=lambda method: method.get("IsPrimary") is not True
    )
    name = next(filter(None, (text(method, "Type") for method in methods)), "")
    return next(iter(models_in(name)), BusinessModel.OTHER) if name else ""


def _numbered(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[Cell]]]:
    """Each once: an entry may come again on the next page."""
    seen = set()
    for number, row in enumerate(rows, 1):
        if tuple(row) not in seen:
            seen.add(tuple(row))
            yield number, [cell_of(cell) for cell in row]


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for each in sorted(hashlib.sha256(path.read_bytes()).digest() for path in paths):
        digest.update(each)
    return digest.hexdigest()


def _entry(entry: Entry, name: str) -> Entry:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}


def _entries(entry: Entry, name: str) -> list[Entry]:
    value = entry.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
