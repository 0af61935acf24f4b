"""The start page: what a partnership manager wants to see in the morning, as far as the user may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config.counts import Counts, counts
from config.recent_work import WorkItem, may_see, recent_work
from contracts.models import Contract, ContractStage
from partners.core.moment import Moment, moment_of
from partners.core.requests import StaffRequest
from partners.models import Partner, ProspectingStage
from segments import permissions
from segments.insight.health import Health, health_of
from segments.insight.sizes import show_sizes_now
from segments.models import Segment

DAYS = 30
"""In words “the last” and “the next 30 days”: today is one of them, as in segments."""
MAX_ROWS_SHOWN = 8
MORNING, AFTERNOON, EVENING = 4, 12, 18


@dataclass(frozen=True)
class Bar:
    """How many rows are in a stage; `width` is the bar's share of the longest, as SVG writes it."""

    stage: ProspectingStage | ContractStage
    number: int
    width: str
    url: str


@dataclass(frozen=True)
class Partners:
    """The partners in numbers."""

    total: int
    first_joined: int
    joined: int
    joined_share: str
    joined_url: str
    url: str
    bars: list[Bar]


@dataclass(frozen=True)
class Contracts:
    """The contracts in numbers, and the first of those that end soon."""

    total: int
    url: str
    bars: list[Bar]
    ending: int
    ending_url: str
    ending_first: list[Contract]


@dataclass(frozen=True)
class Segments:
    """The segments that were changed last, how many there are, and those that need attention."""

    total: int
    latest: list[tuple[Segment, Health]]
    attention: list[tuple[Segment, Health]]


@dataclass(frozen=True)
class Dashboard:
    """The start page of one user. A part is None where the user may not see it."""

    greeting: str
    now: datetime
    as_of: datetime | None
    partners: Partners | None
    contracts: Contracts | None
    segments: Segments | None
    may_create_segment: bool
    work: list[WorkItem]


def build_dashboard(site: AdminSite, request: StaffRequest) -> Dashboard:
    """Everything on the start page, in a number of queries that does not grow with the data."""
    moment = moment_of(request)
    now = timezone.localtime(moment.instant, moment.zone)
    sees_partners = may_see(site, Partner, request)
    sees_contracts = may_see(site, Contract, request)
    numbers = counts(moment.today, DAYS) if sees_partners or sees_contracts else None
    user = request.user
    return Dashboard(
        greeting=greet(now.hour, user.get_short_name()),
        now=now,
        as_of=numbers.as_of if numbers else None,
        partners=_partners(numbers) if numbers and sees_partners else None,
        contracts=_contracts(numbers, moment.today) if numbers and sees_contracts else None,
        segments=_segments(moment) if permissions.can_view(user) else None,
        may_create_segment=permissions.can_create(user),
        work=recent_work(site, request, MAX_ROWS_SHOWN),
    )


def greet(hour: int, name: str) -> str:
    """A greeting for this hour of the day, by name where it is known."""
    if MORNING <= hour < AFTERNOON:
        words = _("Good morning")
    elif AFTERNOON <= hour < EVENING:
        words = _("Good afternoon")
    else:
        words = _("Good evening")
    return f"{words}, {name}" if name else words


def _partners(numbers: Counts) -> Partners:
    url = reverse("admin:partners_partner_changelist")
    total = sum(numbers.partners.values())
    joined = numbers.partners.get(ProspectingStage.JOINED, 0)
    bars = _bars(ProspectingStage, numbers.partners, f"{url}?prospecting_stage__exact=")
    return Partners(
        total=total,
        first_joined=numbers.first_joined,
        joined=joined,
        joined_share=_percent(joined, total),
        joined_url=f"{url}?prospecting_stage__exact={ProspectingStage.JOINED}",
        url=url,
        bars=bars,
    )


def _contracts(numbers: Counts, today: date) -> Contracts:
    url = reverse("admin:contracts_contract_changelist")
    last = today + timedelta(days=DAYS - 1)
    soon = {"stage__exact": ContractStage.JOINED, "end_date__gte": today, "end_date__lte": last}
    ending = Contract.objects.filter(**soon).select_related("partner", "template_term")
    return Contracts(
        total=sum(numbers.contracts.values()),
        url=url,
        bars=_bars(ContractStage, numbers.contracts, f"{url}?stage__exact="),
        ending=numbers.ending,
        ending_url=f"{url}?{urlencode(soon)}",
        ending_first=list(ending.order_by("end_date", "pk")[:MAX_ROWS_SHOWN]),
    )


def _bars(
    stages: Iterable[ProspectingStage | ContractStage], numbers: Mapping[str, int], address: str
) -> list[Bar]:
    longest = max(numbers.values(), default=0) or 1
    return [
        Bar(stage, number, f"{100 * number / longest:.2f}%", f"{address}{stage}")
        for stage in stages
        for number in [numbers.get(stage, 0)]
    ]


def _percent(part: int, whole: int) -> str:
    share = part / whole if whole else 0
    return "<1" if 0 < share < 0.01 else f"{100 * share:.0f}"


def _segments(moment: Moment) -> Segments:
    segments = list(Segment.objects.in_use().order_by("-changed_at", "-pk"))
    standing = health_of(segments, moment)
    show_sizes_now(segments[:MAX_ROWS_SHOWN], moment)
    lines = [(segment, standing[segment.pk]) for segment in segments]
    return Segments(
        total=len(lines),
        latest=lines[:MAX_ROWS_SHOWN],
        attention=[line for line in lines if line[1].attention],
    )
