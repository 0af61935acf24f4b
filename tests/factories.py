"""Rows for tests, with plausible values where a test names none."""

from datetime import date

import factory
from django.contrib.auth import get_user_model
from factory.django import DjangoModelFactory

from contracts.models import Contract, ContractStage, TemplateTerm
from partners.models import Note, NoteKind, Partner, PartnerGroup, ProspectingStage


class UserFactory(DjangoModelFactory):
    class Meta:
        model = get_user_model()

    username = factory.Sequence(lambda number: f"staff{number:05}")
    is_staff = True


class PartnerGroupFactory(DjangoModelFactory):
    class Meta:
        model = PartnerGroup

    name = factory.Sequence(lambda number: f"Group {number:05}")


class PartnerFactory(DjangoModelFactory):
    """A partner; `groups=[…]` puts it in them."""

    class Meta:
        model = Partner
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Partner {number:05}")
    prospecting_stage = ProspectingStage.NEW

    @factory.post_generation
    def groups(self, create, extracted, **kwargs):
        if create and extracted:
            self.groups.set(extracted)


class NoteFactory(DjangoModelFactory):
    """As it is stored: the partner's last contact is not kept."""

    class Meta:
        model = Note

    partner = factory.SubFactory(PartnerFactory)
    kind = NoteKind.CALL
    happened_on = date(2026, 2, 3)
    text = "Wants a longer cookie window."
    user_name = "mara"


class TemplateTermFactory(DjangoModelFactory):
    class Meta:
        model = TemplateTerm

    name = factory.Sequence(lambda number: f"Term {number:05}")
    currency = "EUR"


class ContractFactory(DjangoModelFactory):
    class Meta:
        model = Contract

    number = factory.Sequence(lambda number: f"S-{5_550_001 + number}")
    partner = factory.SubFactory(PartnerFactory)
    template_term = factory.SubFactory(TemplateTermFactory)
    stage = ContractStage.JOINED
    start_date = date(2025, 2, 3)
