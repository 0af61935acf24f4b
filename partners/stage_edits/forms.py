"""The forms in which stages are changed: of many rows, back again, and of one."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from partners.models.stage_edits import StageEdit
from partners.stages.history import HasStage

MAX_WHY_LENGTH = 500


class WhyForm(forms.Form):
    """A reason that is kept."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=MAX_WHY_LENGTH,
        required=False,
        help_text=_("Kept in the history of every row."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PlanForm(WhyForm):
    """The new stage and the reason; once it was shown what would happen, the ticks that go with it."""

    to_stage = forms.ChoiceField(label=_("New stage"), error_messages={"required": _("Choose a stage.")})
    allows_unusual = forms.BooleanField(label=_("Make the unusual moves too"), required=False)
    moves_along = forms.BooleanField(label=_("Move the partners along"), required=False)
    field_order = ("to_stage", "why")

    def __init__(self, data: QueryDict | None, *, edit: StageEdit, confirming: bool) -> None:
        """For this edit; `confirming` when it is to be applied rather than shown."""
        shown = {"to_stage": edit.to_stage, "why": edit.why, "moves_along": True}
        super().__init__(data, initial=shown)
        self.edit, self.confirming = edit, confirming
        cast("forms.ChoiceField", self.fields["to_stage"]).choices = [
            ("", _("Choose a stage")),
            *_choices(edit),
        ]

    def clean_why(self) -> str:
        """A reason before anything is applied."""
        why: str = self.cleaned_data["why"]
        if self.confirming and not why:
            raise forms.ValidationError(_("Say why: it is kept in the history."), code="required")
        return why

    def clean(self) -> dict[str, Any]:
        """Refuse to carry out what would move nothing."""
        cleaned = super().clean() or {}
        only_unusual = self.edit.unusual and not self.edit.usual
        if self.confirming and self.is_as_shown and only_unusual and not cleaned.get("allows_unusual"):
            self.add_error("allows_unusual", _("All of these moves are unusual. Tick this to make them."))
        return cleaned

    @property
    def is_as_shown(self) -> bool:
        """Whether the stage is the one for which it was shown what would happen."""
        return bool(self.edit.to_stage) and self.cleaned_data.get("to_stage") == self.edit.to_stage


def _choices(edit: StageEdit) -> list[Any]:
    """The stages; those that are usual for some of the chosen rows first, if there is a difference."""
    usual: list[Any] = []
    others: list[Any] = []
    for stage in edit.model.stages:
        some = any(edit.model.is_usual(came_from, stage) for came_from in edit.chosen if came_from != stage)
        (usual if some else others).append((stage.value, stage.label))
    if not usual or not others:
        return usual or others
    return [(_("Usual next stages"), usual), (_("Unusual"), others)]


class StagedForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's takes none at run time
    """A row with a stage: the usual next stages first, a reason, and one question before an unusual move."""

    extras = ("allows_unusual", "why", "stage_seen")
    """Fields that go with the stage. They are nothing of the row itself."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=MAX_WHY_LENGTH,
        required=False,
        help_text=_("Why the stage is changed. Kept in the history."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )
    allows_unusual = forms.BooleanField(
        label=_("Make this unusual move"), required=False, widget=forms.HiddenInput
    )
    stage_seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = cast("type[HasStage]", self._meta.model)
        self.stored = getattr(self.instance, self.model.stage_field) if self.instance.pk else ""
        if self.stored and self.model.stage_field in self.fields:
            cast("forms.ChoiceField", self.fields[self.model.stage_field]).choices = self._stages()
            if "stage_seen" in self.fields:
                self.fields["stage_seen"].initial = self.stored

    @property
    def changed_data(self) -> list[str]:
        """The fields of the row that were changed."""
        return [name for name in super().changed_data if name not in self.extras]

    def _stages(self) -> list[Any]:
        now = self.model.stages(self.stored)
        others = [stage for stage in self.model.stages if stage != now]
        usual = [(stage.value, stage.label) for stage in others if self.model.is_usual(now, stage)]
        unusual = [(stage.value, stage.label) for stage in others if not self.model.is_usual(now, stage)]
        if not unusual:
            return list(self.model.stages.choices)
        groups = [
            (_("Now"), [(now.value, now.label)]),
            (_("Usual next stages"), usual),
            (_("Unusual"), unusual),
        ]
        return [(name, stages) for name, stages in groups if stages]

    def clean(self) -> dict[str, Any]:
        """Keep what somebody else did meanwhile; ask once before an unusual move."""
        cleaned = super().clean() or {}
        field = self.model.stage_field
        stage, seen = cleaned.get(field), cleaned.get("stage_seen")
        if not (self.stored and stage):
            return cleaned
        if seen and seen != self.stored:
            if stage == seen:
                cleaned[field] = stage = self.stored
            elif stage != self.stored:
                self._say_what_happened(field)
                return cleaned
        if stage != self.stored and not self.model.is_usual(self.stored, stage):
            self._ask(field, stage, allowed=cleaned.get("allows_unusual", True))
        return cleaned

    def _say_what_happened(self, field: str) -> None:
        data: Any = self.data.copy()  # type: ignore[attr-defined]  # what a page posted
        data[self.add_prefix("stage_seen")] = self.stored
        self.data = data
        message = _(
            "Somebody moved it to %(stage)s after you opened this page. Save again to move it from there."
        )
        params = {"stage": self.model.stages(self.stored).label}
        self.add_error(field, forms.ValidationError(message, code="moved", params=params))

    def _ask(self, field: str, stage: str, *, allowed: bool) -> None:
        self.fields["allows_unusual"].widget = forms.CheckboxInput()
        if allowed:
            return
        stages = self.model.stages
        message = _("From %(now)s to %(to)s is unusual. Tick below to do it all the same, and save again.")
        params = {"now": stages(self.stored).label, "to": stages(stage).label}
        self.add_error(field, forms.ValidationError(message, code="unusual", params=params))
