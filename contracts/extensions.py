"""What contracts add to partners: to their list and page, to exports, and to the kinds of files to import."""

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from contracts.filters import names_of_terms
from contracts.imports.contracts import ContractImporter
from contracts.imports.template_terms import TermImporter
from contracts.models import Contract, ContractStage
from contracts.permissions import can_add_contracts, can_view_contracts
from contracts.timeline import histories
from partners.core.badges import stage_badges
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


FILTERS = {
    CONTRACT_STAGE: ChoicesFilter(
        method=with_contract_in,
        label=_("Contract stage"),
        choices=[(NO_CONTRACT, _("None")), *ContractStage.choices],
    ),
    "template_term": TemplateTermFilter(label=_("Template term"), choices=names_of_terms),
}


def contracts_of(request: HttpRequest, partner: Partner) -> str:
    """The partner's contracts and their history in time order."""
    latest = partner.contracts.select_related("template_term").order_by("-start_date", "-pk")
    found = list(latest[: limits().partner_page_max_contracts + 1])
    contracts = found[: limits().partner_page_max_contracts][::-1]
    events = histories(contracts, request.user)
    return render_to_string(
        "contracts/of_partner.html",
        {
            "partner": partner,
            "contracts": [(contract, events[contract.pk]) for contract in contracts],
            "shortened": limits().partner_page_max_contracts
            if len(found) > limits().partner_page_max_contracts
            else 0,
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


def declare() -> None:
    """Declare all of it; called by `ContractsConfig.ready()`."""
    extend(Partner, columns=[contract_stages], prefetch=["contracts"], allowed=can_view_contracts, order=2)
    extend(Partner, filters=FILTERS, allowed=can_view_contracts, order=1)
    extend(Partner, panels=[contracts_of], allowed=can_view_contracts, order=0)
    register_column(STAGES_EXPORTED)
    register_importer(TermImporter())
    register_importer(ContractImporter())
