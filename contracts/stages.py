"""The sixteen stages of a contract, and what state of affairs each stands for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.core.badges import Tone
from partners.stages.choices import StageChoices


class ContractState(models.TextChoices):
    """Sorts the stages by what they mean for the program."""

    PENDING = "pending", _("Pending")
    UPCOMING = "upcoming", _("Upcoming")
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")


class ContractStage(StageChoices):
    """Where a contract stands, in the order in which screens list it; the kind is the state."""

    AWAITING_PUBLISHER_APPROVAL = (
        "awaiting_publisher_approval",
        _("the brand proposed; the partner has not accepted yet"),
        ContractState.PENDING,
        _("Awaiting Publisher Approval"),
    )
    AWAITING_ADVERTISER_APPROVAL = (
        "awaiting_advertiser_approval",
        _("the partner applied; the brand has to decide"),
        ContractState.PENDING,
        _("Awaiting Advertiser Approval"),
    )
    PUBLISHER_DECLINED = (
        "publisher_declined",
        _("the partner said no to the proposal"),
        ContractState.CLOSED,
        _("Publisher Declined"),
    )
    ADVERTISER_DECLINED = (
        "advertiser_declined",
        _("the brand said no to the application"),
        ContractState.CLOSED,
        _("Advertiser Declined"),
    )
    JOINED = "joined", _("in force"), ContractState.ACTIVE, _("Joined")
    EXPIRED = "expired", _("was in force; ended"), ContractState.CLOSED, _("Expired")
    AWAITING_CONTRACT_START = (
        "awaiting_contract_start",
        _("both agreed; the start date lies ahead"),
        ContractState.UPCOMING,
        _("Awaiting Contract Start"),
    )
    ADVERTISER_RETRACTED = (
        "advertiser_retracted",
        _("the brand took its own proposal back"),
        ContractState.CLOSED,
        _("Advertiser Retracted"),
    )
    ADVERTISER_COUNTERED = (
        "advertiser_countered",
        _("the brand answered with other terms"),
        ContractState.PENDING,
        _("Advertiser Countered"),
    )
    PUBLISHER_RETRACTED = (
        "publisher_retracted",
        _("the partner took its own proposal back"),
        ContractState.CLOSED,
        _("Publisher Retracted"),
    )
    PUBLISHER_COUNTERED = (
        "publisher_countered",
        _("the partner answered with other terms"),
        ContractState.PENDING,
        _("Publisher Countered"),
    )
    PENDING_CONTRACT_EXPIRED = (
        "pending_contract_expired",
        _("the proposal's deadline passed unanswered"),
        ContractState.CLOSED,
        _("Pending Contract Expired"),
    )
    ARCHIVED = "archived", _("the brand archived the template term"), ContractState.CLOSED, _("Archived")
    SUSPENDED = "suspended", _("the brand suspended it"), ContractState.PAUSED, _("Suspended")
    CANCELLED = "cancelled", _("the brand cancelled it"), ContractState.CLOSED, _("Cancelled")
    PUBLISHER_DEACTIVATED = (
        "publisher_deactivated",
        _("the partner left the platform"),
        ContractState.CLOSED,
        _("Publisher Deactivated"),
    )

    @property
    def state(self) -> ContractState:
        """What it means for the program."""
        return ContractState(self.kind)

    @classmethod
    def of(cls, state: ContractState) -> list["ContractStage"]:
        """The stages of a state of affairs."""
        return [stage for stage in cls if stage.state is state]

    @property
    def tone(self) -> Tone:
        if self in (ContractStage.PUBLISHER_DECLINED, ContractStage.ADVERTISER_DECLINED):
            return Tone.STOPPED
        return {
            ContractState.PENDING: Tone.PENDING,
            ContractState.UPCOMING: Tone.UPCOMING,
            ContractState.ACTIVE: Tone.ACTIVE,
            ContractState.PAUSED: Tone.STOPPED,
            ContractState.CLOSED: Tone.CLOSED,
        }[self.state]


_C = ContractStage
_ACCEPTED = {_C.JOINED, _C.AWAITING_CONTRACT_START, _C.PENDING_CONTRACT_EXPIRED}
_BY_BRAND = _ACCEPTED | {_C.PUBLISHER_DECLINED, _C.PUBLISHER_COUNTERED, _C.ADVERTISER_RETRACTED}
_BY_PARTNER = _ACCEPTED | {_C.ADVERTISER_DECLINED, _C.ADVERTISER_COUNTERED, _C.PUBLISHER_RETRACTED}
USUAL_MOVES: dict[ContractStage, set[ContractStage]] = {
    _C.AWAITING_PUBLISHER_APPROVAL: _BY_BRAND,
    _C.ADVERTISER_COUNTERED: _BY_BRAND,
    _C.AWAITING_ADVERTISER_APPROVAL: _BY_PARTNER,
    _C.PUBLISHER_COUNTERED: _BY_PARTNER,
    _C.AWAITING_CONTRACT_START: {_C.JOINED, _C.CANCELLED},
    _C.JOINED: {_C.EXPIRED, _C.SUSPENDED, _C.CANCELLED},
    _C.SUSPENDED: {_C.JOINED, _C.EXPIRED, _C.CANCELLED},
}
"""Where contracts usually go from a stage, but for Archived and Publisher Deactivated."""


def is_usual(came_from: ContractStage, to: ContractStage) -> bool:
    """Whether contracts usually go from one stage to the other. Staying is no move, and not usual."""
    if to is ContractStage.ARCHIVED:
        return came_from.state is ContractState.PENDING
    if to is ContractStage.PUBLISHER_DEACTIVATED:
        return came_from.state is not ContractState.CLOSED
    return to in USUAL_MOVES.get(came_from, ())
