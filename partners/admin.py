"""The lists and forms of partners and their groups."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from partners.audit.admin import AuditEventAdmin
from partners.core.actor import acting_as
from partners.core.badges import stage_badge
from partners.core.base_admin import NamedAdmin
from partners.core.limits import limits
from partners.core.moment import moment_of
from partners.core.ordering import EmptyLast
from partners.core.row_menu import RowEntry, row_link
from partners.core.rows import below, few, row_title
from partners.exports.admin import ExportAdmin
from partners.exports.admin_action import ExportAction
from partners.filters import PartnerFilterSet, has_name_or_id, searches_addresses
from partners.forms import PartnerForm
from partners.groups.admin import PartnerGroupAdmin
from partners.groups.admin_actions import GroupActions
from partners.imports.admin import ImportAdmin
from partners.models import AuditEvent, Export, Import, Partner, PartnerGroup, StageEdit
from partners.profile.page import ProfileAdmin
from partners.stage_edits.admin import StageEditAdmin
from partners.stage_edits.admin_mixin import StagedAdmin, hold


@admin.register(Partner)
class PartnerAdmin(ExportAction, GroupActions, StagedAdmin, ProfileAdmin, NamedAdmin[Partner]):
    """Partners."""

    form = PartnerForm
    list_display = ["partner", "stage", "group_names", "joined"]
    filterset = PartnerFilterSet
    list_prefetch = ["groups"]
    actions = ["add_to_group", "remove_from_group", "change_stage", "export"]
    further_actions = ["remove_from_group", "delete_selected"]
    search_help_text = _("Search name, Partner ID, e-mail, website or next step")
    formfield_overrides = {
        models.URLField: {"assume_scheme": "https", "widget": forms.URLInput(attrs={"class": "vURLField"})}
    }

    def matching(self, term: str, request: HttpRequest) -> Q:
        """By name or Partner ID, for which there are indexes.

        E-mails, websites and next steps have no index, which would make every bulk edit of stages three times
        as slow. They are scanned only in the list, once, and only for a term that looks like an address or
        matches no name.
        """
        found = has_name_or_id(term)
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            return found
        if searches_addresses(term, moment_of(request)):
            found |= Q(email__icontains=term) | Q(website__icontains=term) | Q(next_step__icontains=term)
            partners = Partner.objects.filter(found).order_by().values_list("pk", flat=True)
            most = limits().search_max_rows
            keys = list(partners[: most + 1])
            return found if len(keys) > most else Q(pk__any_of=keys)
        return found

    def row_entries(self, request: HttpRequest, row: Partner) -> Iterable[RowEntry]:
        """With the way to the form, for those who may change the partner."""
        changes = self.has_change_permission(request, row)
        yield row_link(_("Open"), "change", row)
        yield from [row_link(_("Edit"), "edit", row)] if changes else []
        yield from list(super().row_entries(request, row))[1:]

    def get_fieldsets(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        """The Partner ID can be typed once."""
        return [
            (None, {"fields": ["name", "known_id" if obj else "partner_id", "email", "website"]}),
            (
                _("Program"),
                {
                    "fields": [
                        "prospecting_stage",
                        *self.stage_fields(request, obj),
                        "partner_groups",
                        "business_model",
                        "country",
                    ]
                },
            ),
            (_("Relationship"), {"fields": ["owner", "next_step", "next_step_date"]}),
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
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        """Write down the day on which a new partner came into its stage, if that is not New."""
        if change:
            hold(obj, form)
        elif "prospecting_stage" in form.changed_data:
            obj.note_transition(on=timezone.localdate())
        with acting_as(why=form.cleaned_data.get("why", "")):
            obj.save(force_insert=not change)

    def save_related(
        self,
        request: HttpRequest,
        form: "forms.ModelForm[Partner]",
        formsets: Any,
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        """Put the partner in exactly the chosen groups."""
        super().save_related(request, form, formsets, change)
        form.instance.groups.set(form.cleaned_data["partner_groups"])

    @admin.display(description=_("Partner"), ordering="name_folded")
    def partner(self, partner: Partner) -> SafeString:
        """The name, and the Partner ID under it."""
        day = partner.original_joined_date
        joined = _("Joined %s") % date_format(day) if day else ""
        return row_title(
            partner.name, str(partner.pk), below(960, self.group_names(partner)), below(800, joined)
        )

    @admin.display(description=_("Prospecting stage"), ordering="prospecting_stage")
    def stage(self, partner: Partner) -> SafeString:
        """How far the brand has come with the partner."""
        return stage_badge(partner.stage)

    @admin.display(description=_("Groups"))
    def group_names(self, partner: Partner) -> SafeString:
        """The first groups that the partner is in."""
        return few(partner.groups.all())

    @admin.display(description=_("Original joined date"), ordering=EmptyLast("original_joined_date"))
    def joined(self, partner: Partner) -> Any:
        """The first time the partner ever joined."""
        return partner.original_joined_date

    @admin.display(description=_("Partner ID"))
    def known_id(self, partner: Partner) -> str:
        """The Partner ID as it is quoted: without thousands separators."""
        return str(partner.pk)

    @admin.display(description=_("Groups"))
    def partner_groups(self, partner: Partner) -> str:
        """What users who may only view see in place of the field."""
        return ", ".join(group.name for group in partner.groups.all())


admin.site.register(AuditEvent, AuditEventAdmin)
admin.site.register(Export, ExportAdmin)
admin.site.register(Import, ImportAdmin)
admin.site.register(PartnerGroup, PartnerGroupAdmin)
admin.site.register(StageEdit, StageEditAdmin)
