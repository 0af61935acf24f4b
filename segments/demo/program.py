"""Fills an empty database with a made-up program, in few statements."""

from collections.abc import Iterator
from itertools import count, islice
from random import Random
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from tqdm import tqdm

from contracts.models import Contract, ContractStageChange, TemplateTerm
from partners.core.moment import Moment
from partners.core.statistics import refresh_statistics
from partners.models import Membership, Partner, PartnerGroup, PartnerStageChange, reserve_partner_ids
from segments.definition import Definition
from segments.demo import words
from segments.demo.pasts import contracts_of, past_of
from segments.demo.people import Prospect, prospects
from segments.demo.questions import as_it_grew, questions, questions_about_segments
from segments.services import save_segment

SEED = 20_261_101
FIRST_NUMBER = 5_550_001
PARTNERS_PER_BATCH = 2_000
ROWS_PER_STATEMENT = 2_000
FILLED = (Partner, PartnerGroup, TemplateTerm)
"""The models that make a database one with a program in it."""


WRITTEN = (Partner, PartnerStageChange, Membership, Contract, ContractStageChange)
"""The models of which there are many rows."""


def has_program() -> bool:
    """Whether there are partners, groups or template terms in the database already."""
    return any(model._default_manager.exists() for model in FILLED)


@transaction.atomic
def fill(number: int, *, quiet: bool = False) -> None:
    """Make up so many partners with all that belongs to them, the same every time."""
    rng = Random(SEED)  # noqa: S311 - made-up data needs no secrets
    groups = {
        group.name: group
        for group in PartnerGroup.objects.bulk_create(PartnerGroup(name=name) for name in words.GROUPS)
    }
    terms = {
        term.name: term
        for term in TemplateTerm.objects.bulk_create(
            TemplateTerm(name=name, currency=currency, archived=name == words.ARCHIVED_TERM)
            for name, currency, _weight in words.TERMS
        )
    }
    made = prospects(number, rng)
    numbers = (f"S-{serial}" for serial in count(FIRST_NUMBER))
    with tqdm(total=number, unit=" partners", disable=True if quiet else None) as progress:
        while batch := list(islice(made, PARTNERS_PER_BATCH)):
            _save(batch, groups, terms, numbers, rng)
            progress.update(len(batch))
    reserve_partner_ids(up_to=highest_partner_id())
    refresh_statistics(*WRITTEN)
    moment = Moment.now()
    owner = User.objects.filter(is_superuser=True).order_by("pk").first()
    for name, question in _questions():
        segment = None
        for version in as_it_grew(question):
            definition = Definition.from_json(version)
            segment = save_segment(
                segment=segment, name=name, definition=definition, user=owner, moment=moment
            )


def _questions() -> Iterator[tuple[str, dict[str, Any]]]:
    """The segments in their order: those that name others are asked for when these have been saved."""
    yield from questions().items()
    yield from questions_about_segments().items()


def highest_partner_id() -> int:
    """The highest Partner ID in use."""
    return Partner.objects.order_by("-pk").values_list("pk", flat=True)[:1].get()


def _save(
    batch: list[Prospect],
    groups: dict[str, PartnerGroup],
    terms: dict[str, TemplateTerm],
    numbers: Iterator[str],
    rng: Random,
) -> None:
    contracts = [contract for made in batch for contract in contracts_of(made.partner, terms, rng)]
    for contract in contracts:
        contract.number = next(numbers)
    Partner.objects.bulk_create((made.partner for made in batch), batch_size=ROWS_PER_STATEMENT)
    # Django's own: these contracts bring their history along.
    plain: Any = QuerySet(Contract)
    plain.bulk_create(contracts, batch_size=ROWS_PER_STATEMENT)
    ContractStageChange.objects.bulk_create(
        (change for contract in contracts for change in past_of(contract)), batch_size=ROWS_PER_STATEMENT
    )
    Membership.objects.bulk_create(
        (Membership(partner=made.partner, group=groups[name]) for made in batch for name in made.groups),
        batch_size=ROWS_PER_STATEMENT,
    )
