"""The filter bar above the list of a segment's partners. It asks with the same conditions as segments do."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.names import MAX_NAME_LENGTH, identifier
from partners.core.widgets import CheckboxMenu, is_key
from partners.models import Partner, PartnerGroup
from segments.compiler import compile_definition
from segments.conditions import CATALOG
from segments.definition import Condition, Definition, Group
from segments.errors import DefinitionError
from segments.query.keyset import BY_NAME, ORDERINGS, Ordering


def _choices(key: str) -> list[tuple[str, StrOrPromise]]:
    return [(option.key, option.label) for option in CATALOG[key].options()]


def _named(text: str) -> tuple[str, str, Any]:
    """A condition on the partner with this ID; if there is none, on names with this text."""
    key = identifier(text)
    if is_key(key) and Partner.objects.filter(pk=int(key)).exists():
        return "partner_id", "any_of", [int(key)]
    return "partner_name", "contains", text


class GroupsField(django_filters.fields.ModelMultipleChoiceField):
    """Groups by primary key; what can't be one never gets to the database."""

    def clean(self, value: Any) -> Any:
        if not all(is_key(key) for key in value or ()):
            raise ValidationError(_("There is no such group."))
        return super().clean(value)


class GroupsFilter(django_filters.ModelMultipleChoiceFilter):
    """Rows in any of some groups."""

    field_class = GroupsField


class MemberFilterSet(django_filters.FilterSet):
    """By name or Partner ID, prospecting stage, group and contract stage; sorted.

    The screens ask for `conditions()` together with the segment, which is faster; `qs` are the same partners
    out of any queryset. Nobody meets what can't be understood.
    """

    name = django_filters.CharFilter(
        label=_("Name or Partner ID"),
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput({"type": "search", "placeholder": _("Name or Partner ID")}),
    )
    prospecting_stage = django_filters.MultipleChoiceFilter(
        label=_("Prospecting stage"),
        choices=_choices("prospecting_stage"),
        widget=CheckboxMenu,
    )
    partner_group = GroupsFilter(
        label=_("Group"),
        queryset=PartnerGroup.objects.all(),
        widget=CheckboxMenu,
    )
    contract_stage = django_filters.MultipleChoiceFilter(
        label=_("Contract stage"),
        choices=_choices("contract_stage"),
        widget=CheckboxMenu,
    )
    sort = django_filters.ChoiceFilter(
        label=_("Sort by"),
        choices=[(key, order.label) for key, order in ORDERINGS.items()],
        empty_label=None,
    )

    class Meta:
        model = Partner
        fields: list[str] = []

    def conditions(self) -> Group | None:
        """What the bar asks, each for itself; None where it can't be understood."""
        if not self.is_valid():
            return None
        asked = self.form.cleaned_data
        wanted = [
            _named(asked["name"].strip()),
            ("prospecting_stage", "any_of", asked["prospecting_stage"]),
            ("partner_group", "any_of", [group.pk for group in asked["partner_group"]]),
            ("contract_stage", "any_of", asked["contract_stage"]),
        ]
        try:
            conditions = [Condition(field, operator, value) for field, operator, value in wanted if value]
        except DefinitionError:
            return None
        return Group(tuple(conditions), "any")

    def filter_queryset(self, queryset: QuerySet[Partner]) -> QuerySet[Partner]:
        group = self.conditions()
        if group is None:
            return queryset.none()
        return queryset.filter(compile_definition(Definition((group,)))) if group.all else queryset

    @property
    def narrows(self) -> bool:
        """Whether anything is asked that may leave partners out."""
        return any(value for key, value in self.data.items() if key in self.filters and key != "sort")

    def order(self) -> Ordering:
        """The order that was chosen; by name if none was."""
        return ORDERINGS.get(self.form.cleaned_data.get("sort", "") if self.is_valid() else "", BY_NAME)
