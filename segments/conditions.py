"""The catalog: what can be asked about a partner. One declaration a field; docs/extending.md shows how.

The builder, the compiler, the sentences, the checks and the tests all read it. Nothing else has to be edited
to make a field of a model segmentable. Apps above add to it in a `conditions.py` of their own, which
`SegmentsConfig.ready()` finds.
"""

from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.models import Membership, Partner, PartnerGroup, ProspectingStage
from segments.attributes import (
    Attribute,
    Choice,
    ChoiceAttribute,
    IdAttribute,
    Phrases,
    ReferenceAttribute,
    Relation,
)

PARTNER = Relation(Partner)
MEMBERSHIP = Relation(Membership, partner="partner")
CONTRACT = Relation(Contract, partner="partner", one_row=True, noun=_("contract"))

NO_CONTRACT = Choice(
    key="none", label=_("None"), meaning=_("the partner has no contract at all"), tone="closed"
)

ATTRIBUTES: list[Attribute] = [
    ChoiceAttribute(
        "contract_stage",
        _("Contract Stage"),
        relation=CONTRACT,
        path="stage",
        choices=ContractStage,
        missing_choice=NO_CONTRACT,
        words=Phrases(_("that is %s"), _("that is %s")),
        since="stage_since",
    ),
    ReferenceAttribute(
        "partner_group",
        _("Partner Group"),
        relation=MEMBERSHIP,
        path="group",
        to=PartnerGroup,
        words=Phrases(
            _("in group %s"), _("not in group %s"), several=_("in groups %s"), nothing=_("in no group")
        ),
    ),
    ChoiceAttribute(
        "prospecting_stage",
        _("Prospecting Stage"),
        relation=PARTNER,
        path="prospecting_stage",
        choices=ProspectingStage,
        select_all=True,
        words=Phrases(_("in prospecting stage %s"), _("not in prospecting stage %s")),
        since="last_transition_date",
    ),
    IdAttribute(
        "contract_id",
        _("Contract ID"),
        relation=CONTRACT,
        path="number",
        words=Phrases(_("with Contract ID %s"), _("with Contract ID %s")),
    ),
    ReferenceAttribute(
        "partner_name",
        _("Partner Name"),
        relation=PARTNER,
        path="pk",
        to=Partner,
        by_text=True,
        words=Phrases(_("who are %s"), _("who are not %s"), _("whose name %s")),
    ),
    IdAttribute("partner_id", _("Partner ID"), relation=PARTNER, path="pk", number=True),
    ReferenceAttribute(
        "template_term",
        _("Partner Template Term"),
        relation=CONTRACT,
        path="template_term",
        to=TemplateTerm,
        by_text=True,
        words=Phrases(_("on %s"), _("on %s"), _("on a template term whose name %s")),
    ),
]
"""In the order of the builder's list."""

CATALOG: dict[str, Attribute] = {attribute.key: attribute for attribute in ATTRIBUTES}


def register_attribute(attribute: Attribute) -> None:
    """Add to what can be asked about; for the `conditions.py` of an app above."""
    ATTRIBUTES.append(attribute)
    CATALOG[attribute.key] = attribute


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
