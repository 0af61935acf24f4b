"""What happened to contracts, in time order."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from contracts.models import Contract, ContractStageChange
from contracts.stages import ContractStage, ContractState
from partners.core.badges import Stage
from partners.core.limits import limits
from partners.core.requests import Person
from partners.models import Partner
from partners.profile.timeline import EDIT_EVENT, EDITS, TimelineEvent, TimelineSource, event_at
from partners.stage_edits.presenters import BulkMove, StageEvent, counted, event_of

NOBODY = AnonymousUser()
MAX_NAMED = 3
C = ContractStage
IN_FORCE = {C.JOINED, C.SUSPENDED, C.EXPIRED, C.CANCELLED}
"""Stages of contracts that are in force, or once were."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a contract, or will, on a day."""

    day: date
    what: StrOrPromise
    by: str = ""
    """The user name of the member of staff who did it."""
    change: StageEvent | None = None
    """The contract came into a stage."""

    @property
    def stage(self) -> Stage | None:
        """The stage that the contract came into."""
        return self.change.stage if self.change else None


def contract_events(contract: Contract, user: Person = NOBODY) -> list[Event]:
    """The contract's history as this user may see it, oldest first."""
    return histories([contract], user)[contract.pk]


def histories(contracts: Iterable[Contract], user: Person = NOBODY) -> dict[int, list[Event]]:
    """The history of each contract by its primary key, oldest first; two queries, however many there are."""
    rows = list(contracts)
    edits, stages = _edits(rows), _stages(rows, user)
    return {
        contract.pk: _in_time_order(contract, [*edits[contract.pk], *stages[contract.pk]])
        for contract in rows
    }


def latest_contracts(partner: Partner, number: int) -> list[Contract]:
    """The contracts of a partner that start last, the latest first; at most so many."""
    latest = partner.contracts.select_related("template_term").order_by("-start_date", "-pk")
    return list(latest[:number])


def events_of_partner(partner: Partner, user: Person, _number: int) -> Iterator[TimelineEvent]:
    """What happened to the contracts that a partner's page shows; nothing that is still to come."""
    contracts = latest_contracts(partner, limits().partner_page_max_contracts)
    histories_of, today = histories(contracts, user), timezone.localdate()
    for contract in contracts:
        for event in histories_of[contract.pk]:
            if event.day <= today:
                at = event.change.at if event.change else None
                what = {"contract": contract, "event": event}
                told_by = EDITS if event.change and event.change.in_bulk else ""
                yield TimelineEvent(event.day, at, "contracts/partner_event.html", what, told_by=told_by)


def edits_of_partner(partner: Partner, user: Person, _number: int) -> Iterator[TimelineEvent]:
    """The bulk edits that moved contracts that a partner's page shows."""
    contracts = {one.pk: one for one in latest_contracts(partner, limits().partner_page_max_contracts)}
    changes = ContractStageChange.objects.filter(subject__in=list(contracts), edit__isnull=False)
    moves = defaultdict(list)
    for change in changes.order_by("pk"):
        moves[change.edit_id, change.to_stage].append(change)
    for first, *others in moves.values():
        event = replace(event_of(first, Contract, user), came_from=None)
        moved = [contracts[change.subject_id] for change in (first, *others)]
        words = _("moved %s to") % counted(Contract, len(moved))
        rows = [
            (one.number, reverse("admin:contracts_contract_change", args=[one.pk]))
            for one in moved[:MAX_NAMED]
        ]
        yield event_at(event.at, EDIT_EVENT, BulkMove(event, words, rows, len(moved) - len(rows)))


SOURCES = (
    TimelineSource("contracts", _("Contracts"), events_of_partner),
    TimelineSource(EDITS, _("Bulk edits"), edits_of_partner),
)
"""For the timeline of a partner's page."""


def _stages(contracts: Iterable[Contract], user: Person) -> defaultdict[int, list[Event]]:
    events = defaultdict(list)
    changes = ContractStageChange.objects.filter(subject__in=[contract.pk for contract in contracts])
    for change in changes.order_by("pk"):
        event = event_of(change, Contract, user)
        day = timezone.localdate(event.at)
        events[change.subject_id].append(Event(day, event.stage.label, event.by, event))
    return events


def _edits(contracts: Iterable[Contract]) -> defaultdict[int, list[Event]]:
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Contract),
        object_id__in=[str(contract.pk) for contract in contracts],
        action_flag=CHANGE,
    )
    events = defaultdict(list)
    for entry in entries.select_related("user").order_by("action_time", "pk"):
        if _says_more_than_the_stage(entry):
            day = timezone.localdate(entry.action_time)
            event = Event(day, entry.get_change_message(), by=entry.user.get_username())
            events[int(entry.object_id or 0)].append(event)
    return events


def _says_more_than_the_stage(entry: LogEntry) -> bool:
    """Whether it does, once the stage is taken out of it: that has a history of its own."""
    if not entry.change_message.startswith("["):
        return True
    stage = capfirst(str(Contract._meta.get_field("stage").verbose_name))
    told = []
    for part in json.loads(entry.change_message):
        fields = part.get("changed", {}).get("fields", [])
        if stage in fields:
            fields.remove(stage)
        if fields or "fields" not in part.get("changed", {}):
            told.append(part)
    entry.change_message = json.dumps(told)
    return bool(told)


def _in_time_order(contract: Contract, events: list[Event]) -> list[Event]:
    today = timezone.localdate()
    was_in_force = _ever_in_force(contract, events)
    starts = _("Started") if was_in_force else _("Proposed start")
    if contract.start_date > today:
        starts = _("Starts")
    events = [Event(contract.start_date, starts), *events]
    if contract.end_date and (was_in_force or contract.current_stage.state is not ContractState.CLOSED):
        events.append(Event(contract.end_date, _("Ended") if contract.end_date < today else _("Ends")))
    return sorted(events, key=lambda event: event.day)


def _ever_in_force(contract: Contract, events: list[Event]) -> bool:
    return not IN_FORCE.isdisjoint([contract.current_stage, *(event.stage for event in events)])
