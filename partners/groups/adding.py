"""Adding partners to a group whose Partner IDs are pasted, or who are searched one by one."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.core.names import identifier
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.row_pages import page_of
from partners.core.widgets import KeySelectMultiple, is_key
from partners.forms import RowsField
from partners.groups.admin_actions import ADDING
from partners.groups.services import add_to_group
from partners.models import Membership, Partner, PartnerGroup
from partners.permissions import can_regroup_partners

BETWEEN_IDS = re.compile(r"[^\w-]+")
MAX_UNKNOWN_NAMED = 20


class AddPartnersForm(forms.Form):
    """Partner IDs that exist, pasted, searched, or both."""

    ids = forms.CharField(
        label=gettext_lazy("Partner IDs"),
        required=False,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off"}),
        help_text=gettext_lazy("Paste as many as you like, with anything between them."),
    )
    found: RowsField = RowsField(
        Partner.objects.all(),
        label=gettext_lazy("Or search"),
        required=False,
        widget=KeySelectMultiple(Membership._meta.get_field("partner"), admin.site),
        error_messages={
            "invalid_choice": gettext_lazy("There is no partner with this ID or name: %(value)s.")
        },
    )

    def clean_ids(self) -> set[int]:
        """The pasted IDs, each of a partner."""
        typed = dict.fromkeys(filter(None, BETWEEN_IDS.split(identifier(self.cleaned_data["ids"]))))
        keys = {int(text) for text in typed if is_key(text)}
        there = set(Partner.objects.filter(pk__any_of=sorted(keys)).values_list("pk", flat=True))
        unknown = [text for text in typed if not (is_key(text) and int(text) in there)]
        if unknown:
            raise forms.ValidationError(_said_of(unknown), code="unknown")
        return there

    def clean(self) -> dict[str, Any]:
        """At least one partner."""
        cleaned = super().clean() or {}
        if not (self.errors or cleaned["ids"] or cleaned["found"]):
            self.add_error("ids", _("Paste Partner IDs, or search for partners."))
        return cleaned

    def keys(self) -> list[int]:
        """The Partner IDs of all of them."""
        return sorted(self.cleaned_data["ids"] | {partner.pk for partner in self.cleaned_data["found"]})


def _said_of(unknown: list[str]) -> str:
    words = ngettext(
        "%s is no partner's ID. Nothing was added.",
        "These are no partners' IDs: %s. Nothing was added.",
        len(unknown),
    )
    rest = len(unknown) - MAX_UNKNOWN_NAMED
    named = [text[:40] for text in unknown[:MAX_UNKNOWN_NAMED]]
    return words % ", ".join([*named, *([_("and %s more") % f"{rest:,}"] if rest > 0 else [])])


@staff_page(
    "<int:pk>/add-partners/", name="partners_partnergroup_add_partners", permission=can_regroup_partners
)
def add_partners(request: StaffRequest, pk: int) -> HttpResponse:
    """Asks for partners; then adds them and shows the group's page."""
    group = get_object_or_404(PartnerGroup, pk=pk)
    form = AddPartnersForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = Partner.objects.filter(pk__any_of=form.keys())
        try:
            done = add_to_group(partners=chosen, group=group, user=request.user)
        except PartnerGroup.DoesNotExist:
            messages.error(request, _("This group has been deleted meanwhile. Nothing was added."))
            return HttpResponseRedirect(reverse("admin:partners_partnergroup_changelist"))
        messages.success(request, ADDING.said(done))
        return HttpResponseRedirect(page_of(group))
    context = {
        **admin.site.each_context(request),
        "opts": PartnerGroup._meta,
        "title": _("Add partners to %s") % group.name,
        "group": group,
        "back": page_of(group),
        "form": form,
    }
    request.current_app = admin.site.name
    return render(request, "partners/add_to_group.html", context)
