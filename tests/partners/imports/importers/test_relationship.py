"""Owners, next steps and their dates in a file of partners."""

from datetime import date
from io import BytesIO

import pytest

from partners.exports.columns import COLUMNS
from partners.exports.table import ExportTable
from partners.exports.writers.csv_writer import csv_chunks
from partners.imports.errors import Conflict
from partners.imports.services import apply_import
from partners.models import Partner
from tests.factories import PartnerFactory, UserFactory
from tests.partners.imports.files import checked, csv_file, imported, numbers

pytestmark = pytest.mark.django_db
HEADINGS = ["Partner ID", "Name", "Owner", "Next step", "Next step date"]


@pytest.fixture
def mara(db):
    return UserFactory(username="mara")


def told(partner):
    partner = Partner.objects.get(pk=partner.pk if isinstance(partner, Partner) else partner)
    return partner.owner and partner.owner.username, partner.next_step, partner.next_step_date


def left_out(record):
    found = {}
    for row in record.planned.filter(left_out__isnull=False):
        found |= row.left_out
    return found


def test_come_with_a_new_partner(mara):
    imported(csv_file(HEADINGS, [7, "Aurora", "mara", "Send the\noffer", "2026-12-03"]))
    assert told(7) == ("mara", "Send the offer", date(2026, 12, 3))


def test_change_those_of_a_partner_and_leave_what_the_file_does_not_say(mara):
    partner = PartnerFactory(id=7, owner=UserFactory(), next_step="Call", next_step_date=date(2026, 1, 1))
    record = imported(csv_file(["ID", "Account manager", "Next action"], [7, "MARA", ""]))
    assert numbers(record) == {"changed": 1}
    assert told(partner) == ("mara", "Call", date(2026, 1, 1))
    again = imported(csv_file(["ID", "Owner", "Next step due"], [7, "mara", "2026-01-02"]))
    assert again.planned.get().changes == {"next_step_date": ["2026-01-01", "2026-01-02"]}
    assert told(partner)[2] == date(2026, 1, 2)


def test_of_two_users_whose_names_differ_in_letters_alone_each_is_found(mara):
    UserFactory(username="Mara")
    imported(csv_file(HEADINGS[:3], [1, "A", "Mara"], [2, "B", "mara"]))
    assert [told(key)[0] for key in (1, 2)] == ["Mara", "mara"]


@pytest.mark.parametrize("flag", ["is_staff", "is_active"])
def test_an_owner_who_can_be_chosen_no_more_is_left_out_but_stays(mara, flag):
    setattr(mara, flag, False)
    mara.save()
    old, new = PartnerFactory(id=7, owner=mara), PartnerFactory(id=8)
    record = imported(csv_file(["ID", "Owner", "Country"], [7, "mara", "DE"], [8, "mara", "DE"]))
    assert numbers(record) == {"changed": 2}
    assert left_out(record) == {"owner": "No member of staff has the user name “mara”."}
    assert [told(one)[0] for one in (old, new)] == ["mara", None]


def test_a_date_without_a_step_is_left_out(mara):
    partner = PartnerFactory(id=7)
    record = imported(csv_file(["ID", "Country", "Next step date"], [7, "DE", "2026-12-03"]))
    assert numbers(record) == {"changed": 1}
    assert left_out(record) == {"next_step_date": "There is no next step that this date could be of."}
    assert told(partner)[2] is None


def test_a_step_that_is_too_long_is_left_out_and_the_rest_imported(mara):
    record = imported(csv_file(HEADINGS, [7, "Aurora", "mara", "x" * 201, ""]))
    assert list(left_out(record)) == ["next_step"]
    assert told(7) == ("mara", "", None)


def test_an_owner_who_goes_between_check_and_import_stops_it(mara):
    record = checked(csv_file(HEADINGS[:3], [7, "Aurora", "mara"]))
    mara.delete()
    with pytest.raises(Conflict, match="deleted or renamed a user"):
        apply_import(record=record, user="ada")
    assert not Partner.objects.exists()


def test_who_changed_the_owner_meanwhile_is_not_overwritten(mara):
    partner = PartnerFactory(id=7)
    record = checked(csv_file(["ID", "Owner"], [7, "mara"]))
    other = UserFactory(username="otto")
    Partner.objects.filter(pk=7).update(owner=other)
    assert apply_import(record=record, user="ada").overtaken == 1
    assert told(partner)[0] == "otto"


@pytest.mark.parametrize("step", ["=1+1", "N/A", "'t Hof", "-call", "2026-06-01", "a; b", "[]"])
def test_an_export_of_them_is_read_as_it_was(step):
    owner = UserFactory(username="+mara@example.org")
    PartnerFactory(id=7, owner=owner, next_step=step, next_step_date=date(2026, 12, 3))
    columns = [
        column
        for column in COLUMNS
        if column.key in ("partner_id", "name", "owner", "next_step", "next_step_date")
    ]
    content = b"".join(csv_chunks(ExportTable(tuple(columns), Partner.objects.all())))
    Partner.objects.update(owner=None, next_step="", next_step_date=None)
    record = imported(BytesIO(content))
    assert numbers(record) == {"changed": 1}
    assert told(7) == (owner.username, step, date(2026, 12, 3))
