"""How many partners and contracts are in each stage: grouped counts, kept for a minute."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from contracts.models import Contract, ContractStage
from partners.core.limits import limits
from partners.models import Partner


@dataclass(frozen=True)
class Counts:
    """The whole program in numbers, as of one moment."""

    partners: dict[str, int]
    first_joined: int
    contracts: dict[str, int]
    ending: int
    as_of: datetime


def counts(today: date, days: int) -> Counts:
    """By stage; also first joins in so many last days, and joined contracts that end in so many next ones."""
    key = f"counts:{today}:{days}"
    kept: Counts | None = cache.get(key)
    if kept is None:
        kept = _count(today, timedelta(days=days - 1))
        cache.set(key, kept, limits().dashboard_cache_s)
    return kept


def _count(today: date, others: timedelta) -> Counts:
    as_of = timezone.now()
    lately = Q(original_joined_date__range=(today - others, today))
    soon = Q(stage=ContractStage.JOINED, end_date__range=(today, today + others))
    partners, first_joined = _by_stage(Partner.objects.all(), "prospecting_stage", lately)
    contracts, ending = _by_stage(Contract.objects.all(), "stage", soon)
    return Counts(partners, first_joined, contracts, ending, as_of)


def _by_stage(rows: QuerySet[Any], stage: str, marked: Q) -> tuple[dict[str, int], int]:
    """How many rows are in each stage, and how many of all are marked; one query."""
    grouped = list(
        rows.order_by().values_list(stage).annotate(many=Count("pk"), few=Count("pk", filter=marked))
    )
    return {key: many for key, many, _ in grouped}, sum(few for _, _, few in grouped)
