"""The filter bar above the list of a segment's partners. It asks with the same conditions as segments do."""

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, PartnerGroup
from partners.names import NAME_LENGTH
from partners.widgets import is_key
from segments.compiler import compile_condition
from segments.conditions import CATALOG
from segments.definition import Condition
from segments.errors import DefinitionError
from segments.kinds import ChoiceCondition


def _choices(key: str) -> list[tuple[str, Any]]:
    kind = CATALOG[key]
    return (
        [(option.key, option.label) for option in kind.options()] if isinstance(kind, ChoiceCondition) else []
    )


def _asked(partners: QuerySet[Partner], field: str, operator: str, value: Any) -> QuerySet[Partner]:
    try:
        condition = Condition.from_json({"field": field, "operator": operator, "value": value})
    except DefinitionError:
        return partners.none() if value else partners
    return partners.filter(compile_condition(condition))


ORDERS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "name": (_("Name, A to Z"), ("name_folded", "pk")),
    "-name": (_("Name, Z to A"), ("-name_folded", "-pk")),
    "id": (_("Partner ID, lowest first"), ("pk",)),
    "-id": (_("Partner ID, highest first"), ("-pk",)),
    "-joined": (_("Joined latest first"), (F("original_joined_date").desc(nulls_last=True), "pk")),
    "joined": (_("Joined earliest first"), (F("original_joined_date").asc(nulls_last=True), "pk")),
}
"""The orders a list of partners can have: key, label, columns."""


class GroupsField(django_filters.fields.ModelMultipleChoiceField):
    """Groups by primary key; what can't be one never gets to the database."""

    def clean(self, value: Any) -> Any:
        """As Django's."""
        if not all(is_key(key) for key in value or ()):
            raise ValidationError(_("There is no such group."))
        return super().clean(value)


class GroupsFilter(django_filters.ModelMultipleChoiceFilter):
    """Rows in any of some groups."""

    field_class = GroupsField


class PartnerFilter(django_filters.FilterSet):
    """By name, prospecting stage, group and contract stage; sorted."""

    name = django_filters.CharFilter(
        label=_("Name"), max_length=NAME_LENGTH, method="by_name", widget=forms.TextInput({"type": "search"})
    )
    prospecting_stage = django_filters.MultipleChoiceFilter(
        label=_("Prospecting stage"),
        choices=_choices("prospecting_stage"),
        method="by_choice",
        widget=forms.CheckboxSelectMultiple,
    )
    partner_group = GroupsFilter(
        label=_("Group"),
        queryset=PartnerGroup.objects.all(),
        method="by_group",
        widget=forms.CheckboxSelectMultiple,
    )
    contract_stage = django_filters.MultipleChoiceFilter(
        label=_("Contract stage"),
        choices=_choices("contract_stage"),
        method="by_choice",
        widget=forms.CheckboxSelectMultiple,
    )
    sort = django_filters.ChoiceFilter(
        label=_("Sort by"),
        choices=[(key, label) for key, (label, _order) in ORDERS.items()],
        empty_label=None,
        method="in_order",
    )

    class Meta:
        model = Partner
        fields: list[str] = []

    def by_name(self, partners: QuerySet[Partner], _name: str, value: str) -> QuerySet[Partner]:
        """Those whose name contains it."""
        return _asked(partners, "partner_name", "contains", value)

    def by_choice(self, partners: QuerySet[Partner], name: str, value: list[str]) -> QuerySet[Partner]:
        """Those in any of the ticked stages."""
        return _asked(partners, name, "any_of", value)

    def by_group(self, partners: QuerySet[Partner], name: str, value: Any) -> QuerySet[Partner]:
        """Those in any of the ticked groups."""
        return _asked(partners, name, "any_of", [group.pk for group in value])

    def in_order(self, partners: QuerySet[Partner], _name: str, value: str) -> QuerySet[Partner]:
        """All of them, in this order."""
        return partners.order_by(*ORDERS[value][1])
