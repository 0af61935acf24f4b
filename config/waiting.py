"""What waits for a user on the start page: each line is about some rows, and leads to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models import Contract
from partners.core.limits import limits
from partners.models import Partner
from segments.insight.health import Health
from segments.models import Segment

MAX_NAMED = 3
OVERDUE, FOR_TODAY = "within-more_days_ago-0", "within-next-1"
"""How the list of partners calls it in its filter by the day of the next step."""
ATTENTION = "attention=yes"
"""The filter of the Segments screen for those that have to be mended."""


@dataclass(frozen=True)
class Waiting:
    """Rows that wait for somebody; `details` names the first of them, each after what is said of it."""

    kind: str
    title: str
    details: list[tuple[str, str]]
    url: str
    verb: str


def next_steps(user: User, today: date) -> list[Waiting]:
    """What is due with the partners whom the user looks after; then what is overdue with any of them."""
    overdue = Partner.objects.filter(next_step_date__lt=today)
    for_today = Partner.objects.filter(next_step_date=today)
    name = user.get_username()
    found = [
        *_steps(
            overdue.filter(owner=user),
            lambda number: ngettext(
                "%s of your next steps is overdue", "%s of your next steps are overdue", number
            ),
            {"owner": name, "next_step_date": OVERDUE},
        ),
        *_steps(
            for_today.filter(owner=user),
            lambda number: ngettext(
                "%s of your next steps is for today", "%s of your next steps are for today", number
            ),
            {"owner": name, "next_step_date": FOR_TODAY},
        ),
    ]
    others = overdue.exclude(owner=user)
    if others.exists():
        found += _steps(
            overdue,
            lambda number: ngettext(
                "%s next step is overdue altogether", "%s next steps are overdue altogether", number
            ),
            {"next_step_date": OVERDUE},
        )
    return found


def _steps(
    rows: QuerySet[Partner], title: Callable[[int], str], asked: Mapping[str, str]
) -> Iterator[Waiting]:
    """A line about these partners, whom the list shows that is asked the same; none if there are none."""
    most = limits().list_max_counted_rows
    number = rows.order_by()[: most + 1].count()
    if number:
        counted = f"{most:,}+" if number > most else f"{number:,}"
        first = rows.order_by("next_step_date", "pk")[:MAX_NAMED]
        details = [(partner.name, partner.next_step or _("next step")) for partner in first]
        url = f"{reverse('admin:partners_partner_changelist')}?{urlencode(asked)}"
        yield Waiting("step", title(number) % counted, details, url, _("Look"))


def ending(number: int, first: Sequence[Contract], url: str, days: int) -> Waiting | None:
    """Contracts that end soon, the first of them by their ends."""
    if not number:
        return None
    title = ngettext(
        "%(number)s contract ends in the next %(days)s days",
        "%(number)s contracts end in the next %(days)s days",
        number,
    )
    details = [(date_format(one.end_date), one.partner.name) for one in first[:MAX_NAMED] if one.end_date]
    return Waiting("ending", title % {"number": f"{number:,}", "days": days}, details, url, _("Look"))


def to_mend(segments: Sequence[tuple[Segment, Health]]) -> Waiting | None:
    """Segments that have to be mended; one leads to itself, several to the list of just these."""
    if not segments:
        return None
    title = ngettext("%s segment needs attention", "%s segments need attention", len(segments))
    details = [(segment.name, standing.complaint) for segment, standing in segments[:MAX_NAMED]]
    url = f"{reverse('admin:segments_segment_changelist')}?{ATTENTION}"
    if len(segments) == 1:
        url = reverse("admin:segments_segment_partners", args=[segments[0][0].pk])
    return Waiting("mend", title % f"{len(segments):,}", details, url, _("Mend"))
