"""What the page that shows the theme puts into it."""

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import AdminDateWidget
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, ContractStage
from partners.core.badges import Tone
from partners.core.widgets import KeySelect
from partners.models import Partner, ProspectingStage

SURFACES = ("canvas", "surface", "sunken", "line", "line-strong", "line-control")
INKS = ("ink", "ink-second", "muted")
ACCENTS = ("accent", "accent-hover", "accent-soft", "accent-line", "on-accent")


class SpecimenForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("A line of help."))
    email = forms.EmailField(label=_("E-mail"))
    stage = forms.ChoiceField(label=_("Prospecting stage"), choices=ProspectingStage.choices)
    start = forms.DateField(label=_("Start"), widget=AdminDateWidget)
    archived = forms.BooleanField(label=_("Archived"), required=False)


def theme_parts(site: AdminSite) -> dict[str, Any]:
    """The context of the page."""
    form = SpecimenForm({"name": "Fern & Finch", "email": "no address", "stage": "new"})
    form.fields["partner"] = forms.ModelChoiceField(
        Partner.objects.none(),
        label=_("Partner"),
        required=False,
        widget=KeySelect(Contract._meta.get_field("partner"), site),
    )
    return {
        "swatches": [
            (_("Surfaces and lines"), SURFACES),
            (_("Text"), INKS),
            (_("Accent"), ACCENTS),
            *((tone.capitalize(), (tone, f"{tone}-soft", f"{tone}-line", f"{tone}-bar")) for tone in Tone),
        ],
        "prospecting_stages": ProspectingStage,
        "contract_stages": ContractStage,
        "specimen": form,
    }
