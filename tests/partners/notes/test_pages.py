"""Adding, changing and deleting notes from a partner's page."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from partners.models import Note, Partner
from partners.models.notes import CHANGEABLE_FOR, MAX_NOTE_LENGTH
from partners.notes.forms import NoteForm
from partners.profile import page as module
from tests.factories import NoteFactory, PartnerFactory

pytestmark = pytest.mark.django_db


def notes_of(partner):
    return reverse("admin:partners_partner_notes", args=[partner.pk])


def page_of(note):
    return reverse("admin:partners_partner_note", args=[note.partner_id, note.pk])


def posted(**changed):
    values = {"kind": "call", "happened_on": "2026-06-01", "text": "Wants a banner.", **changed}
    return {f"note-{name}": value for name, value in values.items()}


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def aurora(db):
    return PartnerFactory(name="Aurora")


def test_a_note_is_added_and_shown_in_the_timeline(as_editor, editor, aurora):
    answer = as_editor.post(notes_of(aurora), posted(text="Wants a banner.\r\n<b>Soon</b>"), follow=True)
    note = Note.objects.get()
    assert (note.kind, note.happened_on, note.user, note.user_name) == (
        *("call", date(2026, 6, 1)),
        *(editor, "editor"),
    )
    assert said(answer) == ["Noted."]
    page = answer.content.decode()
    assert "Wants a banner.<br>&lt;b&gt;Soon&lt;/b&gt;" in page
    assert Partner.objects.get().last_contacted == date(2026, 6, 1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"text": ""}, "Write what is to be kept."),
        ({"text": " \n\u200b "}, "Write what is to be kept."),
        ({"text": "nul\0"}, "Null characters are not allowed."),
        (
            {"text": "x" * (MAX_NOTE_LENGTH + 1)},
            "At most 5000 characters; this has 5001.",
        ),
        ({"happened_on": ""}, "This field is required."),
        ({"happened_on": "yesterday"}, "Enter a valid date."),
        ({"kind": "telegram"}, "“telegram” is none of the choices."),
    ],
)
def test_what_is_wrong_with_a_note_is_said_beside_it_and_what_was_typed_stays(
    as_editor, aurora, wrong, message
):
    page = as_editor.post(notes_of(aurora), posted(**wrong)).content.decode()
    assert f'role="alert">{message}' in page or f'_error">{message}' in page
    assert "Aurora" in page
    assert not Note.objects.exists()
    if "text" not in wrong:
        assert "Wants a banner." in page


def test_what_is_still_to_come_is_no_note(as_editor, aurora):
    tomorrow = timezone.localdate() + timedelta(days=1)
    page = as_editor.post(notes_of(aurora), posted(happened_on=tomorrow.isoformat())).content.decode()
    assert "This day has not come yet." in page
    assert not Note.objects.exists()


def test_a_viewer_reads_notes_and_writes_none(as_viewer, aurora):
    NoteFactory(partner=aurora, text="Likes banners.")
    page = as_viewer.get(reverse("admin:partners_partner_change", args=[aurora.pk])).content.decode()
    assert "Likes banners." in page
    assert "note-text" not in page
    assert as_viewer.post(notes_of(aurora), posted()).status_code == 403
    assert Note.objects.count() == 1


def test_the_author_changes_a_note_and_deletes_it(as_editor, editor, aurora):
    note = NoteFactory(partner=aurora, user=editor)
    assert page_of(note) in as_editor.get(notes_of(aurora), follow=True).content.decode()
    assert "Wants a longer cookie window." in as_editor.get(page_of(note)).content.decode()
    refused = as_editor.post(page_of(note), posted(text="")).content.decode()
    assert "Write what is to be kept." in refused
    as_editor.post(page_of(note), posted(text="Wants two banners."))
    assert Note.objects.get().text == "Wants two banners."
    answer = as_editor.post(page_of(note), {"delete": "1"}, follow=True)
    assert said(answer)[-1] == "The note is deleted."
    assert not Note.objects.exists()
    assert Partner.objects.get().last_contacted is None


@pytest.mark.parametrize("data", [{"delete": "1"}, posted(text="Other")])
def test_after_a_day_and_by_others_a_note_is_left_alone(as_editor, editor, viewer, aurora, data):
    late = timezone.now() - CHANGEABLE_FOR
    for note in (NoteFactory(partner=aurora, user=editor, created_at=late), NoteFactory(user=viewer)):
        answer = as_editor.post(page_of(note), data, follow=True)
        assert "can be changed for a day" in said(answer)[0]
        assert page_of(note) not in answer.content.decode()
    assert set(Note.objects.values_list("text", flat=True)) == {"Wants a longer cookie window."}


def test_a_note_belongs_to_its_partner(as_editor, editor, aurora):
    note = NoteFactory(user=editor)
    address = reverse("admin:partners_partner_note", args=[aurora.pk, note.pk])
    assert as_editor.post(address, {"delete": "1"}).status_code == 404
    assert Note.objects.exists()


def test_notes_of_a_partner_who_is_gone_are_not_found(as_editor):
    assert as_editor.post(reverse("admin:partners_partner_notes", args=[10**30]), posted()).status_code == 404


@pytest.mark.parametrize(("pk", "note"), [(10**19, 1), (1, 10**19), (10**30, 10**30)])
@pytest.mark.parametrize("method", ["get", "post"])
def test_numbers_too_large_for_the_database_are_no_note(as_editor, pk, note, method):
    address = reverse("admin:partners_partner_note", args=[pk, note])
    assert getattr(as_editor, method)(address).status_code == 404


@pytest.mark.parametrize("gone", [Note, Partner])
@pytest.mark.parametrize("data", [{"delete": "1"}, posted(text="Other")])
def test_what_is_deleted_while_a_note_is_sent_is_not_found(
    as_editor, editor, aurora, monkeypatch, gone, data
):
    note = NoteFactory(partner=aurora, user=editor)

    def may(*_asked):
        gone.objects.all().delete()
        return True

    monkeypatch.setattr(module, "can_change_note", may)
    # Who deletes a note that is gone has what was wanted.
    wanted = 302 if gone is Note and "delete" in data else 404
    assert as_editor.post(page_of(note), data).status_code == wanted


def test_a_partner_who_is_deleted_while_a_note_is_written_is_not_found(as_editor, aurora, monkeypatch):
    values = NoteForm.values

    def deleting(form):
        aurora.delete()
        return values(form)

    monkeypatch.setattr(NoteForm, "values", deleting)
    assert as_editor.post(notes_of(aurora), posted()).status_code == 404


def test_the_end_of_a_line_counts_as_one_sign_as_in_the_browser(as_editor, aurora):
    lines = "\n".join(["x" * 49] * (MAX_NOTE_LENGTH // 50)) + "x"
    assert len(lines) == MAX_NOTE_LENGTH
    as_editor.post(notes_of(aurora), posted(text=lines.replace("\n", "\r\n")))
    assert Note.objects.get().text == lines
