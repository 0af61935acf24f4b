"""The Contracts screen."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from contracts.filters import ContractFilterSet, has_number
from contracts.forms import ContractForm, TermSelect
from contracts.models import Contract, TemplateTerm
from contracts.pdf.document import contract_pdf
from contracts.permissions import can_view_contracts
from contracts.template_terms.admin import TemplateTermAdmin
from contracts.timeline import contract_events
from partners.core.badges import stage_badge
from partners.core.base_admin import BaseAdmin
from partners.core.limits import limits
from partners.core.ordering import EmptyHighest
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.row_menu import RowEntry, row_link
from partners.core.rows import below, row_title
from partners.filters import has_name_or_id
from partners.stage_edits.admin_mixin import StagedAdmin


@admin.register(Contract)
class ContractAdmin(StagedAdmin, BaseAdmin[Contract]):
    """Contracts, each with its history and its document."""

    form = ContractForm
    list_display = ["contract_id", "holder", "term", "stage_now", "starts", "ends", "document"]
    filterset = ContractFilterSet
    list_select_related = ["partner", "template_term"]
    search_fields = ["number"]
    search_help_text = _("Search Contract ID, partner or Partner ID")
    autocomplete_fields = ["partner", "template_term"]
    actions = ["change_stage"]
    readonly_fields = ["stage_since"]
    pages = ["pdf_view"]

    def get_fields(self, request: HttpRequest, obj: Contract | None = None) -> list[Any]:
        """With what goes along with a stage."""
        stage = ["stage", *self.stage_fields(request, obj), "stage_since"]
        return ["number", "partner", "template_term", *stage, "start_date", "end_date"]

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """As elsewhere; archived template terms are not suggested."""
        if db_field.name == "template_term":
            kwargs["widget"] = TermSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """Without a button that deletes the partner: it can't be while the contract is there."""
        form = super().get_form(*args, **kwargs)
        if "partner" in form.base_fields:
            form.base_fields["partner"].widget.can_delete_related = False
        return form

    @staff_page("<path:object_id>/pdf/", name="contracts_contract_pdf", permission=can_view_contracts)
    def pdf_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """The contract as a PDF file to keep."""
        contract = self.get_object(request, unquote(object_id))
        if contract is None:
            raise Http404(_("There is no such contract."))
        headers = {"Content-Disposition": _attachment(contract.number)}
        return HttpResponse(contract_pdf(contract), content_type="application/pdf", headers=headers)

    def matching(self, term: str, request: HttpRequest) -> Q:
        """By the beginning of the Contract ID, or by the partner's name or ID.

        An `or` of both would read every contract, so what finds nothing is left out. Where both find some,
        few are found through the indexes and joined as rows; where there are many, reading the contracts in
        the order of the list soon fills its page.
        """
        by_number = has_number(term)
        by_partner = has_name_or_id(term, "partner__")
        arms = [Contract.objects.filter(arm).order_by().values("pk") for arm in (by_number, by_partner)]
        most = limits().search_max_rows
        numbered, held = (arm[: most + 1].count() for arm in arms)
        if not held:
            return by_number
        if not numbered:
            return by_partner
        if max(numbered, held) > most:
            return by_number | by_partner
        return Q(pk__in=arms[0].union(arms[1]))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """As Django's, with the contract at a glance and its history."""
        contract = context["original"]
        context["events"] = contract_events(contract, request.user) if contract else []
        return super().render_change_form(request, context, *args, **kwargs)

    def row_entries(self, request: HttpRequest, row: Contract) -> Iterable[RowEntry]:
        """With the document, and the way to the partner."""
        own = list(super().row_entries(request, row))
        yield own[0]
        yield row_link(_("PDF"), "pdf", row)
        yield row_link(_("Partner"), "change", row.partner)
        yield from own[1:]

    @admin.display(description=_("Contract ID"), ordering="number")
    def contract_id(self, contract: Contract) -> SafeString:
        """It stands for the contract."""
        return format_html("{}{}", contract.number, below(800, contract.template_term.name))

    @admin.display(description=_("Partner"), ordering="partner__name_folded")
    def holder(self, contract: Contract) -> SafeString:
        """The partner's name, and the Partner ID under it."""
        return row_title(contract.partner.name, str(contract.partner_id))

    @admin.display(description=_("Template term"), ordering="template_term__name_folded")
    def term(self, contract: Contract) -> SafeString:
        return format_html("<bdi>{}</bdi>", contract.template_term.name)

    @admin.display(description=_("Stage"), ordering="stage")
    def stage_now(self, contract: Contract) -> SafeString:
        """Where the contract stands."""
        return stage_badge(contract.current_stage)

    @admin.display(description=_("Start"), ordering="start_date")
    def starts(self, contract: Contract) -> SafeString:
        """The first day."""
        end = _("to %s") % date_format(contract.end_date) if contract.end_date else _("open-ended")
        return format_html("{}{}", date_format(contract.start_date), below(960, end))

    @admin.display(description=_("End"), ordering=EmptyHighest("end_date"))
    def ends(self, contract: Contract) -> Any:
        """The last day, if there is one."""
        return contract.end_date

    @admin.display(description=_("Document"))
    def document(self, contract: Contract) -> SafeString:
        """The contract as a file to keep."""
        return format_html(
            '<a class="row-tool" href="{}">{}<span class="visually-hidden"> {}</span></a>',
            reverse("admin:contracts_contract_pdf", args=[contract.pk]),
            _("PDF"),
            contract.number,
        )


def _attachment(number: str) -> str:
    """A header that names the file after the Contract ID: for old browsers in ASCII, for others as it is."""
    name = re.sub(r'[\x00-\x1f\x7f"*/:<>?\\|]', "_", number)
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    coded = quote(f"contract-{name}.pdf", safe="")
    return f"attachment; filename=\"contract-{plain}.pdf\"; filename*=UTF-8''{coded}"


admin.site.register(TemplateTerm, TemplateTermAdmin)
