"""What contracts add to partners: to their list, page and timeline, to exports, and to imports."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from contracts.filters import names_of_terms
from contracts.imports.contracts import ContractImporter
from contracts.imports.template_terms import TermImporter
from contracts.models import Contract, ContractStage
from contracts.permissions import can_add_contracts, can_filter_by_terms, can_view_contracts
from contracts.timeline import SOURCES, latest_contracts
from partners.core.badges import stage_badges
from partners.core.deletion import list_holders
from partners.core.extensions import extend
from partners.core.filtersets import ChoicesFilter, KeysFilter
from partners.core.limits import limits
from partners.exports.columns import ExportColumn, Reads, register_column
from partners.exports.expressions import Labelled, OneCell, Placed
from partners.imports.importers.registry import register_importer
from partners.models import Partner

NO_CONTRACT = "none"
CONTRACT_STAGE = "contract_stage"


@admin.display(description=_("Contracts"))
def contract_stages(partner: Partner) -> SafeString:
    """The stages of the partner's contracts, each once, in the order of the screens."""
    held = {contract.stage for contract in partner.contracts.all()}
    if not held:
        return format_html('<span class="muted">{}</span>', _("No contract"))
    return stage_badges(stage for stage in ContractStage if stage in held)


def with_contract_in(partners: QuerySet[Partner], _name: str, stages: list[str]) -> QuerySet[Partner]:
    """Those with a contract in one of the stages; None among them: or with no contract at all."""
    contracts = Contract.objects.filter(partner=OuterRef("pk"))
    found = Q(Exists(contracts.filter(stage__in=stages)))
    return partners.filter(found | ~Exists(contracts) if NO_CONTRACT in stages else found)


class TemplateTermFilter(KeysFilter):
    """Partners with a contract on any of some template terms, which is in one of the stages beside it."""

    def filter(self, partners: QuerySet[Partner], terms: list[str]) -> QuerySet[Partner]:
        if not terms:
            return partners
        contracts = Contract.objects.filter(
            partner=OuterRef("pk"), template_term__in=[int(term) for term in terms]
        )
        if stages := self.parent.form.cleaned_data[CONTRACT_STAGE]:
            contracts = contracts.filter(stage__in=stages)
        return partners.filter(Exists(contracts))


BY_STAGE = {
    CONTRACT_STAGE: ChoicesFilter(
        method=with_contract_in,
        label=_("Contract stage"),
        choices=[(NO_CONTRACT, _("None")), *ContractStage.choices],
    )
}
BY_TERM = {"template_term": TemplateTermFilter(label=_("Template term"), choices=names_of_terms)}


def contracts_of(request: HttpRequest, partner: Partner) -> str:
    """The partner's contracts, the latest first."""
    most = limits().partner_page_max_contracts
    found = latest_contracts(partner, most + 1)
    return render_to_string(
        "contracts/of_partner.html",
        {
            "partner": partner,
            "contracts": found[:most],
            "shortened": most if len(found) > most else 0,
            "may_add": can_add_contracts(request.user),
        },
    )


STAGES_EXPORTED = ExportColumn(
    key="contract_stages",
    label=_("Contract stages"),
    expression=OneCell(
        Contract.objects.annotate(
            cell=Labelled("stage", ContractStage.choices), place=Placed("stage", ContractStage.values)
        ).distinct(),
        "place",
    ),
    reads=Reads.LIST,
    width=30,
    default=False,
    allowed=can_view_contracts,
)


def contracts_on(filter_name: str) -> Callable[[Any], str]:
    """The address of the Contracts screen with those that a filter finds for a row."""
    return lambda row: f"{reverse('admin:contracts_contract_changelist')}?{filter_name}={row.pk}"


def declare() -> None:
    """Declare all of it; called by `ContractsConfig.ready()`."""
    extend(Partner, columns=[contract_stages], prefetch=["contracts"], allowed=can_view_contracts, order=2)
    extend(Partner, filters=BY_STAGE, allowed=can_view_contracts, order=1)
    extend(Partner, filters=BY_TERM, allowed=can_filter_by_terms, order=1)
    extend(Partner, panels=[contracts_of], allowed=can_view_contracts, order=0)
    extend(Partner, timeline=SOURCES, allowed=can_view_contracts, order=2)
    for field in ("template_term", "partner"):
        list_holders(Contract, field, contracts_on(f"{field}__id__exact"))
    register_column(STAGES_EXPORTED)
    register_importer(TermImporter())
    register_importer(ContractImporter())
