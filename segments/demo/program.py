"""Fills an empty database with a made-up program, in few statements."""

from collections.abc import Iterator, Sequence
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
from partners.models import Membership, Note, Partner, PartnerGroup, PartnerStageChange, reserve_partner_ids
from segments.demo import words
from segments.demo.history import TRACKED, make_history
from segments.demo.pasts import contracts_of, past_of
from segments.demo.people import Prospect, prospects
from segments.demo.questions import questions, questions_about_segments, versions_of
from segments.demo.relationships import relationship_of
from segments.services import save_segment

SEED = 20_261_101
FIRST_NUMBER = 5_550_001
PARTNERS_PER_BATCH = 2_000
ROWS_PER_STATEMENT = 2_000
FILLED = (Partner, PartnerGroup, TemplateTerm)
"""The models that make a database one with a program in it."""


WRITTEN = (Partner, PartnerStageChange, Note, Membership, Contract, ContractStageChange)
"""The models of which there are many rows."""


def has_program() -> bool:
    """Whether there are partners, groups or template terms in the database already."""
    return any(model._default_manager.exists() for model in FILLED)


@transaction.atomic
def fill(number: int, *, days: int, quiet: bool = False) -> None:
    """Make up so many partners with all that belongs to them, the same every time.

    Some segments are tracked, and have a history of so many `days`; with 0 none is.
    """
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
    users = list(User.objects.filter(is_staff=True, is_active=True).order_by("pk")[:10])
    made = prospects(number, rng)
    numbers = (f"S-{serial}" for serial in count(FIRST_NUMBER))
    with tqdm(total=number, unit=" partners", disable=True if quiet else None) as progress:
        while batch := list(islice(made, PARTNERS_PER_BATCH)):
            _save(batch, groups, terms, numbers, users, rng)
            progress.update(len(batch))
    reserve_partner_ids(up_to=highest_partner_id())
    refresh_statistics(*WRITTEN)
    moment = Moment.now()
    owner = User.objects.filter(is_superuser=True).order_by("pk").first()
    asked = questions()
    if days:
        tracked = {name: versions_of(asked.pop(name)) for name in TRACKED}
        make_history(tracked, days=days, moment=moment, owner=owner)
    _save_segments(asked, owner, moment)
    _save_segments(questions_about_segments(), owner, moment)


def _save_segments(asked: dict[str, dict[str, Any]], owner: User | None, moment: Moment) -> None:
    for name, question in asked.items():
        segment = None
        for definition in versions_of(question):
            segment = save_segment(
                segment=segment, name=name, definition=definition, user=owner, moment=moment
            )


def highest_partner_id() -> int:
    """The highest Partner ID in use."""
    return Partner.objects.order_by("-pk").values_list("pk", flat=True)[:1].get()


def _save(
    batch: list[Prospect],
    groups: dict[str, PartnerGroup],
    terms: dict[str, TemplateTerm],
    numbers: Iterator[str],
    users: Sequence[User],
    rng: Random,
) -> None:
    contracts = [contract for made in batch for contract in contracts_of(made.partner, terms, rng)]
    for contract in contracts:
        contract.number = next(numbers)
    # Of their own, so that what was made up before this was added stays as it is.
    own = Random(batch[0].partner.pk)  # noqa: S311 - made-up data needs no secrets
    notes = [note for made in batch for note in relationship_of(made.partner, users, own)]
    Partner.objects.bulk_create((made.partner for made in batch), batch_size=ROWS_PER_STATEMENT)
    Note.objects.bulk_create(notes, batch_size=ROWS_PER_STATEMENT)
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
