"""What the builder says about a definition while it is made: how many, who, and in which words."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Prefetch, QuerySet

from contracts.models import Contract
from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from partners.models import Partner
from segments.definition import Definition
from segments.insight.health import unknown_ids
from segments.language.labels import Labels
from segments.language.sentences import exception_phrases, group_phrases
from segments.query.base import SegmentQuery
from segments.query.members import segment_query

MAX_PARTNERS_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The number of partners in a segment, of how many; the first of them; its groups in words.

    `count` is None where counting took too long; then there may be an `estimate`.
    """

    phrases: list[str]
    excepted: list[str]
    """The words for each group of partners who are left out."""
    unknown: list[str]
    """Typed IDs that nothing has, in a sentence for each condition."""
    count: int | None = None
    total: int = 0
    partners: list[Partner] = field(default_factory=list)
    estimate: int | None = None


def preview(
    definition: Definition, labels: Labels, moment: Moment, *, page: str = "", also_stops: Sequence[str] = ()
) -> Preview:
    """Ask for the segment's partners of a moment; names as in `time_limit`, with its SupersededError."""
    members = segment_query(definition, moment)
    said = Preview(
        phrases=group_phrases(definition, labels),
        excepted=exception_phrases(definition, labels),
        unknown=unknown_ids(definition, labels),
    )
    try:
        with time_limit(seconds=limits().preview_timeout_s, page=page, also_stops=also_stops):
            count, total = members.count_of_all()
            partners = members.page(MAX_PARTNERS_SHOWN, details=with_details)
    except TooSlowError:
        return replace(said, estimate=_estimate(members, page))
    return replace(said, count=count, total=total, partners=partners)


def _estimate(members: SegmentQuery, page: str) -> int | None:
    try:
        with time_limit(seconds=limits().preview_timeout_s, page=page):
            return members.estimate()
    except TooSlowError:
        return None


def with_details(partners: QuerySet[Partner]) -> QuerySet[Partner]:
    """The partners with what a row shows of them: contracts, latest first, and groups."""
    contracts = Contract.objects.order_by("-start_date", "-pk").only("partner_id", "stage", "start_date")
    return partners.prefetch_related(Prefetch("contracts", queryset=contracts), "groups")
