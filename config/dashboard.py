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
from config.first_steps import Step, first_steps
from config.news import News, news_of
from config.recent_work import WorkItem, may_see, recent_work
from config.waiting import ATTENTION, MAX_NAMED, Waiting, ending, next_steps, to_mend
from contracts.models import Contract, ContractStage
from partners.core.moment import Moment, moment_of
from partners.core.requests import StaffRequest
from partners.models import Partner, ProspectingStage
from segments import permissions
from segments.insight.health import Health, health_of
from segments.insight.sizes import show_sizes_now
from segments.models import Segment
from segments.screens.segment_filters import favourites_of
from segments.screens.tracking.curves import Sparkline, sparkline
from segments.tracking.standing import Lately, lately_of

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
class SegmentLine:
    """A segment, how it stands and, if it is tracked, the change of seven days and the curve of ninety."""

    segment: Segment
    standing: Health
    lately: Lately | None
    sparkline: Sparkline | None


@dataclass(frozen=True)
class Segments:
    """The user's favourites and those changed last, how many there are, and which need attention."""

    all: list[Segment]
    latest: list[SegmentLine]
    attention: list[tuple[Segment, Health]]
    attention_url: str

    @property
    def total(self) -> int:
        """How many are in use."""
        return len(self.all)

    @property
    def are_tracked(self) -> bool:
        """Whether of any of those shown a change can be told."""
        return any(line.lately for line in self.latest)


@dataclass(frozen=True)
class Dashboard:
    """The start page of one user. A part is None where the user may not see it, or counting is too slow."""

    greeting: str
    now: datetime
    as_of: datetime | None
    too_slow: bool
    partners: Partners | None
    contracts: Contracts | None
    segments: Segments | None
    steps: list[Step]
    waiting: list[Waiting]
    news: list[News]
    midnight: datetime
    """When today began: the news is what changed since."""
    may_create_segment: bool
    work: list[WorkItem]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing yet of which a number could be told."""
        parts = (self.partners, self.contracts, self.segments)
        return self.partners is not None and not any(part.total for part in parts if part)


def build_dashboard(site: AdminSite, request: StaffRequest) -> Dashboard:
    """Everything on the start page, in a number of queries that does not grow with the data."""
    moment = moment_of(request)
    now = timezone.localtime(moment.instant, moment.zone)
    user = request.user
    sees_partners, sees_contracts = (may_see(site, model, request) for model in (Partner, Contract))
    numbers = counts(moment, DAYS) if sees_partners or sees_contracts else None
    partners = _partners(numbers) if numbers and sees_partners else None
    contracts = _contracts(numbers, moment.today) if numbers and sees_contracts else None
    segments = _segments(request, moment) if permissions.can_view(user) else None
    return Dashboard(
        greeting=greet(now.hour, user.get_short_name()),
        now=now,
        as_of=numbers.as_of if numbers else None,
        too_slow=numbers is None and (sees_partners or sees_contracts),
        partners=partners,
        contracts=contracts,
        segments=segments,
        steps=first_steps(user, partners.total, segments.total if segments else 0) if partners else [],
        waiting=[
            *(next_steps(user, moment.today) if sees_partners else []),
            *_waiting(request, contracts, segments),
        ],
        news=news_of(site, request, numbers, segments.all if segments else [], moment),
        midnight=moment.start_of(moment.today),
        may_create_segment=permissions.can_create(user),
        work=recent_work(site, request, MAX_ROWS_SHOWN),
    )


def _waiting(request: StaffRequest, contracts: Contracts | None, segments: Segments | None) -> list[Waiting]:
    """What this user can do something about; what is broken comes last."""
    found = (
        [ending(contracts.ending, contracts.ending_first, contracts.ending_url, DAYS)] if contracts else []
    )
    if segments and permissions.can_change(request.user):
        found.append(to_mend(segments.attention))
    return [one for one in found if one]


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
    soonest = Contract.objects.filter(**soon).select_related("partner", "template_term")
    return Contracts(
        total=sum(numbers.contracts.values()),
        url=url,
        bars=_bars(ContractStage, numbers.contracts, f"{url}?stage__exact="),
        ending=numbers.ending,
        ending_url=f"{url}?{urlencode(soon)}",
        ending_first=list(soonest.order_by("end_date", "pk")[:MAX_NAMED]),
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


def _segments(request: StaffRequest, moment: Moment) -> Segments:
    """Favourites first; the numbers are those of now where that takes no time, otherwise the stored ones."""
    favourite = favourites_of(request.user)
    in_use = Segment.objects.in_use().annotate(is_favourite=favourite)
    segments = list(in_use.order_by("-is_favourite", "-changed_at", "-pk"))
    standing = health_of(segments, moment)
    shown = segments[:MAX_ROWS_SHOWN]
    show_sizes_now(shown, moment)
    return Segments(
        all=segments,
        latest=_lines(shown, standing, moment),
        attention=[
            (segment, standing[segment.pk]) for segment in segments if standing[segment.pk].needs_attention
        ],
        attention_url=f"{reverse('admin:segments_segment_changelist')}?{ATTENTION}",
    )


def _lines(segments: list[Segment], standing: Mapping[int, Health], moment: Moment) -> list[SegmentLine]:
    lately = lately_of([segment.pk for segment in segments], moment)
    curves = {key: sparkline(one.days, moment.today) for key, one in lately.items()}
    return [
        SegmentLine(segment, standing[segment.pk], lately.get(segment.pk), curves.get(segment.pk))
        for segment in segments
    ]
