"""The history of the demo's tracked segments, made by really running them on each of its days.

What is in the database at the end is what it was at the beginning: the changes of the days lead there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from unittest import mock

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from partners.core.actor import acting_as
from partners.core.bulk_changes import tell_bulk_change
from partners.core.moment import Moment
from partners.models import Membership, Partner, PartnerGroup
from segments.definition import Definition
from segments.models import Run, RunState, Segment
from segments.services import save_segment
from segments.tracking import queue
from segments.tracking.running import carry_out
from segments.tracking.services import switch_on

TRACKED = (
    "VIP, Top 100 or holiday campaign",
    "Prospects to write to",
    "Contracts that end soon",
    "Joined, not contacted for 90 days",
)
GROUPS = ("VIP", "Top 100", "Holiday 2026", "Blocked")
"""Those whose partners change in these days."""
CAME_LATER, LEFT = 0.12, 0.04
"""The share of a group's partners who came in these days, and how many others left it, beside its size."""
GREW_DAYS_AGO, DELETED_DAYS_AGO, FAILED_DAYS_AGO = 40, 20, 12
DELETED = "Harbor Vouchers"
WORKER = "demo"
Deed = Callable[[], object]


@dataclass
class Calendar:
    """What is done on each day, by how many days ago it was."""

    length: int
    deeds: defaultdict[int, list[Deed]] = field(default_factory=lambda: defaultdict(list))

    def on(self, days_ago: int, deed: Deed) -> None:
        """Do this on a day; what would be before the first day is done on that."""
        self.deeds[min(days_ago, self.length)].append(deed)


@contextmanager
def at_the_time(instant: datetime) -> Iterator[None]:
    """All that is done in the block is dated as if it were then: rows date themselves by the clock."""
    with mock.patch.object(timezone, "now", return_value=instant):
        yield


def make_history(
    questions: dict[str, list[Definition]], *, days: int, moment: Moment, owner: User | None
) -> None:
    """Save the tracked segments as many days ago, and run them daily since then.

    `questions` are the versions of each by name. Of one that has several, the last is saved later.
    """
    rng = Random(days)  # noqa: S311 - made-up data needs no secrets
    plan = Calendar(days)
    _plan_groups(plan, rng)
    _plan_deletion(plan)
    for name, versions in questions.items():
        for number, definition in enumerate(versions):
            later = number > 0 and number == len(versions) - 1
            plan.on(GREW_DAYS_AGO if later else days, partial(_save, name, definition, owner))
        plan.on(days, partial(_track, name, owner))
    plan.on(FAILED_DAYS_AGO, partial(_fail, TRACKED[2]))
    for days_ago in range(days, -1, -1):
        today = moment.today - timedelta(days=days_ago)
        with at_the_time(min(moment.start_of(today) + timedelta(hours=7), moment.instant)):
            for deed in plan.deeds[days_ago]:
                deed()
            _run_all()
    Segment.objects.filter(name__in=questions).update(used_at=moment.instant)


def _plan_groups(plan: Calendar, rng: Random) -> None:
    """Members who came in these days are taken out at first, and others who left are put in."""
    everybody = list(Partner.objects.order_by("pk").values_list("pk", flat=True))
    for group in PartnerGroup.objects.filter(name__in=GROUPS).order_by("pk"):
        members = list(
            Membership.objects.filter(group=group).order_by("partner").values_list("partner", flat=True)
        )
        others = sorted(set(everybody) - set(members))
        came = rng.sample(members, round(CAME_LATER * len(members)))
        left = rng.sample(others, min(round(LEFT * len(members)), len(others)))
        _take_out(group, came)
        Membership.objects.bulk_create(Membership(partner_id=key, group=group) for key in left)
        for keys, change in ((came, _put_in), (left, _take_out)):
            by_day = defaultdict(list)
            for key in keys:
                by_day[rng.randrange(plan.length + 1)].append(key)
            for days_ago, of_the_day in by_day.items():
                plan.on(days_ago, partial(_change, change, group, of_the_day))


def _put_in(group: PartnerGroup, keys: list[int]) -> None:
    Membership.objects.bulk_create(Membership(partner_id=key, group=group) for key in keys)


def _take_out(group: PartnerGroup, keys: list[int]) -> None:
    Membership.objects.filter(group=group, partner__pk__any_of=keys).delete()


def _change(change: Callable[[PartnerGroup, list[int]], None], group: PartnerGroup, keys: list[int]) -> None:
    change(group, keys)
    tell_bulk_change(_("Partner group “%s” changed") % group)


def _plan_deletion(plan: Calendar) -> None:
    partner = Partner.objects.create(name=DELETED, prospecting_stage="new")
    partner.groups.set(PartnerGroup.objects.filter(name="VIP"))
    plan.on(DELETED_DAYS_AGO, partner.delete)


def _save(name: str, definition: Definition, owner: User | None) -> None:
    segment = Segment.objects.filter(name=name).first()
    save_segment(segment=segment, name=name, definition=definition, user=owner, moment=Moment.now())


def _track(name: str, owner: User | None) -> None:
    switch_on(segment=Segment.objects.get(name=name), user=owner)


def _fail(name: str) -> None:
    """A run that failed for good: the database did not answer for an hour."""
    segment = Segment.objects.filter(name=name).first()
    if segment is None:
        return
    with acting_as(WORKER):
        queue.plan_runs(Moment.now())
    while run := queue.claim(WORKER, timezone.now(), segment=segment.pk):
        queue.fail(run, _("The database could not answer: %s") % "the connection was lost", timezone.now())
        Run.objects.filter(pk=run.pk, state=RunState.DUE).update(due_at=timezone.now())


def _run_all() -> None:
    queue.plan_runs(Moment.now())
    while run := queue.claim(WORKER, timezone.now()):
        carry_out(run)
