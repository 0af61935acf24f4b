"""What the list of partners can be filtered by."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from django_stubs_ext import StrOrPromise

from partners.core.filtersets import ChoicesFilter, KeysField, ListFilterSet
from partners.models import BusinessModel, Membership, Partner, PartnerGroup, ProspectingStage
from partners.stage_edits.filters import StageEditFilter

NO_GROUP = "none"


class GroupsField(KeysField):
    """Groups, or that there is none."""

    def valid_value(self, value: Any) -> bool:
        return value == NO_GROUP or super().valid_value(value)


class GroupsFilter(ChoicesFilter):
    """The members of any of some groups, or partners in no group."""

    field_class = GroupsField

    def filter(self, partners: QuerySet[Partner], keys: list[str]) -> QuerySet[Partner]:
        if not keys:
            return partners
        groups = [int(key) for key in keys if key != NO_GROUP]
        found = Q(pk__in=Membership.objects.filter(group__in=groups).values("partner")) if groups else Q()
        if NO_GROUP in keys:
            found |= Q(~Exists(Membership.objects.filter(partner=OuterRef("pk"))))
        return partners.filter(found)


def _choices_of_groups() -> list[tuple[str | int, StrOrPromise]]:
    return [(NO_GROUP, _("None")), *PartnerGroup.objects.values_list("pk", "name")]


class PartnerFilterSet(ListFilterSet):
    """By prospecting stage, group, country, business model, and bulk edit of stages."""

    prospecting_stage__exact = ChoicesFilter(
        "prospecting_stage", label=_("Prospecting stage"), choices=ProspectingStage.choices
    )
    groups__id__exact = GroupsFilter(label=_("Group"), choices=_choices_of_groups)
    country__exact = ChoicesFilter("country", label=_("Country"), choices=countries)
    business_model__exact = ChoicesFilter(
        "business_model", label=_("Business model"), choices=BusinessModel.choices
    )
    stage_edit = StageEditFilter()

    class Meta:
        model = Partner
        fields: list[str] = []
