"""The forms of an import: the file, and what its columns mean."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from partners.core.limits import MEGABYTE
from partners.imports.importers.base import Importer
from partners.imports.importers.columns import NOT_USED, missing
from partners.imports.importers.registry import importer_of
from partners.imports.importers.stage_words import LEAVE_OUT, remembered, stages_of, unknown_words
from partners.imports.reading.encodings import label
from partners.imports.reading.options import Wanted
from partners.imports.reading.table import browser_limits, too_large
from partners.models.imports import DayOrder, Import

REFUSE, LEAVE = "", "-"
"""What is done with a word, beside reading it as a stage."""


class FileForm(forms.Form):
    """Which file, and what it holds."""

    kind = forms.ChoiceField(label=_("What the file holds"))
    file = forms.FileField(
        label=_("File"),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty."),
        },
        max_length=None,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xlsm,.xlsb,.xls,.ods"}),
    )

    def __init__(self, *args: Any, importers: Sequence[Importer], **kwargs: Any) -> None:
        """With the kinds of files that the user may import."""
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(importer.key, importer.label) for importer in importers]
        most, file = browser_limits(), self.fields["file"]
        file.help_text = _("CSV, Excel or OpenDocument (.ods), at most %(size)s MB and %(rows)s rows.") % {
            "size": most.max_bytes // MEGABYTE,
            "rows": f"{most.max_rows:,}",
        }
        file.widget.attrs |= {"data-most-bytes": str(most.max_bytes), "data-too-large": too_large(most)}

    def clean_file(self) -> Any:
        """Not larger than can be imported here."""
        file = self.cleaned_data["file"]
        most = browser_limits()
        if file.size > most.max_bytes:
            raise forms.ValidationError(too_large(most), code="too_large")
        return file

    def clean_kind(self) -> Importer:
        return importer_of(self.cleaned_data["kind"])


class ReadingForm(forms.Form):
    """How a file is read that doesn't say it: its encoding, or the sheet of a workbook."""

    encoding = forms.ChoiceField(
        label=_("The line in which all is spelled right"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the line in which all is spelled right.")},
    )
    sheet = forms.ChoiceField(label=_("Sheet"))

    def __init__(self, *args: Any, record: Import, **kwargs: Any) -> None:
        """With the choices that this file leaves."""
        super().__init__(*args, **kwargs)
        choices: dict[str, list[tuple[str, str]]] = {
            "encoding": [
                (encoding, f"{' · '.join(samples)} — {label(encoding)}")
                for encoding, samples in record.reading.get("encodings", ())
            ],
            "sheet": [(sheet, sheet) for sheet in record.reading.get("sheets", ())],
        }
        for name, there in choices.items():
            field: Any = self.fields[name]
            field.choices, field.initial = there, record.reading.get(name)
            if len(there) < (2 if name == "sheet" else 1):
                del self.fields[name]

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.cleaned_data.get("sheet", ""), self.cleaned_data.get("encoding", ""))


class MatchForm(forms.Form):
    """Which column of the file is which, and what the import may do."""

    order = forms.ChoiceField(
        label=_("Dates"),
        choices=DayOrder.choices,
        required=False,
        help_text=_("Only for dates that could be two. All others are read as they are written."),
    )
    creates = forms.BooleanField(required=False)
    overwrites = forms.BooleanField(required=False)

    def __init__(self, *args: Any, record: Import, importer: Importer, may_make: bool, **kwargs: Any) -> None:
        """For this file; `may_make` says whether its sender may let it make groups or template terms."""
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(record, name) for name in ("order", "creates", "overwrites")}
        self.record, self.importer = record, importer
        self.fields["creates"].label = importer.makes
        self.fields["overwrites"].label = importer.overwriting
        if not may_make:
            del self.fields["creates"]
        if importer.overwriting is None:
            del self.fields["overwrites"]
        choices = [(NOT_USED, _("Not used")), *((column.key, column.label) for column in importer.columns)]
        for place, (heading, key) in enumerate(zip(record.headings, record.columns, strict=True)):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=heading or _("Column %s, without a heading") % (place + 1),
                choices=choices,
                initial=key,
                required=False,
            )
        self._ask_for_words()

    def _ask_for_words(self) -> None:
        """A field for each word in the column of the stage that is none of our stages."""
        self.words = unknown_words(self.record, self._columns_as_sent(), self.importer)
        known = remembered(self.importer, self.words)
        stages = stages_of(self.importer)
        for word, written in self.words.items():
            said = known.get(word)
            self.fields[f"word-{word}"] = forms.ChoiceField(
                label=written,
                choices=[
                    (REFUSE, _("Refuse its rows")),
                    (LEAVE, _("Leave the cell out")),
                    *(stages.labels.items() if stages else ()),
                ],
                initial=(said.stage or LEAVE) if said else REFUSE,
                help_text=_("As %(who)s said on %(day)s.")
                % {"who": said.user_name, "day": date_format(localtime(said.at))}
                if said
                else "",
                required=False,
            )

    def _columns_as_sent(self) -> list[str]:
        """The columns as they are matched on the page, or were in the file."""
        columns: list[str] = self.record.columns
        if not self.is_bound:
            return columns
        return [self.data.get(f"column-{place}", "") for place in range(len(columns))]

    @property
    def said(self) -> dict[str, str]:
        """Of each word that was said to be a stage, or to be left out, what it means."""
        answers = {word: self.cleaned_data.get(f"word-{word}", REFUSE) for word in self.words}
        return {
            word: LEAVE_OUT if answer == LEAVE else answer
            for word, answer in answers.items()
            if answer != REFUSE
        }

    @property
    def columns(self) -> list[str]:
        """For each heading the key of what it was matched to."""
        return [self.cleaned_data.get(f"column-{place}", "") for place in range(len(self.record.headings))]

    def clean(self) -> dict[str, Any]:
        """Each column once, and none missing without which nothing can be imported."""
        cleaned = super().clean() or {}
        columns = self.columns
        for place, key in enumerate(columns):
            if key and key in columns[:place]:
                label = self.importer.column(key).label
                self.add_error(f"column-{place}", _("%s is matched twice: choose one of the two.") % label)
        for column in missing(columns, self.importer.columns):
            text = _("No column is matched to %s. Choose the one that holds it.")
            self.add_error(None, forms.ValidationError(text % column.label, code="missing"))
        stage = self.importer.stage
        moved = stage in columns and columns.index(stage) != _index_of(stage, self.record.columns)
        if moved and not all(f"word-{word}" in self.data for word in self.words):
            text = _("The column of the stage holds words that are none of our stages. Say what each means.")
            self.add_error(None, forms.ValidationError(text, code="words"))
        return cleaned


def _index_of(key: str, columns: Sequence[str]) -> int | None:
    return columns.index(key) if key in columns else None
