"""What others write between the look at the row of a form and its being saved."""

from datetime import UTC, date, datetime

import pytest
from django.forms import model_to_dict
from django.urls import reverse

from contracts.models import Contract
from partners.models import NoteKind
from partners.notes.services import NoteValues, write_note
from partners.stage_edits.forms import StagedForm
from tests.factories import ContractFactory, PartnerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(as_editor, monkeypatch):
    """Sends the form of a row, with other values, while something happens."""
    clean = StagedForm.clean

    def send(row, happens, **values):
        def meanwhile(form):
            happens()
            return clean(form)

        monkeypatch.setattr(StagedForm, "clean", meanwhile)
        page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        shown = {name: value or "" for name, value in model_to_dict(row).items()}
        return as_editor.post(page, {**shown, **values})

    return send


def test_a_note_written_meanwhile_keeps_the_last_contact(save):
    partner, day = PartnerFactory(name="Aurora"), date(2026, 6, 1)
    values = NoteValues(NoteKind.CALL, day, "Spoke with them.")
    save(partner, lambda: write_note(partner=partner, values=values), name="Boreal")
    partner.refresh_from_db()
    assert (partner.name, partner.name_folded, partner.last_contacted) == ("Boreal", "boreal", day)


def test_the_time_of_a_stage_is_not_taken_back(save):
    contract, since = ContractFactory(number="S-1"), datetime(2026, 6, 1, 12, tzinfo=UTC)
    save(contract, lambda: Contract.objects.update(stage_since=since), number="S-2")
    contract.refresh_from_db()
    assert (contract.number, contract.stage_since) == ("S-2", since)


@pytest.mark.parametrize("make", [PartnerFactory, ContractFactory])
def test_a_row_deleted_meanwhile_is_not_made_again(save, make):
    row = make()
    assert save(row, lambda: type(row).objects.all().delete()).status_code == 404
