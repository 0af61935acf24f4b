"""The prospecting stages, and how a stage of any kind looks on a screen."""

from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from partners.core.badges import Tone


class ProspectingStage(models.TextChoices):
    """How far the brand has come with a partner: key, meaning, tone, label."""

    meaning: Any
    tone: Tone

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

    def __new__(cls, key: str, meaning: Promise | str = "", tone: Tone = Tone.CLOSED) -> "ProspectingStage":
        """A stage is its key; meaning and tone go along."""
        stage = str.__new__(cls, key)
        stage._value_ = key
        stage.meaning = meaning
        stage.tone = tone
        return stage
