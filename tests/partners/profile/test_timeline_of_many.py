"""What imports and bulk edits did to a partner, as its timeline tells it."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse

from partners.imports.services import apply_import
from partners.models import ImportRow, Partner
from partners.stage_edits.services import apply_edit, choose, plan, undo_edit
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory
from tests.partners.imports.files import checked, csv_file, imported
from tests.partners.profile.test_timeline import address, events

pytestmark = pytest.mark.django_db


@pytest.fixture
def aurora(db):
    return PartnerFactory(id=7, name="Aurora", country="DE", email="a@example.com")


def moved(*rows, to, user):
    chosen = type(rows[0]).objects.filter(pk__in=[row.pk for row in rows])
    edit = choose(rows=chosen, user=user)
    plan(edit=edit, to=to, why="It ended")
    return apply_edit(edit=edit, allows_unusual=True, moves_along=False, user=user)


def without_day(told):
    """The events without their days and times, and without what stages mean."""
    texts = [one.partition(" 20")[2].partition(" ")[2].partition(" ")[2] for one in told]
    return [re.sub(r"(Outreach|Expired|Suspended) : .*?(?= from | by )", r"\1", text) for text in texts]


class TestImports:
    def test_say_which_columns_they_changed_and_who_sent_them(self, as_viewer, aurora):
        imported(csv_file(["ID", "Country", "Name", "E-mail"], [7, "FR", "Aurora Media", "a@example.com"]))
        assert without_day(events(as_viewer, aurora, "?only=imports")) == [
            "Import partners.csv changed name, country by ada"
        ]

    def test_say_that_they_added_the_partner(self, as_viewer):
        imported(csv_file(["ID", "Name"], [8, "Nova"]))
        told = events(as_viewer, Partner.objects.get(pk=8), "?only=imports")
        assert without_day(told) == ["Import partners.csv added the partner by ada"]

    def test_say_what_became_of_groups_and_contracts(self, as_viewer, aurora):
        PartnerGroupFactory(name="VIP")
        TemplateTermFactory(name="Standard")
        ContractFactory(number="S-1", partner=aurora)
        imported(csv_file(["Group", "Partner ID"], ["VIP", 7], ["VIP", ""]), "groups", name="groups.csv")
        rows = [
            ["S-1", "", "2030-01-01", "", "", ""],
            *([f"S-{n}", 7, "", "Standard", "New", "2026-01-01"] for n in range(2, 8)),
        ]
        headings = ["Contract ID", "Partner ID", "End", "Template term", "Stage", "Start"]
        rows = [[cell if cell != "New" else "Joined" for cell in row] for row in rows]
        imported(csv_file(headings, *rows), "contracts", name="contracts.csv")
        assert without_day(events(as_viewer, aurora, "?only=imports")) == [
            "Import contracts.csv changed end of S-1; added S-2; added S-3; and 4 more by ada",
            "Import groups.csv put it into VIP by ada",
        ]

    def test_are_not_told_before_they_are_carried_out_nor_where_they_changed_nothing(self, as_viewer, aurora):
        record = checked(csv_file(["ID", "Country"], [7, "FR"], ["x", "FR"]))
        imported(csv_file(["ID", "Country", "E-mail"], [7, "DE", "no address"]))
        assert events(as_viewer, aurora, "?only=imports") == []
        Partner.objects.filter(pk=7).update(country="GB")
        apply_import(record=record, user="ada")
        assert events(as_viewer, aurora, "?only=imports") == []

    def test_lead_to_their_page_for_those_who_may_see_it(self, as_viewer, as_editor, aurora):
        record = imported(csv_file(["ID", "Country"], [7, "FR"]))
        page = reverse("admin:partners_import_change", args=[record.pk])
        assert page in as_editor.get(address(aurora)).content.decode()
        assert page not in as_viewer.get(address(aurora)).content.decode()

    def test_are_told_as_far_as_the_rows_may_be_seen(self, as_outsider, outsider, aurora):
        ContractFactory(number="S-1", partner=aurora)
        outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
        imported(csv_file(["Contract ID", "End"], ["S-1", "2030-01-01"]), "contracts")
        imported(csv_file(["Group", "Partner ID"], ["VIP", 7]), "groups", creates=True)
        imported(csv_file(["ID", "Country"], [7, "FR"]), name="x.csv")
        told = without_day(events(as_outsider, aurora, "?only=imports"))
        assert told == ["Import x.csv changed country by ada"]

    def test_are_the_last_of_all_and_found_by_the_partner(self, as_viewer, aurora, change_limits):
        for number in range(5):
            imported(csv_file(["ID", "Website"], [7, f"https://a.example/{number}"]), name=f"{number}.csv")
        change_limits(history_max_changes=2)
        told = without_day(events(as_viewer, aurora, "?only=imports&all=1"))
        assert [one.split()[1] for one in told] == ["4.csv", "3.csv"]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
            plan_of_it = ImportRow.objects.filter(partner_id=7).explain()
        assert "importrow_partner_idx" in plan_of_it

    def test_say_how_long_they_are_told(self, as_viewer, aurora):
        page = as_viewer.get(address(aurora, "?only=imports")).content.decode()
        assert "Kept for 30 days after an import." in page
        assert "Kept for" not in as_viewer.get(address(aurora)).content.decode()

    def test_keep_what_stands_in_a_file_from_being_read_as_markup(self, as_viewer, aurora):
        imported(csv_file(["Group", "Partner ID"], ["<b>", 7]), "groups", creates=True, name="<i>.csv")
        page = as_viewer.get(address(aurora)).content.decode()
        assert "&lt;i&gt;.csv" in page
        assert "put it into &lt;b&gt;" in page


class TestBulkEdits:
    def test_of_contracts_are_one_event_each(self, as_viewer, superuser, aurora):
        contracts = [ContractFactory(number=f"S-{n}", partner=aurora, stage="suspended") for n in range(1, 6)]
        other = ContractFactory(stage="suspended")
        moved(*contracts, other, to="expired", user=superuser)
        event = "Bulk edit moved 5 contracts to Expired by superuser “ It ended ” S-1 , S-2 , S-3 and 2 more"
        assert without_day(events(as_viewer, aurora, "?only=edits")) == [event]
        everything = without_day(events(as_viewer, aurora))
        assert event in everything
        assert not any("Expired" in one for one in everything if one != event)
        singly = without_day(events(as_viewer, aurora, "?only=contracts"))
        assert sum("Expired from Suspended by superuser" in one for one in singly) == 5

    def test_of_partners_say_what_they_did_once(self, as_viewer, superuser, aurora):
        moved(aurora, to="outreach", user=superuser)
        event = "Bulk edit moved the partner to Outreach from New by superuser “ It ended ”"
        assert without_day(events(as_viewer, aurora, "?only=edits")) == [event]
        assert sum("Outreach" in one for one in events(as_viewer, aurora)) == 1
        assert "Outreach from New" in "".join(without_day(events(as_viewer, aurora, "?only=stages")))

    def test_and_their_undo_are_told_apart(self, as_viewer, superuser, aurora):
        contract = ContractFactory(number="S-1", partner=aurora, stage="suspended")
        edit = moved(contract, to="expired", user=superuser)
        undo_edit(edit=edit, user=superuser, why="")
        told = without_day(events(as_viewer, aurora, "?only=edits"))
        assert [one.partition(" by ")[0] for one in told] == [
            "Bulk edit moved 1 contract to Suspended",
            "Bulk edit moved 1 contract to Expired",
        ]

    def test_lead_to_their_page_for_superusers(self, as_superuser, as_editor, superuser, aurora):
        page = reverse(
            "admin:partners_stageedit_change", args=[moved(aurora, to="outreach", user=superuser).pk]
        )
        assert page in as_superuser.get(address(aurora)).content.decode()
        assert page not in as_editor.get(address(aurora)).content.decode()

    def test_of_contracts_are_told_to_those_who_may_see_contracts(
        self, as_outsider, outsider, superuser, aurora
    ):
        outsider.user_permissions.set(Permission.objects.filter(codename="view_partner"))
        moved(ContractFactory(partner=aurora, stage="suspended"), to="expired", user=superuser)
        assert not any("Bulk edit" in one for one in events(as_outsider, aurora))
