"""Notes are written, changed and deleted here, and nowhere else: the partner's last contact follows them.

Each function is one transaction.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max

from partners.core.actor import current_actor
from partners.models import Note, NoteKind, Partner
from partners.models.notes import CONTACTS


@dataclass(frozen=True)
class NoteValues:
    """What a note says."""

    kind: NoteKind
    happened_on: date
    text: str


def write_note(*, partner: Partner, values: NoteValues) -> Note:
    """Add a note of the current actor's; Partner.DoesNotExist if the partner is gone."""
    with transaction.atomic():
        held = _lock(partner.pk)
        note = Note(partner=held, **vars(values))
        note.set_actor(current_actor())
        note.save(force_insert=True)
        _keep_last_contacted(held)
        return note


def change_note(*, note: Note, values: NoteValues) -> None:
    """Let a note say something else; Note.DoesNotExist or Partner.DoesNotExist if either is gone."""
    with transaction.atomic():
        partner = _lock(note.partner_id)
        held = Note.objects.get(pk=note.pk)
        for name, value in vars(values).items():
            setattr(held, name, value)
        held.save(force_update=True)
        _keep_last_contacted(partner)


def delete_note(*, note: Note) -> None:
    """Delete a note; nothing happens if it is gone, Partner.DoesNotExist if the partner is."""
    with transaction.atomic():
        partner = _lock(note.partner_id)
        Note.objects.filter(pk=note.pk).delete()
        _keep_last_contacted(partner)


def _lock(partner: int) -> Partner:
    """Two people who write about the same partner do so one after the other."""
    return Partner.objects.select_for_update(no_key=True).get(pk=partner)


def _keep_last_contacted(partner: Partner) -> None:
    contacts = partner.notes.filter(kind__in=CONTACTS).order_by()
    last = contacts.aggregate(last=Max("happened_on"))["last"]
    if last != partner.last_contacted:
        Partner.objects.filter(pk=partner.pk).update(last_contacted=last)
