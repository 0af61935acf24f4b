"""Ready definitions that a new segment can start from, each with its sentence and its number of partners."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.time_limit import TooSlowError, time_limit
from segments.definition import Definition
from segments.language.labels import Labels
from segments.language.sentences import sentence
from segments.query.members import segment_query


@dataclass(frozen=True)
class Starter:
    """A ready definition, and what the segment is called that starts from it."""

    key: str
    name: StrOrPromise
    conditions: tuple[Mapping[str, Any], ...]

    @property
    def definition(self) -> Definition:
        """Its one group."""
        return Definition.from_json({"version": 2, "any": [{"all": list(self.conditions)}]})

    @property
    def words(self) -> str:
        """It in one sentence."""
        return sentence(self.definition, Labels.of(self.definition))


def _asks(field: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator} | ({} if value is None else {"value": value}) | more


_JOINED = _asks("contract_stage", "any_of", ["joined"])
_PARTNER_JOINED = _asks("prospecting_stage", "any_of", ["joined"])
_WAITING = _asks("prospecting_stage", "any_of", ["outreach", "negotiating"])
STARTERS = (
    Starter(
        "ends-soon", _("Contract ends in 30 days"), (_JOINED, _asks("contract_end", "within", {"next": 30}))
    ),
    Starter("open-ended", _("Contract without an end"), (_JOINED, _asks("contract_end", "is_empty"))),
    Starter(
        "starts-soon", _("Contract starts in 30 days"), (_asks("contract_start", "within", {"next": 30}),)
    ),
    Starter(
        "ended-lately",
        _("Contract ended in the last 90 days, none joined"),
        (_asks("contract_end", "within", {"last": 90}), _asks("contract_stage", "none_of", ["joined"])),
    ),
    Starter(
        "joined-without",
        _("Joined, but no joined contract"),
        (_PARTNER_JOINED, _asks("contract_stage", "none_of", ["joined"])),
    ),
    Starter("no-contract", _("No contract yet"), (_asks("contract_stage", "any_of", ["none"]),)),
    Starter(
        "several", _("Two or more joined contracts"), (_asks("contracts", "at_least", "2", where=[_JOINED]),)
    ),
    Starter("new", _("New prospects"), (_asks("prospecting_stage", "any_of", ["new"]),)),
    Starter(
        "waiting",
        _("In talks for more than 30 days"),
        (_WAITING, _asks("last_transition_date", "within", {"more_days_ago": 30})),
    ),
    Starter(
        "joined-lately",
        _("Joined in the last 30 days"),
        (_asks("original_joined_date", "within", {"last": 30}),),
    ),
    Starter(
        "anniversary",
        _("Anniversary in the next 30 days"),
        (_PARTNER_JOINED, _asks("original_joined_date", "within", {"anniversary": {"next": 30}})),
    ),
    Starter(
        "no-email", _("Joined, without an e-mail address"), (_PARTNER_JOINED, _asks("email", "is_empty"))
    ),
    Starter("no-group", _("Joined, in no group"), (_PARTNER_JOINED, _asks("partner_group", "is_empty"))),
)


@cache
def _by_key() -> dict[str, Starter]:
    return {starter.key: starter for starter in STARTERS}


def starter(key: str) -> Starter | None:
    """The starter with this key, if there is one."""
    return _by_key().get(key)


def sizes(moment: Moment, *, page: str = "") -> dict[str, int]:
    """How many partners each starter has, by its key; none where counting takes too long."""
    try:
        with time_limit(seconds=limits().preview_timeout_s, page=page):
            return {one.key: segment_query(one.definition, moment).count for one in STARTERS}
    except TooSlowError:
        return {}
