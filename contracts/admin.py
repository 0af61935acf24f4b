"""The lists and forms of contracts and template terms, and the contracts' place on the list of partners."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from contracts.forms import ContractForm
from contracts.models import Contract, ContractStage, TemplateTerm
from partners.admin import PartnerAdmin
from partners.badges import stage_badge
from partners.guarded import GuardedAdmin, NamedAdmin, name_has
from partners.models import Partner
from partners.widgets import is_key

NO_CONTRACT = "none"


@admin.register(TemplateTerm)
class TemplateTermAdmin(NamedAdmin[TemplateTerm]):
    """Template terms, and how many contracts are on each."""

    list_display = ["name", "currency", "archived", "number_of_contracts"]
    list_filter = ["archived", "currency"]
    fields = ["name", "currency", "archived"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TemplateTerm]:
        """With the number of contracts, counted for the rows of the page only."""
        contracts = (
            Contract.objects.filter(template_term=OuterRef("pk"))
            .order_by()
            .values("template_term")
            .annotate(number_of=Count("pk"))
        )
        terms: QuerySet[TemplateTerm] = super().get_queryset(request)
        return terms.annotate(uses=Coalesce(Subquery(contracts.values("number_of")), 0))

    @admin.display(description=_("Contracts"), ordering="uses")
    def number_of_contracts(self, term: TemplateTerm) -> int:
        """How many contracts are on the term."""
        uses: int = term.uses  # type: ignore[attr-defined]  # annotated above
        return uses


@admin.register(Contract)
class ContractAdmin(GuardedAdmin[Contract]):
    """Contracts."""

    form = ContractForm
    list_display = ["number", "holder", "term", "stage_now", "start_date", "end_date", "stage_since"]
    list_filter = ["stage", "template_term"]
    list_select_related = ["partner", "template_term"]
    search_fields = ["number"]
    search_help_text = _("Search Contract ID, partner or Partner ID")
    autocomplete_fields = ["partner", "template_term"]
    fields = ["number", "partner", "template_term", "stage", "stage_since", "start_date", "end_date"]
    readonly_fields = ["stage_since"]

    def matching(self, term: str, request: HttpRequest) -> Q:
        """By Contract ID, or by the partner's name or ID."""
        found = Q(number__icontains=term) | name_has(term, "partner__")
        return found | Q(partner_id=int(term)) if is_key(term) else found

    def save_model(
        self,
        request: HttpRequest,
        obj: Contract,
        form: "forms.ModelForm[Contract]",
        change: bool,  # noqa: FBT001
    ) -> None:
        """Write down since when the contract is in its stage."""
        if change and "stage" in form.changed_data:
            obj.stage_since = timezone.now()
        super().save_model(request, obj, form, change)

    @admin.display(description=_("Partner"), ordering="partner__name_folded")
    def holder(self, contract: Contract) -> SafeString:
        """The partner's name, and the Partner ID under it."""
        return format_html(
            '<span class="row-name">{}</span> <span class="row-id">{}</span>',
            contract.partner.name,
            str(contract.partner_id),
        )

    @admin.display(description=_("Template term"), ordering="template_term__name_folded")
    def term(self, contract: Contract) -> str:
        """The template term's name."""
        return contract.template_term.name

    @admin.display(description=_("Stage"), ordering="stage")
    def stage_now(self, contract: Contract) -> SafeString:
        """Where the contract stands."""
        return stage_badge(ContractStage(contract.stage))


@admin.display(description=_("Contracts"))
def contract_stages(partner: Partner) -> SafeString:
    """The stages of the partner's contracts, each once, in the order of the screens."""
    held = {contract.stage for contract in partner.contracts.all()}
    if not held:
        return format_html('<span class="quiet">{}</span>', _("No contract"))
    return format_html_join(" ", "{}", ((stage_badge(stage),) for stage in ContractStage if stage in held))


class ContractStageFilter(admin.SimpleListFilter):
    """Partners with a contract in a stage, or without any."""

    title = _("contract stage")
    parameter_name = "contract_stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """None, then the stages in the order of the screens."""
        return [(NO_CONTRACT, _("None")), *ContractStage.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Partner]) -> QuerySet[Partner]:
        """Partners with a contract in the chosen stage; every partner while nothing is chosen."""
        chosen = self.value()
        if chosen is None:
            return queryset
        contracts = Contract.objects.filter(partner=OuterRef("pk"))
        if chosen == NO_CONTRACT:
            return queryset.filter(~Exists(contracts))
        return queryset.filter(Exists(contracts.filter(stage=chosen)))


PartnerAdmin.list_display.insert(2, contract_stages)
PartnerAdmin.list_prefetch.append("contracts")
PartnerAdmin.list_filter.insert(1, ContractStageFilter)
