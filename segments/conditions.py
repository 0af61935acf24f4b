"""The catalog: what can be asked about a partner. One declaration a field; docs/extending.md shows how.

The builder, the compiler, the sentences, the checks and the tests all read it. Nothing else has to be edited
to make a field of a model segmentable.
"""

from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.models import Membership, Partner, PartnerGroup, ProspectingStage
from segments.attributes import (
    Choice,
    ChoiceCondition,
    Kind,
    ReferenceCondition,
    Relation,
    TypedCondition,
    Words,
)

PARTNER = Relation(Partner)
MEMBERSHIP = Relation(Membership, partner="partner")
CONTRACT = Relation(Contract, partner="partner", one_row=True, noun=_("contract"))

NO_CONTRACT = Choice(
    key="none", label=_("None"), meaning=_("the partner has no contract at all"), tone="closed"
)

CONDITIONS: tuple[Kind, ...] = (
    ChoiceCondition(
        "contract_stage",
        _("Contract Stage"),
        on=CONTRACT,
        path="stage",
        choices=ContractStage,
        absent=NO_CONTRACT,
        words=Words(_("that is %s"), _("that is %s")),
        since="stage_since",
    ),
    ReferenceCondition(
        "partner_group",
        _("Partner Group"),
        on=MEMBERSHIP,
        path="group",
        to=PartnerGroup,
        words=Words(
            _("in group %s"), _("not in group %s"), several=_("in groups %s"), nothing=_("in no group")
        ),
    ),
    ChoiceCondition(
        "prospecting_stage",
        _("Prospecting Stage"),
        on=PARTNER,
        path="prospecting_stage",
        choices=ProspectingStage,
        select_all=True,
        words=Words(_("in prospecting stage %s"), _("not in prospecting stage %s")),
        since="last_transition_date",
    ),
    TypedCondition(
        "contract_id",
        _("Contract ID"),
        on=CONTRACT,
        path="number",
        words=Words(_("with Contract ID %s"), _("with Contract ID %s")),
    ),
    ReferenceCondition(
        "partner_name",
        _("Partner Name"),
        on=PARTNER,
        path="pk",
        to=Partner,
        by_text=True,
        words=Words(_("who are %s"), _("who are not %s"), _("whose name %s")),
    ),
    TypedCondition("partner_id", _("Partner ID"), on=PARTNER, path="pk", number=True),
    ReferenceCondition(
        "template_term",
        _("Partner Template Term"),
        on=CONTRACT,
        path="template_term",
        to=TemplateTerm,
        by_text=True,
        words=Words(_("on %s"), _("on %s"), _("on a template term whose name %s")),
    ),
)

CATALOG: dict[str, Kind] = {kind.key: kind for kind in CONDITIONS}

LATER = "not something that staff segment by today; one declaration makes it so"

LEFT_OUT: dict[str, str] = {
    "partners.Partner.email": "an address is no property to group by",
    "partners.Partner.website": "an address is no property to group by",
    "partners.Partner.name_folded": "the name again, as texts are compared; Partner Name asks for it",
    "partners.Partner.country": LATER,
    "partners.Partner.business_model": LATER,
    "partners.Partner.original_joined_date": LATER,
    "partners.Partner.last_transition_date": LATER,
    "contracts.Contract.id": "nobody ever sees it; people know a contract by its Contract ID",
    "contracts.Contract.partner": "the partner is who is asked about",
    "contracts.Contract.start_date": LATER,
    "contracts.Contract.end_date": LATER,
    "contracts.Contract.stage_since": LATER,
}
"""Fields of Partner and Contract that can't be asked about, on purpose, and why."""
