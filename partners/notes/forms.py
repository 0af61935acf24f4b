"""A note as it is typed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partners.core.names import is_blank
from partners.models import Note, NoteKind
from partners.models.notes import MAX_NOTE_LENGTH
from partners.notes.services import NoteValues

DAY = "%Y-%m-%d"


class LinesField(forms.CharField):
    """A text with one sign at the end of each line, not the two that browsers send."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class NoteForm(forms.Form):
    """What happened, when, and what was said."""

    kind = forms.ChoiceField(label=_("Kind"), choices=NoteKind.choices)
    happened_on = forms.DateField(
        label=_("When"), widget=forms.DateInput({"type": "date"}, format=DAY), input_formats=[DAY]
    )
    text = LinesField(
        label=_("What was said, what was agreed"),
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea({"rows": 2}),
        error_messages={"required": _("Write what is to be kept.")},
    )

    def __init__(self, data: Any = None, *, note: Note | None = None) -> None:
        shown = {name: getattr(note, name) for name in self.base_fields} if note else {}
        super().__init__(data, initial={"happened_on": timezone.localdate(), **shown}, prefix="note")

    def clean_happened_on(self) -> Any:
        """A day that has come."""
        day = self.cleaned_data["happened_on"]
        if day > timezone.localdate():
            raise ValidationError(_("This day has not come yet. A next step is for what is to be done."))
        return day

    def clean_text(self) -> str:
        """With something to read."""
        text: str = self.cleaned_data["text"]
        if is_blank(text):
            raise ValidationError(_("Write what is to be kept."), code="required")
        return text

    def values(self) -> NoteValues:
        """What the note is to say; of a valid form."""
        cleaned = self.cleaned_data
        return NoteValues(NoteKind(cleaned["kind"]), cleaned["happened_on"], cleaned["text"])
