"""What stages of any kind are, and the prospecting stages."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.badges import Tone


class StageChoices(models.TextChoices):
    """Stages: key, meaning, kind (what the kinds are is for each class to say), label."""

    meaning: StrOrPromise
    kind: Any

    def __new__(cls, key: str, meaning: StrOrPromise = "", kind: Any = None) -> Self:
        """A stage is its key; meaning and kind go along. With the key alone, one is looked up."""
        stage = str.__new__(cls, key)
        stage._value_ = key
        stage.meaning = meaning
        stage.kind = kind
        return stage

    @property
    def tone(self) -> Tone:
        """The colour of its badge."""
        raise NotImplementedError


class ProspectingStage(StageChoices):
    """How far the brand has come with a partner; the kind is the tone."""

    NEW = "new", _("tagged as a prospect; nothing sent yet"), Tone.UPCOMING, _("New")
    OUTREACH = "outreach", _("an e-mail or proposal went out; no answer yet"), Tone.UPCOMING, _("Outreach")
    NEGOTIATING = "negotiating", _("has answered; no terms agreed yet"), Tone.PENDING, _("Negotiating")
    REJECTED_BY_PARTNER = (
        "rejected_by_partner",
        _("the partner turned the proposal down"),
        Tone.STOPPED,
        _("Rejected by Partner"),
    )
    REJECTED_BY_YOU = (
        "rejected_by_you",
        _("the brand turned the partner down"),
        Tone.STOPPED,
        _("Rejected by You"),
    )
    JOINED = "joined", _("in the program"), Tone.ACTIVE, _("Joined")
    EXPIRED = "expired", _("the contract ran out"), Tone.CLOSED, _("Expired")
    SUSPENDED = "suspended", _("the contract is suspended"), Tone.STOPPED, _("Suspended")

    @property
    def tone(self) -> Tone:
        return Tone(self.kind)
