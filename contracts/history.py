"""What happened to contracts, in time order."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract
from contracts.stages import ContractStage


@dataclass(frozen=True)
class Event:
    """Something that happened to a contract, or will, on a day."""

    day: date
    what: Any
    stage: ContractStage | None = None
    """The stage that the contract came into."""
    by: str = ""
    """The user name of the member of staff who did it."""


def contract_events(contract: Contract) -> list[Event]:
    """The contract's history, oldest first."""
    return histories([contract])[contract.pk]


def histories(contracts: Iterable[Contract]) -> dict[int, list[Event]]:
    """The history of each contract by its primary key, oldest first; one query, however many there are."""
    rows = list(contracts)
    changes = _changes(rows)
    return {contract.pk: _in_time_order(contract, changes[contract.pk]) for contract in rows}


def _changes(contracts: Iterable[Contract]) -> defaultdict[int, list[Event]]:
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Contract),
        object_id__in=[str(contract.pk) for contract in contracts],
        action_flag=CHANGE,
    )
    changes = defaultdict(list)
    for entry in entries.select_related("user").order_by("action_time", "pk"):
        day = timezone.localdate(entry.action_time)
        event = Event(day, entry.get_change_message(), by=entry.user.get_username())
        changes[int(entry.object_id or 0)].append(event)
    return changes


def _in_time_order(contract: Contract, changes: list[Event]) -> list[Event]:
    today = timezone.localdate()
    starts = _("Started") if contract.start_date <= today else _("Starts")
    stage = contract.current_stage
    events = [
        Event(contract.start_date, starts),
        *changes,
        Event(timezone.localdate(contract.stage_since), stage.label, stage),
    ]
    if contract.end_date:
        events.append(Event(contract.end_date, _("Ended") if contract.end_date < today else _("Ends")))
    return sorted(events, key=lambda event: event.day)
