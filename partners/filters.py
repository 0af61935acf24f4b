"""What the list of partners can be filtered by."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from partners.core.filtersets import KeyFilter, ListFilterSet, MenuFilter
from partners.models import BusinessModel, Membership, Partner, PartnerGroup, ProspectingStage
from partners.stage_edits.filters import StageEditFilter


class PartnerFilterSet(ListFilterSet):
    """By prospecting stage, group, country, business model, and bulk edit of stages."""

    prospecting_stage__exact = MenuFilter(
        "prospecting_stage", label=_("Prospecting stage"), choices=ProspectingStage.choices
    )
    groups__id__exact = KeyFilter(
        method="in_group", label=_("Group"), choices=lambda: PartnerGroup.objects.values_list("pk", "name")
    )
    country__exact = MenuFilter("country", label=_("Country"), choices=countries)
    business_model__exact = MenuFilter(
        "business_model", label=_("Business model"), choices=BusinessModel.choices
    )
    stage_edit = StageEditFilter()

    class Meta:
        model = Partner
        fields: list[str] = []

    def in_group(self, partners: QuerySet[Partner], _name: str, group: str) -> QuerySet[Partner]:
        """The members of a group."""
        return partners.filter(pk__in=Membership.objects.filter(group=int(group)).values("partner"))
