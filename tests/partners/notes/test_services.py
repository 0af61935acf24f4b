"""Notes, and the last contact that follows them."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from partners.core.actor import acting_as
from partners.models import Note, NoteKind, Partner
from partners.models.notes import CHANGEABLE_FOR
from partners.notes.services import NoteValues, change_note, delete_note, write_note
from partners.permissions import can_change_note
from tests.factories import NoteFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def values(kind=NoteKind.CALL, day=JUNE, text="Spoke with them."):
    return NoteValues(kind, day, text)


def last_contacted(partner):
    return Partner.objects.get(pk=partner.pk).last_contacted


def test_a_note_keeps_who_wrote_it_and_the_name_when_the_user_is_gone():
    partner, mara = PartnerFactory(), UserFactory(username="mara")
    with acting_as(mara):
        note = write_note(partner=partner, values=values())
    assert (note.user, note.user_name) == (mara, "mara")
    mara.delete()
    note.refresh_from_db()
    assert (note.user, note.user_name, note.text) == (None, "mara", "Spoke with them.")


@pytest.mark.parametrize(
    ("kind", "counts"),
    [(NoteKind.CALL, True), (NoteKind.EMAIL, True), (NoteKind.MEETING, True), (NoteKind.NOTE, False)],
)
def test_calls_e_mails_and_meetings_are_contacts_and_a_mere_note_is_none(kind, counts):
    partner = PartnerFactory()
    write_note(partner=partner, values=values(kind))
    assert last_contacted(partner) == (JUNE if counts else None)


def test_the_latest_day_is_the_last_contact_whenever_it_is_written_down():
    partner = PartnerFactory()
    for day in (JUNE, JULY, MAY):
        write_note(partner=partner, values=values(day=day))
    assert last_contacted(partner) == JULY


def test_the_last_contact_follows_a_note_that_is_changed_or_deleted():
    partner = PartnerFactory()
    write_note(partner=partner, values=values(day=MAY))
    note = write_note(partner=partner, values=values(day=JULY))
    change_note(note=note, values=values(day=JUNE, text="On another day."))
    assert last_contacted(partner) == JUNE
    change_note(note=note, values=values(NoteKind.NOTE, JUNE))
    assert last_contacted(partner) == MAY
    delete_note(note=Note.objects.get(kind=NoteKind.CALL))
    assert last_contacted(partner) is None


def test_a_note_that_is_gone_can_not_be_changed_and_is_deleted_once():
    note = NoteFactory()
    delete_note(note=Note.objects.get())
    with pytest.raises(Note.DoesNotExist):
        change_note(note=note, values=values())
    delete_note(note=note)


def test_no_partner_gets_a_note_that_is_gone():
    partner = PartnerFactory()
    Partner.objects.filter(pk=partner.pk).delete()
    with pytest.raises(Partner.DoesNotExist):
        write_note(partner=partner, values=values())


@pytest.mark.parametrize("wrong", [{"kind": "telegram"}, {"text": ""}])
def test_the_database_refuses_what_no_note_is(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        NoteFactory(**wrong)


def test_notes_go_with_their_partner():
    NoteFactory().partner.delete()
    assert not Note.objects.exists()


def test_the_author_may_change_a_note_for_a_day_and_superusers_always(editor, viewer, superuser):
    note, now = NoteFactory(user=editor, user_name="editor"), timezone.now()
    late = note.created_at + CHANGEABLE_FOR
    assert can_change_note(editor, note, late - timedelta(seconds=1))
    assert not can_change_note(editor, note, late)
    assert can_change_note(superuser, note, late)
    assert not can_change_note(viewer, NoteFactory(user=viewer), now)
    assert not can_change_note(editor, NoteFactory(user=viewer), now)
    assert not can_change_note(editor, NoteFactory(user=None), now)
