"""What the list of partners can be filtered by."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_countries import countries
from django_stubs_ext import StrOrPromise

from partners.core.base_admin import name_has
from partners.core.filtersets import ChoicesFilter, KeysField, ListFilterSet
from partners.core.moment import Moment
from partners.core.names import identifier
from partners.core.widgets import is_key
from partners.models import BusinessModel, Membership, Partner, PartnerGroup, ProspectingStage
from partners.permissions import can_view_groups
from partners.stage_edits.filters import StageEditFilter

NO_GROUP = "none"
SIGNS_OF_AN_ADDRESS = ("@", ".", "/")


def has_name_or_id(term: str, path: str = "") -> Q:
    """The name of the partner at the end of the path has all words of a search, or it is its ID."""
    named, key = name_has(term, path), identifier(term)
    return named | Q(**{f"{path}pk": int(key)}) if is_key(key) else named


def searches_addresses(term: str, moment: Moment) -> bool:
    """Whether a search reads e-mails, websites and next steps: for an address, and for what no name has."""
    if any(sign in term for sign in SIGNS_OF_AN_ADDRESS):
        return True
    key = f"searches_addresses:{term}"
    if key not in moment.kept:  # all names are read where none has it
        moment.kept[key] = not Partner.objects.filter(has_name_or_id(term)).exists()
    return bool(moment.kept[key])


class GroupsOrNoneField(KeysField):
    """Groups, or that there is none."""

    def valid_value(self, value: Any) -> bool:
        return value == NO_GROUP or super().valid_value(value)


class GroupsOrNoneFilter(ChoicesFilter):
    """The members of any of some groups, or partners in no group."""

    field_class = GroupsOrNoneField

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
    groups__id__exact = GroupsOrNoneFilter(
        label=_("Group"), choices=_choices_of_groups, allowed=can_view_groups
    )
    country__exact = ChoicesFilter("country", label=_("Country"), choices=countries)
    business_model__exact = ChoicesFilter(
        "business_model", label=_("Business model"), choices=BusinessModel.choices
    )
    stage_edit = StageEditFilter()

    class Meta:
        model = Partner
        fields: list[str] = []
