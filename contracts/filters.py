"""What the lists of contracts and template terms can be filtered by."""

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, ContractStage, TemplateTerm
from contracts.permissions import can_view_terms
from contracts.stages import ContractState
from partners.core.filtersets import (
    ChoicesFilter,
    DayFilter,
    KeyFilter,
    KeysFilter,
    ListFilterSet,
    MenuFilter,
)
from partners.core.names import identifier
from partners.core.widgets import is_key
from partners.models import Partner
from partners.permissions import can_view_partners
from partners.stage_edits.filters import StageEditFilter

USUAL_PREFIX = "S-"
PARTNER = "partner__id__exact"
"""The name of the filter by partner."""
ENDS = [
    ("in_30_days", _("In the next 30 days")),
    ("in_90_days", _("In the next 90 days")),
    ("ended", _("Ended")),
    ("open", _("Open-ended")),
]


def has_number(term: str) -> Q:
    """The Contract ID begins with a search, in any of its usual letters, or without its prefix."""
    number = identifier(term)
    beginnings = {number, number.upper(), number.lower(), USUAL_PREFIX + number}
    return reduce(or_, (Q(number__startswith=beginning) for beginning in sorted(beginnings)))


def names_of_terms() -> Iterable[tuple[int, str]]:
    """The primary key and name of each template term, for menus."""
    return TemplateTerm.objects.values_list("pk", "name")


def currencies() -> Iterable[tuple[str, str]]:
    """The currencies of the template terms, for menus."""
    found = TemplateTerm.objects.order_by("currency").values_list("currency", flat=True).distinct()
    return [(currency, currency) for currency in found]


def stages_of(states: Iterable[str]) -> list[ContractStage]:
    """The stages that stand for any of some states of affairs."""
    return [stage for state in states for stage in ContractStage.of(ContractState(state))]


class PartnerFilter(KeyFilter):
    """The contracts of a partner. Other screens lead here; there is nothing to choose among all."""

    @property
    def field(self) -> Any:
        """With the partner who is asked for."""
        key = self.parent.data.get(PARTNER, "")
        self.extra["choices"] = self._named(key) if is_key(key) else []
        return super().field

    def _named(self, key: str) -> list[tuple[str, str]]:
        """The partner's name; the mere key for those who may see no partners but in their contracts."""
        request = self.parent.request
        sees_all = request is None or can_view_partners(request.user)
        partners = Partner.objects.filter(pk=int(key))
        if not sees_all:
            partners = partners.filter(Exists(Contract.objects.filter(partner=OuterRef("pk"))))
        partner = partners.first()
        return [(key, str(partner) if partner else key)] if partner or not sees_all else []


class ContractFilterSet(ListFilterSet):
    """By stage, state, template term, currency, days of start and end, partner, and bulk edit of stages."""

    stage__exact = ChoicesFilter("stage", label=_("Stage"), choices=ContractStage.choices)
    state = ChoicesFilter(method="in_state", label=_("State"), choices=ContractState.choices)
    template_term__id__exact = KeysFilter(
        "template_term", label=_("Template term"), choices=names_of_terms, allowed=can_view_terms
    )
    currency = ChoicesFilter("template_term__currency", label=_("Currency"), choices=currencies)
    ends = MenuFilter(method="ending", label=_("Ends"), choices=ENDS)
    start_date__gte = DayFilter("start_date", "gte", label=_("Starts from"))
    start_date__lte = DayFilter("start_date", "lte", label=_("Starts until"))
    end_date__gte = DayFilter("end_date", "gte", label=_("Ends from"))
    end_date__lte = DayFilter("end_date", "lte", label=_("Ends until"))
    partner__id__exact = PartnerFilter("partner", label=_("Partner"))
    stage_edit = StageEditFilter()

    class Meta:
        model = Contract
        fields: list[str] = []

    def in_state(self, contracts: QuerySet[Contract], _name: str, states: list[str]) -> QuerySet[Contract]:
        """Those in one of the stages of some states of affairs."""
        return contracts.filter(stage__in=stages_of(states))

    def ending(self, contracts: QuerySet[Contract], _name: str, when: str) -> QuerySet[Contract]:
        """Those that end then. Today is the first of the next days: contracts hold on their last day."""
        today = self.moment.today
        if when == "open":
            return contracts.filter(end_date=None)
        if when == "ended":
            return contracts.filter(end_date__lt=today)
        days = {"in_30_days": 30, "in_90_days": 90}[when]
        return contracts.filter(end_date__gte=today, end_date__lt=today + timedelta(days=days))


class TemplateTermFilterSet(ListFilterSet):
    """By whether new contracts can be given the term, and by currency."""

    archived__exact = MenuFilter(
        "archived", label=_("New contracts"), choices=[("0", _("Open")), ("1", _("Archived"))]
    )
    currency__exact = MenuFilter("currency", label=_("Currency"), choices=currencies)

    class Meta:
        model = TemplateTerm
        fields: list[str] = []
