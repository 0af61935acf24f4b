"""Answers of impact.com's Brand API, kept as JSON files: partners, groups and contracts as tables.

Both shapes are read: `Partners` with `Contacts`, and the older `MediaPartners` with one `Contact`. Whatever
follows from several lists (a contract's stage from its partner's state, a partner's stage from its contracts)
is worked out when all files have been read, in whichever order they come.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.stages import ContractStage, State
from partners.imports.cells import Cell, cell_of
from partners.imports.errors import FileError
from partners.imports.tables import MEGABYTE, Table
from partners.models import BusinessModel, ProspectingStage
from partners.stages import ProspectingStage as P

C = ContractStage
Entry = dict[str, Any]
PARTNERS, GROUPS, CONTRACTS = "partners", "groups", "contracts"
"""The keys of the importers."""
LISTS = {"Partners": PARTNERS, "MediaPartners": PARTNERS, "Groups": GROUPS, "Contracts": CONTRACTS}
STARTS = ("StartDate", "BrandSignatoryDate", "PartnerSignatoryDate")
"""A proposal may have no start yet: then it is the day on which it was signed."""
LEFT = ("DEACTIVATED", "CLOSED")
MOST_BYTES = 300 * MEGABYTE
GAP = re.compile(r"[\s,]*")
"""What may stand between two answers in a file."""

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
BUSINESS_MODELS = {
    "CONTENT": BusinessModel.CONTENT_REVIEWS,
    "REVIEW": BusinessModel.CONTENT_REVIEWS,
    "SOCIAL": BusinessModel.SOCIAL_INFLUENCER,
    "INFLUENCER": BusinessModel.SOCIAL_INFLUENCER,
    "LOYALTY": BusinessModel.LOYALTY_REWARDS,
    "REWARD": BusinessModel.LOYALTY_REWARDS,
    "DEAL": BusinessModel.DEAL_COUPONS,
    "COUPON": BusinessModel.DEAL_COUPONS,
    "EMAIL": BusinessModel.EMAIL_NEWSLETTER,
    "NEWSLETTER": BusinessModel.EMAIL_NEWSLETTER,
    "SEARCH": BusinessModel.SEARCH,
    "NETWORK": BusinessModel.NETWORK,
}
"""By a part of the type's name; any other type is Other."""
FROM_CONTRACTS: tuple[tuple[set[ContractStage], ProspectingStage], ...] = (
    ({C.JOINED}, P.JOINED),
    ({C.SUSPENDED}, P.SUSPENDED),
    ({C.AWAITING_CONTRACT_START}, P.NEGOTIATING),
    (set(C.of(State.PENDING)) - {C.AWAITING_PUBLISHER_APPROVAL}, P.NEGOTIATING),
    ({C.AWAITING_PUBLISHER_APPROVAL}, P.OUTREACH),
    ({C.EXPIRED, C.CANCELLED, C.PUBLISHER_DEACTIVATED}, P.EXPIRED),
    ({C.PUBLISHER_DECLINED, C.PUBLISHER_RETRACTED}, P.REJECTED_BY_PARTNER),
    ({C.ADVERTISER_DECLINED, C.ADVERTISER_RETRACTED}, P.REJECTED_BY_YOU),
)
"""A partner's stage is that of the first of these of which it has a contract."""


@dataclass(frozen=True)
class Page:
    """A page of one list."""

    what: str
    entries: list[Entry]
    number: int
    pages: int
    total: int


@dataclass(frozen=True)
class Program:
    """All that the files say."""

    tables: dict[str, Table]
    """By the key of the importer."""
    warnings: list[str]


def read_program(paths: Sequence[Path]) -> Program:
    """The lists in all these files; FileError names the first that can't be read."""
    pages = [page for path in paths for page in _pages(path)]
    lists: dict[str, list[Entry]] = defaultdict(list)
    for page in pages:
        lists[page.what] += page.entries
    digest = _digest(paths)
    rows = {
        PARTNERS: _partners(lists[PARTNERS], lists[CONTRACTS]),
        GROUPS: _groups(lists[GROUPS]),
        CONTRACTS: _contracts(lists[CONTRACTS], _states(lists[PARTNERS])),
    }
    tables = {
        what: Table(HEADINGS[what], _numbered(rows[what]), _("JSON of the Brand API"), digest)
        for what in rows
        if lists.get(what)
    }
    return Program(tables, [warning for what in tables for warning in _gaps(what, pages)])


def contract_stage(contract: Entry, state: str) -> str:
    """The stage that follows from status, signatures and the partner's state; other words if none does."""
    status = _text(contract, "Status").upper()
    brand, partner = (bool(_text(contract, f"{side}SignatoryDate")) for side in ("Brand", "Partner"))
    if status in ("PENDING", "DECLINED"):
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
    }.get(status, status)


def prospecting_stage(partner: Entry, stages: set[str], today: date) -> str:
    """What follows from the partner's contracts or, without any, from the programs it joined; or nothing."""
    for among, stage in FROM_CONTRACTS:
        if stages & among:
            return stage
    joined = [program for program in _entries(partner, "Programs") if _text(program, "JoinDate")]
    state = _text(partner, "State").upper()
    if not joined:
        return ""
    in_force = any(
        not _text(program, "ExpirationDate") or _text(program, "ExpirationDate")[:10] >= today.isoformat()
        for program in joined
    )
    if state in LEFT or not in_force:
        return P.EXPIRED
    return P.SUSPENDED if state == "SUSPENDED" else P.JOINED


def _partners(partners: Iterable[Entry], contracts: Iterable[Entry]) -> Iterator[list[str]]:
    known = list(partners)
    states, today = _states(known), timezone.localdate()
    stages: dict[str, set[str]] = defaultdict(set)
    for contract in contracts:
        key = _text(contract, "PartnerId")
        stages[key].add(contract_stage(contract, states.get(key, "")))
    for partner in known:
        key = _text(partner, "Id")
        joined = [_text(program, "JoinDate")[:10] for program in _entries(partner, "Programs")]
        yield [
            key,
            _text(partner, "Name"),
            _email(partner),
            _text(partner, "Website"),
            prospecting_stage(partner, stages[key], today),
            _text(_entry(partner, "Address"), "Country"),
            _business_model(partner),
            min(filter(None, joined), default=""),
        ]


def _groups(groups: Iterable[Entry]) -> Iterator[list[str]]:
    for group in groups:
        members = _entries(group, "MediaPartners") or _entries(group, "Partners")
        ids = [_text(member, "PartnerId") or _text(member, "Id") for member in members]
        for key in ids or [""]:
            yield [_text(group, "Name"), key]


def _contracts(contracts: Iterable[Entry], states: dict[str, str]) -> Iterator[list[str]]:
    for contract in contracts:
        partner, term = _text(contract, "PartnerId"), _entry(contract, "TemplateTerms")
        starts = (_text(contract, name) for name in STARTS)
        yield [
            _text(contract, "Id"),
            partner,
            _text(term, "Name"),
            _text(term, "Currency"),
            contract_stage(contract, states.get(partner, "")),
            next(filter(None, starts), ""),
            _text(contract, "EndDate"),
        ]


def _states(partners: Iterable[Entry]) -> dict[str, str]:
    return {_text(partner, "Id"): _text(partner, "State").upper() for partner in partners}


def _email(partner: Entry) -> str:
    contacts = _entries(partner, "Contacts")
    first = sorted(contacts, key=lambda contact: contact.get("IsPrimary") is not True)
    addresses = [_text(contact, "Email") for contact in first]
    addresses.append(_text(_entry(partner, "Contact"), "EmailAddress"))
    return next(filter(None, addresses), "")


def _business_model(partner: Entry) -> str:
    methods = sorted(
        _entries(partner, "PromotionalMethods"), key=lambda method: method.get("IsPrimary") is not True
    )
    name = next(filter(None, (_text(method, "Type").upper() for method in methods)), "")
    if not name:
        return ""
    return next((model for part, model in BUSINESS_MODELS.items() if part in name), BusinessModel.OTHER)


def _numbered(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[Cell]]]:
    """Each once: an entry may come again on the next page."""
    seen = set()
    for number, row in enumerate(rows, 1):
        if tuple(row) not in seen:
            seen.add(tuple(row))
            yield number, [cell_of(cell) for cell in row]


def _pages(path: Path) -> Iterator[Page]:
    for answer in _answers(path):
        names = [name for name in LISTS if isinstance(answer.get(name), list)]
        if not names:
            raise FileError(
                _("%(file)s is no answer of the Brand API: it has none of the lists %(lists)s.")
                % {"file": path.name, "lists": ", ".join(LISTS)}
            )
        for name in names:
            entries = [entry for entry in answer[name] if isinstance(entry, dict)]
            number, pages, total = (_number(answer, f"@{key}") for key in ("page", "numpages", "total"))
            if not pages and _text(answer, "@nextpageuri"):
                pages = number + 1
            yield Page(LISTS[name], entries, number or 1, pages, total)


def _answers(path: Path) -> Iterator[Entry]:
    """A file holds one answer, a list of them, or one after the other."""
    if path.stat().st_size > MOST_BYTES:
        raise FileError(_("%(file)s is larger than %(size)s MB.") % {"file": path.name, "size": 300})
    try:
        text = path.read_bytes().decode("utf-8-sig")
        decoder, end = json.JSONDecoder(), 0
        while (start := _past_gap(text, end)) < len(text):
            answer, end = decoder.raw_decode(text, start)
            for one in answer if isinstance(answer, list) else [answer]:
                yield one if isinstance(one, dict) else {}
    except (ValueError, RecursionError) as error:
        raise FileError(_("%(file)s is no JSON: %(why)s.") % {"file": path.name, "why": error}) from None


def _past_gap(text: str, start: int) -> int:
    gap = GAP.match(text, start)
    return gap.end() if gap else start


MOST_PAGES = 100_000
"""Pages past this one are not missed."""


def _gaps(what: str, pages: Iterable[Page]) -> Iterator[str]:
    """What is missing of a list, by what its pages say of themselves."""
    mine = [page for page in pages if page.what == what]
    there, total = sum(len(page.entries) for page in mine), max(page.total for page in mine)
    pages_told = min(max(page.pages for page in mine), MOST_PAGES)
    missing = sorted(set(range(1, pages_told + 1)) - {page.number for page in mine})
    if missing or there < total:
        text = _("Not all %(what)s are there: %(there)s of %(total)s.") % {
            "what": what,
            "there": f"{there:,}",
            "total": f"{total:,}" if total else _("more"),
        }
        if missing:
            text += " " + _("Missing pages: %s.") % ", ".join(f"{number:,}" for number in missing[:20])
        yield text


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for each in sorted(hashlib.sha256(path.read_bytes()).digest() for path in paths):
        digest.update(each)
    return digest.hexdigest()


def _text(entry: Entry, name: str) -> str:
    """The text or number of this name; empty if there is none."""
    value = entry.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _number(entry: Entry, name: str) -> int:
    text = _text(entry, name)
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _entry(entry: Entry, name: str) -> Entry:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}


def _entries(entry: Entry, name: str) -> list[Entry]:
    value = entry.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
