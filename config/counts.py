"""Numbers of small tables, for the frame, and of large ones, for the start page."""

from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import CharField, Count, Q, QuerySet, Value
from django.utils import timezone

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from partners.core.time_limit import TooSlowError, is_limited, time_limit
from partners.models import Partner, PartnerGroup
from segments.definition import Condition
from segments.insight.stage_numbers import rows_by_stage
from segments.models import Segment
from segments.query.columns.evaluation import Evaluator
from segments.query.members import evaluator

UNKNOWN: Any = object()
SMALL_TABLES: dict[str, Callable[[], QuerySet[Any]]] = {
    "partners.PartnerGroup": PartnerGroup.objects.all,
    "segments.Segment": Segment.objects.in_use,
    "contracts.TemplateTerm": TemplateTerm.objects.all,
}
"""What is counted on every page, by the model's label: so few rows that it takes no time."""


def small_counts(labels: Collection[str]) -> dict[str, int]:
    """How many rows the small tables among these models have; one query.

    None on the page for an error that left the database's transaction unusable.
    """
    questions = [_number_of(rows(), label) for label, rows in SMALL_TABLES.items() if label in labels]
    if not questions:
        return {}
    first, *others = questions
    # Pages that say what went wrong are made when the limit of the page is over.
    limit = nullcontext() if is_limited() else time_limit(seconds=limits().sizes_now_timeout_s)
    try:
        with limit:
            return dict(first.union(*others, all=True))
    except (DatabaseError, TooSlowError):
        return {}


def _number_of(rows: QuerySet[Any], label: str) -> QuerySet[Any]:
    labelled = rows.order_by().values(label=Value(label, CharField())).annotate(number=Count("pk"))
    numbers: QuerySet[Any] = labelled.values_list("label", "number")
    return numbers


@dataclass(frozen=True)
class Counts:
    """The whole program in numbers, as of one moment."""

    partners: dict[str, int]
    first_joined: int
    partners_moved: dict[str, int]
    """How many came into each stage today."""
    contracts: dict[str, int]
    ending: int
    contracts_moved: dict[str, int]
    as_of: datetime


def counts(moment: Moment, days: int) -> Counts | None:
    """By stage; also first joins in so many last days, and joined contracts that end in so many next ones.

    Of now by columns in memory; by SQL, of a while ago. None where counting takes too long.
    """
    if found := _by_columns(moment, days):
        return found
    key = f"counts:{moment.today}:{days}"
    kept: Counts | None = cache.get(key, UNKNOWN)
    if kept is UNKNOWN:
        try:
            with time_limit(seconds=limits().dashboard_timeout_s):
                kept = _count(moment, timedelta(days=days - 1))
        except TooSlowError:
            kept = None
        # The first import shows at once.
        if kept is None or kept.partners:
            cache.set(key, kept, limits().dashboard_cache_s)
    return kept


def _by_columns(moment: Moment, days: int) -> Counts | None:
    with snapshot():
        masks = evaluator(moment)
        return _counted(masks, days) if masks else None


def _counted(masks: Evaluator, days: int) -> Counts | None:
    partners = partial(rows_by_stage, masks, "prospecting_stage")
    contracts = partial(rows_by_stage, masks, "contract_stage")
    found = (
        partners(),
        partners(_within("original_joined_date", last=days)),
        partners(_within("last_transition_date", last=1)),
        contracts(),
        contracts(_within("contract_end", next=days)),
        contracts(_within("contract_stage_since", last=1)),
    )
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    by_stage, joining, moved, contracts_by_stage, ending, contracts_moved = known
    return Counts(
        by_stage,
        sum(joining.values()),
        moved,
        contracts_by_stage,
        ending.get(ContractStage.JOINED, 0),
        contracts_moved,
        timezone.now(),
    )


def _within(field: str, **days: int) -> Condition:
    """Today is the first or the last of the days."""
    return Condition(field, "within", days)  # type: ignore[arg-type]  # as JSON has it


def _count(moment: Moment, others: timedelta) -> Counts:
    as_of, today = timezone.now(), moment.today
    lately = Q(original_joined_date__range=(today - others, today))
    soon = Q(stage=ContractStage.JOINED, end_date__range=(today, today + others))
    begin, end = moment.start_of(today), moment.start_of(today + timedelta(days=1))
    partners = _by_stage(Partner.objects.all(), "prospecting_stage", lately, Q(last_transition_date=today))
    contracts = _by_stage(
        Contract.objects.all(), "stage", soon, Q(stage_since__gte=begin, stage_since__lt=end)
    )
    return Counts(*partners, *contracts, as_of)


def _by_stage(
    rows: QuerySet[Any], stage: str, marked: Q, moved: Q
) -> tuple[dict[str, int], int, dict[str, int]]:
    """How many rows are in each stage, how many of all are marked, how many of each have moved; one query."""
    numbers = (Count("pk"), Count("pk", filter=marked), Count("pk", filter=moved))
    grouped = list(rows.order_by().values_list(stage).annotate(**dict(zip("abc", numbers, strict=True))))
    return (
        {key: many for key, many, _, _ in grouped},
        sum(few for _, _, few, _ in grouped),
        {key: new for key, _, _, new in grouped if new},
    )
