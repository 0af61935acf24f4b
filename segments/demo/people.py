"""Makes up partners: names, addresses, stages, groups."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from partners.models import BusinessModel, Partner, ProspectingStage
from segments.demo import words
from segments.demo.words import LANGUAGES, Language

Weights = TypeVar("Weights")

FIRST_PARTNER_ID = 700_001
WIDEST_GAP = 60

STAGES = {
    ProspectingStage.NEW: 22,
    ProspectingStage.OUTREACH: 14,
    ProspectingStage.NEGOTIATING: 9,
    ProspectingStage.REJECTED_BY_PARTNER: 5,
    ProspectingStage.REJECTED_BY_YOU: 4,
    ProspectingStage.JOINED: 38,
    ProspectingStage.EXPIRED: 5,
    ProspectingStage.SUSPENDED: 3,
}
KINDS = dict(zip([*words.KINDS, ""], (34, 18, 8, 14, 7, 3, 6, 4, 6), strict=True))


@dataclass(frozen=True)
class Prospect:
    """A partner before it is saved, and the names of the groups it will be in."""

    partner: Partner
    groups: tuple[str, ...]


def prospects(number: int, rng: Random) -> Iterator[Prospect]:
    """So many partners, their Partner IDs rising with gaps."""
    partner_id = FIRST_PARTNER_ID
    sites: set[str] = set()
    for _ in range(number):
        yield _prospect(partner_id, sites, rng)
        partner_id += rng.randint(1, WIDEST_GAP)


def _prospect(partner_id: int, sites: set[str], rng: Random) -> Prospect:
    language = pick({language: language.weight for language in LANGUAGES}, rng)
    attribute = pick(KINDS, rng)
    name, site = _name(language, attribute, rng)
    if site in sites:
        site = f"{site}-{partner_id % 100_000}"
    sites.add(site)
    partner = Partner(
        id=partner_id,
        name=name,
        website=_website(site, rng),
        email=_email(site, rng),
        prospecting_stage=pick(STAGES, rng),
        country=rng.choice(language.countries.split()) if rng.random() < 0.93 else "",
        business_model=attribute,
    )
    return Prospect(partner, _groups(partner, rng))


def _name(language: Language, attribute: BusinessModel | str, rng: Random) -> tuple[str, str]:
    """A name, and its Latin spelling as a website's host."""
    openings = language.openings.split()
    parts = [rng.choice(openings), rng.choice(language.closings_of(attribute))]
    if language is LANGUAGES[0] and rng.random() < 0.4:
        parts.insert(1, rng.choice(words.TRADES))
    elif language.joint and rng.random() < 0.2:
        parts[0] = f"{parts[0]} & {rng.choice(openings)}"
    name = language.joint.join(re.sub(r"/\S+", "", part) for part in parts).replace("-", " ")
    return name, _host(" ".join(parts))


def _host(text: str) -> str:
    """The Latin letters of a name; where it is written in another script, those after the slash."""
    latin = re.sub(r"\S+/(\S+)", r"\1", text)
    for letter, spelling in (
        ("ß", "ss"),
        ("ø", "o"),
        ("ł", "l"),
        ("æ", "ae"),
        ("œ", "oe"),
        ("\u0131", "i"),
        ("þ", "th"),
    ):
        latin = latin.casefold().replace(letter, spelling)
    plain = unicodedata.normalize("NFKD", latin.replace("đ", "d").replace("ð", "d"))
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f]", "", plain)).strip("-")


def _website(site: str, rng: Random) -> str:
    host = f"{rng.choice(('', 'www.'))}{site}.example"
    return f"https://{host}" if rng.random() < 0.9 else ""


def _email(site: str, rng: Random) -> str:
    if rng.random() < 0.12:
        return ""
    if rng.random() < 0.4:
        return f"{rng.choice(words.MAILBOXES)}@{site}.example"
    return f"{rng.choice(words.FIRST_NAMES)}.{rng.choice(words.LAST_NAMES)}@{site}.example"


def _groups(partner: Partner, rng: Random) -> tuple[str, ...]:
    groups = {
        region for region, countries in words.REGIONS.items() if partner.country.code in countries.split()
    }
    if label := words.GROUPS_OF_KINDS.get(partner.business_model):
        groups.add(label)
    if partner.prospecting_stage == ProspectingStage.JOINED:
        groups |= {label for label, share in (("VIP", 0.08), ("Top 100", 0.04)) if rng.random() < share}
    if partner.prospecting_stage == ProspectingStage.REJECTED_BY_YOU and rng.random() < 0.5:
        groups.add("Blocked")
    groups |= {label for label in words.LABELS if rng.random() < 0.05}
    return tuple(sorted(groups))


def pick(weights: Mapping[Weights, int], rng: Random) -> Weights:
    """One of the choices, in proportion to their weights."""
    return rng.choices(list(weights), list(weights.values()))[0]
