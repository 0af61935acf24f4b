"""Notes on partners: what was said and agreed with them, and when."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.core.actor import UserStamped
from partners.models.partner import Partner

MAX_NOTE_LENGTH = 5_000
CHANGEABLE_FOR = timedelta(days=1)
"""So long its author may change or delete a note: it is a log."""


class NoteKind(models.TextChoices):
    """What happened."""

    NOTE = "note", _("Note")
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    MEETING = "meeting", _("Meeting")


CONTACTS = (NoteKind.CALL, NoteKind.EMAIL, NoteKind.MEETING)
"""The kinds for which somebody spoke with the partner."""


class Note(UserStamped):
    """A call, an e-mail, a meeting or a mere note: written by a user, about a day.

    To be written by `partners.notes.services` alone, which keep `Partner.last_contacted`.
    """

    listed_when_deleted: ClassVar[bool] = False

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="notes", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=NoteKind, default=NoteKind.NOTE)
    happened_on = models.DateField(_("when"))
    text = models.TextField(_("text"), max_length=MAX_NOTE_LENGTH)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        default_permissions = ()
        ordering = ["-happened_on", "-id"]
        indexes = [
            *UserStamped.Meta.indexes,
            models.Index(fields=["partner", "-happened_on", "-id"], name="note_partner_idx"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoteKind.values), name="note_kind_check"),
            models.CheckConstraint(condition=~Q(text=""), name="note_text_check"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.happened_on.isoformat()}"

    def is_open(self, now: datetime) -> bool:
        """Whether its author may still change it."""
        return now < self.created_at + CHANGEABLE_FOR
