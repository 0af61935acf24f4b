"""The catalog: what can be asked about a partner. One declaration a field; docs/extending.md shows how.

The builder, the compiler, the sentences, the checks and the tests all read it. Nothing else has to be edited
to make a field of a model segmentable. Apps above add to it in a `conditions.py` of their own, which
`SegmentsConfig.ready()` finds.
"""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.models import BusinessModel, Membership, Partner, PartnerGroup, ProspectingStage
from segments.attributes import (
    Attribute,
    Choice,
    ChoiceAttribute,
    CodeAttribute,
    CountAttribute,
    DayAttribute,
    IdAttribute,
    Menu,
    Phrases,
    PresenceAttribute,
    ReferenceAttribute,
    Relation,
    SegmentAttribute,
    StayAttribute,
    Unchosen,
    UserAttribute,
)
from segments.causes import Cause

PARTNER = Relation(Partner, logged=True)
MEMBERSHIP = Relation(Membership, partner="partner", logged=True)
CONTRACT = Relation(
    Contract, partner="partner", one_row=True, noun=_("contract"), nouns=_("contracts"), logged=True
)

NO_CONTRACT = Choice(
    key="none", label=_("None"), meaning=_("the partner has no contract at all"), tone="closed"
)

ATTRIBUTES: list[Attribute] = [
    ChoiceAttribute(
        "contract_stage",
        _("Contract Stage"),
        relation=CONTRACT,
        menu=Menu.CONTRACT,
        path="stage",
        choices=ContractStage,
        version=1,
        missing_choice=NO_CONTRACT,
        words=Phrases(
            _("that is %s"), _("that is not %s"), many=_("that are %s"), not_many=_("that are not %s")
        ),
        since="stage_since",
    ),
    ReferenceAttribute(
        "partner_group",
        _("Partner Group"),
        relation=MEMBERSHIP,
        path="group",
        to=PartnerGroup,
        version=1,
        may_be_empty=True,
        words=Phrases(
            _("in group %s"),
            _("not in group %s"),
            several=_("in groups %s"),
            nothing=_("in no group"),
            something=_("in a group"),
        ),
    ),
    ChoiceAttribute(
        "prospecting_stage",
        _("Prospecting Stage"),
        relation=PARTNER,
        path="prospecting_stage",
        choices=ProspectingStage,
        version=1,
        select_all=True,
        words=Phrases(_("in prospecting stage %s"), _("not in prospecting stage %s")),
        since="last_transition_date",
    ),
    IdAttribute(
        "contract_id",
        _("Contract ID"),
        relation=CONTRACT,
        menu=Menu.CONTRACT,
        path="number",
        version=1,
        words=Phrases(_("with Contract ID %s"), _("whose Contract ID is not %s")),
    ),
    ReferenceAttribute(
        "partner_name",
        _("Partner Name"),
        relation=PARTNER,
        path="pk",
        to=Partner,
        version=1,
        by_text=True,
        words=Phrases(_("who are %s"), _("who are not %s"), _("whose name %s")),
    ),
    IdAttribute("partner_id", _("Partner ID"), relation=PARTNER, path="pk", version=1, number=True),
    ReferenceAttribute(
        "template_term",
        _("Partner Template Term"),
        relation=CONTRACT,
        menu=Menu.CONTRACT,
        path="template_term",
        to=TemplateTerm,
        version=1,
        by_text=True,
        words=Phrases(_("on %s"), _("not on %s"), _("on a template term whose name %s")),
    ),
    ChoiceAttribute(
        "country",
        _("Country"),
        relation=PARTNER,
        path="country",
        choices=countries,
        may_be_empty=True,
        words=Phrases(
            _("from %s"), _("not from %s"), nothing=_("without a country"), something=_("with a country")
        ),
    ),
    ChoiceAttribute(
        "business_model",
        _("Business Model"),
        relation=PARTNER,
        path="business_model",
        choices=BusinessModel,
        may_be_empty=True,
        words=Phrases(
            _("whose business model is %s"),
            _("whose business model is not %s"),
            nothing=_("without a business model"),
            something=_("with a business model"),
        ),
    ),
    PresenceAttribute(
        "email",
        _("E-mail"),
        relation=PARTNER,
        path="email",
        words=Phrases("", "", nothing=_("without an e-mail address"), something=_("with an e-mail address")),
    ),
    UserAttribute(
        "owner",
        _("Owner"),
        relation=PARTNER,
        path="owner",
        may_be_empty=True,
        words=Phrases(
            _("whose owner is %s"),
            _("whose owner is not %s"),
            nothing=_("without an owner"),
            something=_("with an owner"),
        ),
    ),
    PresenceAttribute(
        "next_step",
        _("Next Step"),
        relation=PARTNER,
        path="next_step",
        words=Phrases("", "", nothing=_("without a next step"), something=_("with a next step")),
    ),
    DayAttribute(
        "contract_start",
        _("Contract Start"),
        relation=CONTRACT,
        menu=Menu.CONTRACT,
        path="start_date",
        words=Phrases(
            _("that starts %s"),
            _("that does not start %s"),
            many=_("that start %s"),
            not_many=_("that do not start %s"),
            past=_("that started %s"),
            not_past=_("that did not start %s"),
        ),
    ),
    DayAttribute(
        "contract_end",
        _("Contract End"),
        relation=CONTRACT,
        menu=Menu.CONTRACT,
        path="end_date",
        may_be_empty=True,
        words=Phrases(
            _("that ends %s"),
            _("that does not end %s"),
            nothing=_("without an end date"),
            something=_("with an end date"),
            many=_("that end %s"),
            not_many=_("that do not end %s"),
            past=_("that ended %s"),
            not_past=_("that did not end %s"),
        ),
    ),
    DayAttribute(
        "contract_stage_since",
        _("Contract Stage Since"),
        relation=CONTRACT,
        menu=Menu.CONTRACT,
        path="stage_since",
        words=Phrases(
            _("that came into its stage %s"),
            _("that did not come into its stage %s"),
            many=_("that came into their stage %s"),
            not_many=_("that did not come into their stage %s"),
        ),
    ),
    CodeAttribute(
        "contract_currency",
        _("Contract Currency"),
        relation=CONTRACT,
        menu=Menu.CONTRACT,
        path="template_term__currency",
        pattern="[A-Z]{3}",
        words=Phrases(_("in %s"), _("not in %s")),
    ),
    DayAttribute(
        "original_joined_date",
        _("Original Joined Date"),
        relation=PARTNER,
        path="original_joined_date",
        may_be_empty=True,
        words=Phrases(
            _("who first joined %s"),
            _("who did not first join %s"),
            nothing=_("who have never joined"),
            something=_("who have joined"),
        ),
    ),
    DayAttribute(
        "last_transition_date",
        _("Last Transition Date"),
        relation=PARTNER,
        path="last_transition_date",
        may_be_empty=True,
        words=Phrases(
            _("whose prospecting stage last changed %s"),
            _("whose last change of prospecting stage was not %s"),
            nothing=_("whose prospecting stage has never changed"),
            something=_("whose prospecting stage has changed"),
        ),
    ),
    DayAttribute(
        "last_contacted",
        _("Last Contacted"),
        relation=PARTNER,
        path="last_contacted",
        may_be_empty=True,
        words=Phrases(
            _("who were last contacted %s"),
            _("who were not last contacted %s"),
            nothing=_("who have never been contacted"),
            something=_("who have been contacted"),
        ),
    ),
    DayAttribute(
        "next_step_date",
        _("Next Step Date"),
        relation=PARTNER,
        path="next_step_date",
        may_be_empty=True,
        words=Phrases(
            _("whose next step is due %s"),
            _("whose next step is not due %s"),
            nothing=_("without a date for a next step"),
            something=_("with a date for the next step"),
            past=_("whose next step was due %s"),
            not_past=_("whose next step was not due %s"),
        ),
    ),
    CountAttribute("contracts", _("Contracts"), relation=PARTNER, of=CONTRACT),
    SegmentAttribute(
        "segment",
        _("Segment"),
        relation=PARTNER,
        words=Phrases(_("in segment %s"), _("not in segment %s"), several=_("in segments %s")),
    ),
    StayAttribute(
        "segment_since",
        _("In Segment Since"),
        relation=PARTNER,
        path="entered_run__at",
        stays=Q(left_run=None),
        one_at_most=True,
        of_days=_("%(segment)s since a day %(days)s"),
        words=Phrases(_("in segment %s"), _("not in segment %s")),
    ),
    StayAttribute(
        "segment_entered",
        _("Entered Segment"),
        relation=PARTNER,
        path="entered_run__at",
        # Whoever was there at the start of tracking has not entered then.
        stays=~Q(entered_cause=Cause.START),
        of_days=_("%(segment)s %(days)s"),
        words=Phrases(_("who entered segment %s"), _("who did not enter segment %s")),
    ),
    StayAttribute(
        "segment_left",
        _("Left Segment"),
        relation=PARTNER,
        path="left_run__at",
        stays=Q(),
        of_days=_("%(segment)s %(days)s"),
        words=Phrases(_("who left segment %s"), _("who did not leave segment %s")),
    ),
]
"""In the order of the builder's list."""

NOTHING_YET = Unchosen("", _("Choose a condition"), relation=PARTNER, path="pk")
"""What a new row of the builder asks about."""
CATALOG: dict[str, Attribute] = {attribute.key: attribute for attribute in ATTRIBUTES}


def register_attribute(attribute: Attribute) -> None:
    """Add to what can be asked about; for the `conditions.py` of an app above."""
    ATTRIBUTES.append(attribute)
    CATALOG[attribute.key] = attribute


def limiting(counter: Attribute) -> list[Attribute]:
    """What can limit the rows that it counts: the fields of such a row. None where it counts nothing."""
    return [attribute.of_one_row() for attribute in ATTRIBUTES if attribute.relation == counter.counts]


LEFT_OUT: dict[str, str] = {
    "partners.Partner.website": "an address is no property to group by",
    "partners.Partner.name_folded": "the name again, as texts are compared; Partner Name asks for it",
    "contracts.Contract.id": "it is shown nowhere; people know a contract by its Contract ID",
    "contracts.Contract.partner": "the partner is who is asked about",
}
"""Fields of Partner and Contract that can't be asked about, on purpose, and why."""
