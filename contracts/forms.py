"""The contract's form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.models import TemplateTerm, unused_number
from partners.core.widgets import KeySelect
from partners.stage_edits.forms import StagedForm

OPEN_ONLY = "open_only"
"""In the address of suggestions: no archived template terms."""


class TermSelect(KeySelect):
    """Suggests the template terms that new contracts can be given."""

    def get_url(self) -> str:
        return f"{super().get_url()}?{OPEN_ONLY}=yes"


class ContractForm(StagedForm):
    """A contract; archived template terms can't be given to it."""

    class Meta:
        help_texts = {"template_term": _("Archived ones can't be given to new contracts.")}
        error_messages = {"number": {"unique": _("There is a contract with this Contract ID already.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "number" in self.fields:
            self.fields["number"].required = True
            self.fields["number"].help_text = ""

    def clean_number(self) -> str:
        """The Contract ID that was typed, or a new one."""
        return self.cleaned_data["number"] or unused_number()

    def clean_template_term(self) -> TemplateTerm:
        """A template term in use, or the one that the contract has already."""
        term: TemplateTerm = self.cleaned_data["template_term"]
        if term.archived and term.pk != self.initial.get("template_term"):
            raise forms.ValidationError(
                _("%(name)s is archived: it can't be given to contracts any more."),
                code="archived",
                params={"name": term.name},
            )
        return term
