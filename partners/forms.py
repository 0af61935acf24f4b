"""The partner's form, and the forms of the actions on partners."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.core.names import MAX_NAME_LENGTH, identifier
from partners.core.requests import Person
from partners.core.widgets import MAX_ROWS, KeySelectMultiple, is_key
from partners.models import Partner, PartnerGroup
from partners.permissions import can_add_groups
from partners.stage_edits.forms import StagedForm

MAX_PARTNER_ID = 10**15 - 1
"""Typed IDs stay below this, so that there is always a next one to give out."""


class RowsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # Django's takes none at run time
    """Several rows; a key that no row can have is refused before SQLite, which can't hold it, sees it."""

    def clean(self, value: Any) -> Any:
        if len(value or []) > MAX_ROWS:
            too_many = _("At most %s can be named at once. Nothing was changed.") % f"{MAX_ROWS:,}"
            raise forms.ValidationError(too_many, code="too_many")
        for key in value or []:
            if not is_key(key):
                raise self._refusal(key)
        return super().clean(value)

    def _check_values(self, value: Any) -> Any:
        """As Django's, with one parameter for all keys."""
        keys = {int(key): key for key in value}
        found = self.queryset.filter(pk__any_of=list(keys))  # type: ignore[union-attr]  # each field has one
        there = {row.pk for row in found}
        for number, key in keys.items():
            if number not in there:
                raise self._refusal(key)
        return found

    def _refusal(self, key: str) -> forms.ValidationError:
        message = self.error_messages["invalid_choice"]
        return forms.ValidationError(message, code="invalid_choice", params={"value": key})


class IdField(forms.IntegerField):
    """A number, however it was typed or pasted."""

    def to_python(self, value: Any) -> int | None:
        return super().to_python(identifier(value) if isinstance(value, str) else value)


class PartnerForm(StagedForm):
    """A partner, the groups it is in and, for a new one, the Partner ID it brings along."""

    partner_id = IdField(
        label=_("Partner ID"),
        required=False,
        validators=[
            MinValueValidator(1, _("A Partner ID is a number above zero.")),
            MaxValueValidator(MAX_PARTNER_ID, _("A Partner ID has at most 15 digits.")),
        ],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Leave it empty and the partner is given one. It can't be changed later."),
        error_messages={"invalid": _("A Partner ID is a whole number.")},
    )
    partner_groups: RowsField = RowsField(
        PartnerGroup.objects.all(),
        label=_("Groups"),
        required=False,
        widget=KeySelectMultiple(Partner._meta.get_field("groups"), admin.site),
        help_text=_("Partners never see their groups."),
        error_messages={"invalid_choice": _("There is no group with this ID or name: %(value)s.")},
    )
    owner: "forms.ModelChoiceField[User]" = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Owner"),
        required=False,
        help_text=_("Who looks after the relationship."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["partner_id"]
            self.fields["partner_groups"].initial = self.instance.groups.all()
        if "owner" in self.fields:
            owners = User.objects.filter(Q(is_staff=True, is_active=True) | Q(pk=self.instance.owner_id))
            cast("forms.ModelChoiceField[User]", self.fields["owner"]).queryset = owners.order_by("username")

    def clean(self) -> dict[str, Any]:
        """A date is for a step."""
        cleaned = super().clean() or {}
        if cleaned.get("next_step_date") and not cleaned.get("next_step"):
            self.add_error("next_step", _("Say what is to be done on this date."))
        return cleaned

    def clean_partner_id(self) -> int | None:
        """A Partner ID that no partner has."""
        partner_id: int | None = self.cleaned_data["partner_id"]
        holder = Partner.objects.filter(pk=partner_id).first() if partner_id else None
        if holder:
            raise forms.ValidationError(
                _("%(name)s has this Partner ID already."), code="taken", params={"name": holder.name}
            )
        return partner_id

    def save(self, commit: bool = True) -> Partner:  # noqa: FBT001, FBT002 - Django's signature
        """As Django's; a new partner takes the Partner ID that was typed."""
        if self.instance.pk is None:
            self.instance.pk = self.cleaned_data["partner_id"]
        partner: Partner = super().save(commit)
        return partner


class PartnerGroupForm(forms.Form):
    """A group, chosen from a menu that says what would happen to each."""

    group = forms.ModelChoiceField(
        PartnerGroup.objects.all(),
        label=_("Group"),
        error_messages={
            "required": _("Choose a group."),
            "invalid_choice": _("This group does not exist any more. Choose another."),
        },
    )

    def __init__(self, *args: Any, user: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def say_what_would_happen(self, effects: list[tuple[int, str]]) -> None:
        """Write the effects, a sentence for each group, into the menu."""
        menu = cast("forms.Select", self.fields["group"].widget)
        menu.choices = [("", _("Choose a group")), *effects]


class AddToGroupForm(PartnerGroupForm):
    """A group that exists; or, for those who may add groups, the name of a new one."""

    new_group = forms.CharField(label=_("Or a new group"), max_length=MAX_NAME_LENGTH, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if can_add_groups(self.user):
            self.fields["group"].required = False
        else:
            del self.fields["new_group"]

    def clean(self) -> dict[str, Any]:
        """One of the two, not both."""
        cleaned = super().clean() or {}
        chosen, named = cleaned.get("group"), cleaned.get("new_group")
        if chosen and named:
            self.add_error("new_group", _("Choose a group or name a new one, not both."))
        if not (chosen or named or self.errors):
            self.add_error("group", _("Choose a group, or name a new one."))
        return cleaned
