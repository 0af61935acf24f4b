"""What the filters of the Partners and Contracts screens ask, and the filters that segments add to them."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from contracts.extensions import CONTRACT_STAGE
from contracts.filters import PARTNER, has_number, stages_of
from contracts.models import Contract
from partners.core.moment import Moment
from partners.core.names import fold, identifier, search_words, without_invisible
from partners.core.widgets import is_key
from partners.filters import NO_GROUP, searches_addresses
from partners.models import Partner
from segments.attributes.users import staff_names
from segments.definition import Condition
from segments.errors import DefinitionError
from segments.screens.filter_conditions import (
    Alternatives,
    OptionsFilter,
    PresetsFilter,
    Saying,
    say_as_conditions,
)

ENDS: dict[str, tuple[str, Any]] = {
    "in_30_days": ("within", {"next": 30}),
    "in_90_days": ("within", {"next": 90}),
    "ended": ("within", {"more_days_ago": 0}),
    "open": ("is_empty", None),
}
"""How a segment asks what the menu of ends does."""
ANY_DAY = {"from": date.min.isoformat(), "to": date.max.isoformat()}
PAST_DAYS = [
    *(("within", {"last": number}) for number in (1, 7, 30, 90)),
    *(("within", {period: unit}) for unit in ("month", "quarter", "year") for period in ("this", "previous")),
]
LONG_AGO = [("within", {"more_days_ago": number}) for number in (30, 90, 365)]
PRESENCE = [("is_not_empty", None), ("is_empty", None)]

DUE = [("within", {"more_days_ago": 0}), ("within", {"next": 1}), ("within", {"next": 7})]


class OwnerFilter(OptionsFilter):
    """Partners of any of some owners."""

    def _choices(self) -> list[tuple[str, StrOrPromise]]:
        return [(name, name) for name in staff_names()]


OF_PARTNERS: dict[str, Any] = {
    "email": PresetsFilter("email", PRESENCE),
    "original_joined_date": PresetsFilter("original_joined_date", [*PAST_DAYS, *PRESENCE]),
    "last_transition_date": PresetsFilter("last_transition_date", [*PAST_DAYS, *LONG_AGO, *PRESENCE]),
    "owner": OwnerFilter("owner"),
    "last_contacted": PresetsFilter("last_contacted", [*PAST_DAYS, *LONG_AGO, *PRESENCE]),
    "next_step_date": PresetsFilter("next_step_date", [*DUE, *PRESENCE]),
}
OF_CONTRACTS = {"stage_since": PresetsFilter("contract_stage_since", [*PAST_DAYS, *LONG_AGO])}


def any_of(field: str) -> Saying:
    """Filters whose values are those of a field."""

    def say(values: Any) -> Alternatives:
        return [(Condition(field, "any_of", tuple(values) if isinstance(values, list) else (values,)),)]

    return say


def days_between(field: str) -> Saying:
    """Two filters by a first and a last day, both included."""

    def say(first: date | None, last: date | None) -> Alternatives:
        if first and last and first <= last:
            return [(_within(field, {"from": first.isoformat(), "to": last.isoformat()}),)]
        return [tuple(_within(field, days) for days in (*_days_from(first), *_days_until(last)))]

    return say


def _days_from(first: date | None) -> list[dict[str, str]]:
    if first is None:
        return []
    return [ANY_DAY if first == date.min else {"after": (first - timedelta(days=1)).isoformat()}]


def _days_until(last: date | None) -> list[dict[str, str]]:
    if last is None:
        return []
    return [ANY_DAY if last == date.max else {"before": (last + timedelta(days=1)).isoformat()}]


def _within(field: str, days: Any) -> Condition:
    return Condition(field, "within", days)


def groups_or_none(keys: list[str]) -> Alternatives:
    """Any of some groups, or no group at all, which is a condition of its own."""
    groups = tuple(key for key in keys if key != NO_GROUP)
    found: list[tuple[Condition, ...]] = [(Condition("partner_group", "any_of", groups),)] if groups else []
    return [*found, (Condition("partner_group", "is_empty"),)] if NO_GROUP in keys else found


def in_states(states: list[str]) -> Alternatives:
    """The stages of some states of affairs."""
    return [(Condition("contract_stage", "any_of", tuple(stage.value for stage in stages_of(states))),)]


def ending(choice: str) -> Alternatives:
    """The days that the menu of ends means."""
    return [(Condition("contract_end", *ENDS[choice]),)]


def partners_searched(term: str, moment: Moment) -> Alternatives:
    """Names and Partner IDs, if nothing else was searched."""
    if searches_addresses(term, moment):
        raise DefinitionError(_("it looks in e-mail addresses, websites and next steps, too"))
    return _named_or_with_id(term)


def contracts_searched(term: str, _moment: Moment) -> Alternatives:
    """Names and Partner IDs of the partners, if no Contract ID is meant."""
    if Contract.objects.filter(has_number(term)).exists():
        raise DefinitionError(_("it finds the beginnings of Contract IDs, too"))
    return _named_or_with_id(term)


def _named_or_with_id(term: str) -> Alternatives:
    folded, typed = search_words(term), without_invisible(term).split()
    words = typed if [fold(word) for word in typed] == folded else folded
    named = tuple(Condition("partner_name", "contains", word) for word in words)
    if [fold(str(condition.value)) for condition in named] != folded:
        raise DefinitionError(_("it has letters that segments read otherwise"))
    key = identifier(term)
    ids = [(Condition("partner_id", "any_of", (key,)),)] if is_key(key) and int(key) else []
    return [named, *ids]


def declare() -> None:
    """Declare all of it; called by `segments.extensions.declare`."""
    say_as_conditions(
        Partner,
        {
            "prospecting_stage__exact": any_of("prospecting_stage"),
            CONTRACT_STAGE: any_of("contract_stage"),
            "template_term": any_of("template_term"),
            "groups__id__exact": groups_or_none,
            "country__exact": any_of("country"),
            "business_model__exact": any_of("business_model"),
            "segment": any_of("segment"),
        },
        search=partners_searched,
    )
    say_as_conditions(
        Contract,
        {
            "stage__exact": any_of("contract_stage"),
            "state": in_states,
            "template_term__id__exact": any_of("template_term"),
            PARTNER: any_of("partner_id"),
            "currency": any_of("contract_currency"),
            "ends": ending,
            ("start_date__gte", "start_date__lte"): days_between("contract_start"),
            ("end_date__gte", "end_date__lte"): days_between("contract_end"),
            "segment": any_of("segment"),
        },
        search=contracts_searched,
    )
