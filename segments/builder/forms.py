"""One row of the builder: what is posted ↔ a `Condition`. What can be asked comes from the catalog."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.core.names import MAX_NAME_LENGTH
from partners.core.widgets import DrawnAtOnce
from segments.attributes import Attribute, Menu, quote_for_message
from segments.attributes.choices import ChoiceSelect
from segments.attributes.inputs import REDRAW
from segments.builder.help import help_for
from segments.builder.state import NAME, BuilderState, RowState
from segments.conditions import CATALOG, NOTHING_YET, limiting
from segments.definition import MAX_WHERE, Condition, Value
from segments.errors import DefinitionError, IncompleteError
from segments.models import REFERENCED, SegmentReference
from segments.operators import Operator, ValueType

MAX_NAMED_PICKS = 100
"""More picked rows than this are shown as IDs: so many labels help nobody and would be slow."""
FORM = "builder-form"
"""The id of the form, for inputs that stand outside it."""


class NameForm(forms.Form):
    """The name, tags, tracking, the revision at which it was opened, the one seen since, the draft's key."""

    name = forms.CharField(
        label=gettext_lazy("Segment name"),
        max_length=MAX_NAME_LENGTH,
        required=False,
        widget=forms.TextInput({"form": FORM, "placeholder": gettext_lazy("Segment name")}),
    )
    revision = forms.Field(widget=forms.HiddenInput, required=False)
    seen = forms.Field(widget=forms.HiddenInput, required=False)
    draft = forms.Field(widget=forms.HiddenInput, required=False)
    tags = forms.Field(widget=forms.MultipleHiddenInput, required=False)
    tracked = forms.Field(widget=forms.HiddenInput, required=False)

    def __init__(self, state: BuilderState, *, required: bool) -> None:
        super().__init__({name: getattr(state, name) for name in self.base_fields})
        self.name_required = required
        if state.focus == NAME:
            self.fields["name"].widget.attrs["autofocus"] = True

    def clean_name(self) -> str:
        """Refuse none only where the segment is to be saved: until then, it need not have any."""
        name: str = self.cleaned_data["name"]
        if self.name_required and not name:
            raise ValidationError(_("Give the segment a name."))
        return name


class ConditionGroupForm(forms.Form):
    """Whether a group's positive conditions on contracts ask about one and the same contract."""

    contracts = forms.ChoiceField(
        label=gettext_lazy("Which contract"),
        choices=[
            ("same", gettext_lazy("on the same contract")),
            ("any", gettext_lazy("on any contract")),
        ],
        widget=DrawnAtOnce(attrs=REDRAW),
    )

    def __init__(self, number: int, contracts: str) -> None:
        self.number = number
        prefix = f"group-{number}"
        super().__init__({f"{prefix}-contracts": contracts}, prefix=prefix)


class SettledChoice(forms.ChoiceField):
    """What the form has settled on before it asks; the choices are worked out only where they are drawn."""

    def valid_value(self, _value: Any) -> bool:
        """Whether the choice can be made: it is one of those that are drawn."""
        return True


class QuestionForm(forms.Form):
    """Which field is asked about, how, and for which value.

    `shown` remembers the field and operator that the value's input was drawn for. When the kind of value has
    changed since, the value starts anew; otherwise it stays.
    """

    field = SettledChoice(label=gettext_lazy("Condition"), required=False, widget=DrawnAtOnce(attrs=REDRAW))
    operator = SettledChoice(label=gettext_lazy("Operator"), required=False, widget=DrawnAtOnce(attrs=REDRAW))
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    value = forms.Field(label=gettext_lazy("Value"), required=False)

    condition: Condition | None = None
    waits_for = ""
    """What is still to be filled in; empty if nothing is."""

    def __init__(
        self, state: RowState, attributes: Sequence[Attribute], *, asks: bool, focus: str = ""
    ) -> None:
        """Read what is asked of these attributes.

        `asks`: say beside it what it waits for; `focus`: the prefix of what gets the focus.
        """
        self.state, self.index, self.asks, self.focus = state, state.index, asks, focus
        by_key = {attribute.key: attribute for attribute in attributes} | {"": NOTHING_YET}
        self.unknown_field = None if state.field in by_key else state.field
        self.attribute: Attribute = by_key.get(state.field, attributes[0])
        self.asked, values = _settle(self.attribute, state)
        self.posted_operator = state.operator
        variant = self.attribute.variant(self.asked, values)
        drawn_for = (self.attribute.key, self.asked.key if self.asked else "", variant)
        settled = {
            "group": [state.group],
            "field": [self.attribute.key],
            "operator": [self.asked.key if self.asked else ""],
            "shown": [":".join(filter(None, drawn_for)) if self.asked else ""],
            "value": values,
        }
        super().__init__(
            MultiValueDict({f"{state.prefix}-{name}": settled[name] for name in settled}), prefix=state.prefix
        )
        offered = attributes if self.is_chosen else [NOTHING_YET, *attributes]
        self._offer("field", partial(_by_menu, offered))
        self._offer("operator", lambda: [(one.key, one.label) for one in self.attribute.operators])
        self.fields["value"].widget = self._value_widget()
        for name, key in (("field", state.prefix), ("value", f"{state.prefix}-value")):
            if focus == key:
                self.fields[name].widget.attrs["autofocus"] = True
        self.full_clean()

    @property
    def is_chosen(self) -> bool:
        """Whether somebody has chosen yet what it asks about."""
        return self.attribute is not NOTHING_YET

    @property
    def picks(self) -> bool:
        """Whether its values are picked by search."""
        lists = self.asked is None or self.asked.value_type is ValueType.LIST
        return lists and self.attribute.picks_from is not None

    @property
    def takes_value(self) -> bool:
        """Whether there is anything to fill in behind the operator."""
        if self.asked is None:
            return self.is_chosen
        return self.asked.value_type is not ValueType.NOTHING

    @property
    def takes_days(self) -> bool:
        """Whether its value is a range of days."""
        return self.asked is not None and self.asked.value_type is ValueType.DAYS

    @property
    def trouble(self) -> str:
        """What is wrong with it, or else what it waits for; empty if it is complete."""
        return next((str(error) for errors in self.errors.values() for error in errors), self.waits_for)

    @property
    def help(self) -> str:
        """What the row asks, in a sentence."""
        if self.asked is None:
            return ""
        return help_for(self.asked, _operator(self.attribute, self.asked.complement))

    @property
    def fault(self) -> str:
        """What has the focus where it is to be completed: the prefix of the row, or that of its value."""
        of_row = not self.is_chosen or self.has_error("field") or self.has_error("operator")
        return self.state.prefix if of_row else f"{self.state.prefix}-value"

    @property
    def fault_field(self) -> str:
        """The name of the input that is to be completed."""
        return self.fault if self.fault.endswith("-value") else f"{self.fault}-field"

    def picked(self, name_of: Callable[[type[models.Model], int], str | None]) -> list[tuple[int, str]]:
        """The picked rows as (primary key, name), if they are few enough to be shown by name."""
        model = self.attribute.picks_from
        if not (model and self.picks and self.condition):
            return []
        ids = cast("tuple[int, ...]", self.condition.value)
        if len(ids) > MAX_NAMED_PICKS:
            return []
        return [(pk, name_of(model, pk) or _("(deleted)")) for pk in ids]

    def show_sizes(self, size_of: Callable[[str], int]) -> None:
        """Say behind each choice of a list how many partners the segment would have with it."""
        widget = self.fields["value"].widget
        if isinstance(widget, ChoiceSelect):
            widget.size_of = size_of

    def clean(self) -> None:
        """Make the condition; say next to the value what is missing or wrong."""
        if self.unknown_field is not None:
            self.add_error("field", self._unknown_field_message())
            return
        if not self.is_chosen:
            self._wait("field", _("Choose a condition."))
            return
        if self.asked is None:
            words = {"field": self.attribute.label, "operator": quote_for_message(self.posted_operator)}
            self.add_error("operator", _("%(field)s can't be asked with “%(operator)s”.") % words)
            return
        try:
            value = self._value(self.asked)
            self.condition = Condition(self.attribute.key, self.asked.key, value, self.limits())
        except IncompleteError as error:
            self._wait("value", str(error))
        except DefinitionError as error:
            self.add_error("value", str(error))

    def _wait(self, name: str, missing: str) -> None:
        self.waits_for = missing
        if self.asks:
            self.add_error(name, missing)

    def limits(self) -> tuple[Condition, ...]:
        """What limits the rows that it counts, as far as that is complete."""
        return ()

    def _offer(self, name: str, choices: Callable[[], Sequence[tuple[Any, Any]]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def _unknown_field_message(self) -> str:
        return _("“%s” is not something that can be asked about.") % quote_for_message(self.unknown_field)

    def _value(self, operator: Operator) -> Value:
        posted = cast("MultiValueDict[str, str]", self.data).getlist(self.add_prefix("value"))
        return cast("Value", self.attribute.from_post(operator, posted))

    def _value_widget(self) -> forms.Widget:
        widget = self.attribute.widget(self.asked)
        if self.attribute.picks_from and self.picks:
            widget.attrs |= search(self.attribute.picks_from)
        return widget


class ConditionForm(QuestionForm):
    """A row: a question, in its group; of a count, with what limits the rows that are counted."""

    group = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=9999)

    so_far: Condition | None = None
    """What it asks without those of its limits that are not complete."""

    @property
    def number_of_group(self) -> int:
        """The group this row belongs to; 0 where the posted one is none."""
        return 0 if self.has_error("group") else cast("int", self.cleaned_data["group"])

    @property
    def positive_on_one_row(self) -> bool:
        """Whether it belongs into its group's bracket."""
        return self.attribute.relation.one_row and not (self.asked and self.asked.negative)

    @cached_property
    def where(self) -> tuple[QuestionForm, ...]:
        """What limits the rows that it counts; of too many, one more than there may be."""
        asked = limiting(self.attribute)
        limits = self.state.where[: MAX_WHERE + 1] if asked else ()
        return tuple(QuestionForm(limit, asked, asks=self.asks, focus=self.focus) for limit in limits)

    @property
    def focus_of_limits(self) -> str:
        """The id of the button that adds a limit."""
        return f"and_where-{self.index}"

    @property
    def takes_limit(self) -> bool:
        """Whether there can be one more limit."""
        return self.attribute.counts is not None and len(self.where) < MAX_WHERE

    def limits(self) -> tuple[Condition, ...]:
        return tuple(limit.condition for limit in self.where if limit.condition)

    def clean(self) -> None:
        """Of a count, the condition is made only once all that limits it is complete."""
        super().clean()
        self.so_far = self.condition
        if any(limit.trouble for limit in self.where):
            self.condition = None

    @property
    def trouble(self) -> str:
        return next(filter(None, [super().trouble, *(limit.trouble for limit in self.where)]), "")

    @property
    def fault(self) -> str:
        if super().trouble:
            return super().fault
        return next((limit.fault for limit in self.where if limit.trouble), "")


def search(model: type[models.Model]) -> dict[str, str]:
    """Where a script finds the rows to pick from: Django's own autocompletion, with its permissions."""
    held = SegmentReference._meta
    return {
        "data-picks": reverse("admin:autocomplete"),
        "data-app": held.app_label,
        "data-model": str(held.model_name),
        "data-field": REFERENCED[model],
        "data-most": str(MAX_NAMED_PICKS),
    }


def _by_menu(attributes: Sequence[Attribute]) -> list[tuple[Any, Any]]:
    """The fields by the headings under which they are listed."""
    first = [(NOTHING_YET.key, NOTHING_YET.label)] if NOTHING_YET in attributes else []
    listed = {
        menu: [(one.key, one.label) for one in attributes if one.menu is menu and one is not NOTHING_YET]
        for menu in Menu
    }
    return [*first, *((menu.label, fields) for menu, fields in listed.items() if fields)]


def _settle(attribute: Attribute, state: RowState) -> tuple[Operator | None, list[str]]:
    """After a change of field or operator: the operator to use, and the values to keep.

    None if the operator is unknown; those of a new row if their type changed, and the first alone if what it
    needs beside it did. `shown` says what the row was drawn for.
    """
    if not attribute.operators:
        return None, []
    drawn_for, drawn_operator, variant = (*state.shown.split(":"), "", "", "")[:3]
    former = CATALOG.get(drawn_for)
    operator = _operator(attribute, state.operator)
    other_field = former is not None and former.key != attribute.key
    if operator is None and (other_field or not state.operator):
        operator = attribute.operators[0]
    if former and former.value_kind(_operator(former, drawn_operator)) != attribute.value_kind(operator):
        return operator, attribute.initial_post(operator)
    if not (former or state.operator or state.values):
        return operator, attribute.initial_post(operator)
    values = list(state.values)
    if former and attribute.variant(operator, values) != variant:
        return operator, attribute.kept_post(operator, values)
    return operator, values


def _operator(attribute: Attribute, key: str) -> Operator | None:
    return next((operator for operator in attribute.operators if operator.key == key), None)
