"""What the builder says about a definition while it is made: how many, who, and in which words."""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from contracts.models import Contract
from partners.models import Partner
from segments.attention import unknown_ids
from segments.compiler import compile_definition
from segments.definition import Definition
from segments.labels import Labels
from segments.sentences import group_phrases

FIRST = 10


@dataclass(frozen=True)
class Preview:
    """The number of partners in a segment, of how many; the first of them; its groups in words."""

    count: int
    total: int
    partners: list[Partner]
    phrases: list[str]
    unknown: list[str]
    """Typed IDs that nothing has, in a sentence for each condition."""


def preview(definition: Definition, labels: Labels) -> Preview:
    """Ask for the segment's partners of this moment."""
    members = Partner.objects.filter(compile_definition(definition))
    return Preview(
        count=members.count(),
        total=Partner.objects.count(),
        partners=list(with_details(members)[:FIRST]),
        phrases=group_phrases(definition, labels),
        unknown=unknown_ids(definition, labels),
    )


def with_details(partners: QuerySet[Partner]) -> QuerySet[Partner]:
    """The partners with what a row shows of them: contracts, latest first, and groups."""
    contracts = Contract.objects.order_by("-start_date", "-pk").only("partner_id", "stage", "start_date")
    return partners.prefetch_related(Prefetch("contracts", queryset=contracts), "groups")
