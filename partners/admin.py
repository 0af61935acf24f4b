"""The lists and forms of partners and their groups."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from partners.badges import stage_badge
from partners.forms import PartnerForm
from partners.guarded import NamedAdmin, name_has
from partners.models import Membership, Partner, PartnerGroup
from partners.widgets import is_key


@admin.register(Partner)
class PartnerAdmin(NamedAdmin[Partner]):
    """Partners. The rooms that build on them add columns and filters of their own to the lists below."""

    form = PartnerForm
    list_display = ["partner", "stage", "group_names", "joined"]
    list_filter = ["prospecting_stage", "groups", "business_model"]
    list_prefetch = ["groups"]
    search_help_text = _("Search name, Partner ID, e-mail or website")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        """With everything the list shows."""
        return super().get_queryset(request).prefetch_related(*self.list_prefetch)

    def matching(self, term: str, request: HttpRequest) -> Q:
        """By name or Partner ID; the list, where nobody waits for each letter, by e-mail and website too."""
        found = name_has(term)
        if is_key(term):
            found |= Q(pk=int(term))
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            return found
        return found | Q(email__icontains=term) | Q(website__icontains=term)

    def get_fieldsets(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        """The Partner ID can be typed once."""
        return [
            (None, {"fields": ["name", "known_id" if obj else "partner_id", "email", "website"]}),
            (_("Program"), {"fields": ["prospecting_stage", "partner_groups", "business_model", "country"]}),
            (_("Dates"), {"fields": ["original_joined_date", "last_transition_date"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Partner | None = None) -> list[str]:
        """What the program itself writes down."""
        return ["known_id", "last_transition_date"]

    def save_model(
        self,
        request: HttpRequest,
        obj: Partner,
        form: "forms.ModelForm[Partner]",
        change: bool,  # noqa: FBT001
    ) -> None:
        """Write down the day on which the stage changed."""
        if "prospecting_stage" in form.changed_data:
            obj.note_transition(on=timezone.localdate())
        obj.save(force_insert=not change)

    def save_related(
        self,
        request: HttpRequest,
        form: "forms.ModelForm[Partner]",
        formsets: Any,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Put the partner in exactly the chosen groups."""
        super().save_related(request, form, formsets, change)
        form.instance.groups.set(form.cleaned_data["partner_groups"])

    @admin.display(description=_("Partner"), ordering="name_folded")
    def partner(self, partner: Partner) -> SafeString:
        """The name, and the Partner ID under it."""
        return format_html(
            '<span class="row-name">{}</span> <span class="row-id">{}</span>', partner.name, str(partner.pk)
        )

    @admin.display(description=_("Prospecting stage"), ordering="prospecting_stage")
    def stage(self, partner: Partner) -> SafeString:
        """How far the brand has come with the partner."""
        return stage_badge(partner.stage)

    @admin.display(description=_("Groups"))
    def group_names(self, partner: Partner) -> str:
        """The groups the partner is in."""
        return ", ".join(group.name for group in partner.groups.all())

    @admin.display(description=_("Original joined date"), ordering="original_joined_date")
    def joined(self, partner: Partner) -> Any:
        """The first time the partner ever joined."""
        return partner.original_joined_date

    @admin.display(description=_("Partner ID"))
    def known_id(self, partner: Partner) -> str:
        """The Partner ID as it is quoted: without thousands separators."""
        return str(partner.pk)

    @admin.display(description=_("Groups"))
    def partner_groups(self, partner: Partner) -> str:
        """What whoever may only look sees in the field's place."""
        return self.group_names(partner)


@admin.register(PartnerGroup)
class PartnerGroupAdmin(NamedAdmin[PartnerGroup]):
    """Groups, and how many partners are in each."""

    list_display = ["name", "number_of_partners"]
    fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartnerGroup]:
        """With the number of partners, counted for the rows of the page only."""
        members = (
            Membership.objects.filter(group=OuterRef("pk"))
            .order_by()
            .values("group")
            .annotate(number=Count("pk"))
        )
        groups: QuerySet[PartnerGroup] = super().get_queryset(request)
        return groups.annotate(members=Coalesce(Subquery(members.values("number")), 0))

    @admin.display(description=_("Partners"), ordering="members")
    def number_of_partners(self, group: PartnerGroup) -> int:
        """How many partners are in the group."""
        members: int = group.members  # type: ignore[attr-defined]  # annotated above
        return members
