"""What the database holds true of contracts and template terms."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from contracts import models
from contracts.models import Contract, ContractStage
from contracts.stages import ContractState
from partners.core.badges import Tone
from partners.models import Partner
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory

pytestmark = pytest.mark.django_db


def test_the_database_refuses_a_doubled_contract_id():
    ContractFactory(number="S-5550001")
    with pytest.raises(IntegrityError), transaction.atomic():
        ContractFactory(number="S-5550001")


@pytest.mark.parametrize(
    "values",
    [
        {"stage": "unheard_of"},
        {"stage": "none"},
        {"number": ""},
        {"start_date": date(2026, 2, 2), "end_date": date(2026, 2, 1)},
    ],
)
def test_the_database_refuses_an_impossible_contract(values):
    contract = ContractFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(**values)


def test_a_contract_may_end_on_the_day_it_starts():
    day = date(2026, 2, 1)
    assert ContractFactory(start_date=day, end_date=day).pk


def test_an_end_before_the_start_is_refused_next_to_the_end():
    contract = ContractFactory.build(start_date=date(2026, 2, 2), end_date=date(2026, 2, 1))
    with pytest.raises(ValidationError) as refused:
        contract.clean()
    assert refused.value.message_dict == {"end_date": ["A contract can't end before it starts."]}


def test_a_contract_without_a_contract_id_is_given_one():
    contract = ContractFactory(number="")
    assert contract.number.startswith("S-")
    assert str(contract) == contract.number


def test_a_contract_id_that_is_taken_is_not_made_again(monkeypatch):
    ContractFactory(number="S-100000007")
    draws = iter([7, 8])
    monkeypatch.setattr(models.secrets, "randbelow", lambda _: next(draws))
    assert ContractFactory(number="").number == "S-100000008"


def test_the_space_around_a_contract_id_is_dropped():
    contract = ContractFactory.build(number=" S-5550001 ")
    contract.clean()
    assert contract.number == "S-5550001"


def test_a_partner_can_hold_several_contracts_on_one_term():
    first = ContractFactory(stage=ContractStage.EXPIRED)
    ContractFactory(partner=first.partner, template_term=first.template_term)
    assert first.partner.contracts.count() == 2


def test_a_template_term_in_use_can_not_be_deleted():
    contract = ContractFactory()
    with pytest.raises(ProtectedError):
        contract.template_term.delete()


def test_a_partner_with_contracts_can_not_be_deleted():
    contract = ContractFactory()
    with pytest.raises(ProtectedError):
        contract.partner.delete()
    contract.delete()
    contract.partner.delete()
    assert not Partner.objects.exists()


def test_a_currency_is_three_letters_written_in_capitals():
    term = TemplateTermFactory.build(currency="eur")
    term.full_clean()
    assert term.currency == "EUR"


@pytest.mark.parametrize("currency", ["E", "EU1", "EU\n", ""])
def test_what_is_not_three_letters_is_no_currency(currency):
    with pytest.raises(ValidationError, match="currency"):
        TemplateTermFactory.build(currency=currency).full_clean()


def test_there_are_sixteen_contract_stages_that_say_what_they_mean():
    assert len(ContractStage) == 16
    assert all(stage.meaning and stage.tone in Tone for stage in ContractStage)


@pytest.mark.parametrize(
    ("stage", "state", "tone"),
    [
        (ContractStage.JOINED, ContractState.ACTIVE, Tone.ACTIVE),
        (ContractStage.SUSPENDED, ContractState.PAUSED, Tone.STOPPED),
        (ContractStage.AWAITING_CONTRACT_START, ContractState.UPCOMING, Tone.UPCOMING),
        (ContractStage.PUBLISHER_COUNTERED, ContractState.PENDING, Tone.PENDING),
        (ContractStage.PUBLISHER_DECLINED, ContractState.CLOSED, Tone.STOPPED),
        (ContractStage.EXPIRED, ContractState.CLOSED, Tone.CLOSED),
    ],
)
def test_a_stage_knows_its_state_and_its_colour(stage, state, tone):
    assert (stage.state, stage.tone) == (state, tone)


def test_deleting_a_partner_without_contracts_deletes_no_contract():
    ContractFactory()
    PartnerFactory().delete()
    assert Contract.objects.count() == 1
