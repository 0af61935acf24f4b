import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.imports.errors import Conflict
from partners.imports.importers.groups import GroupImporter
from partners.imports.services import apply_import
from partners.models import Membership, Partner, PartnerGroup
from tests.factories import PartnerFactory, PartnerGroupFactory
from tests.partners.imports.files import checked, csv_file, imported, numbers, reasons

pytestmark = pytest.mark.django_db

HEADINGS = ["Group", "Partner ID"]


def test_partners_are_put_into_groups_and_nobody_is_taken_out():
    vip = PartnerGroupFactory(name="VIP")
    for pk in (1, 2, 3):
        PartnerFactory(id=pk, groups=[vip] if pk != 2 else [])
    record = imported(csv_file(HEADINGS, ["vip", 1], ["VIP", 2], ["Gold", 1]), "groups", creates=True)
    assert numbers(record) == {"new": 2, "unchanged": 1}
    members = Membership.objects.values_list("group__name", "partner")
    assert set(members) == {("VIP", 1), ("VIP", 2), ("VIP", 3), ("Gold", 1)}


def test_a_row_may_name_a_group_alone():
    record = imported(csv_file(["Partner group"], ["VIP"], ["Gold"]), "groups", creates=True)
    assert numbers(record) == {"new": 2}
    assert numbers(imported(csv_file(["Group"], ["vip"]), "groups")) == {"unchanged": 1}
    assert PartnerGroup.objects.count() == 2


def test_a_row_is_shown_with_its_partner():
    PartnerFactory(id=7, name="Fern")
    record = checked(csv_file(HEADINGS, ["VIP", 7], ["Gold", ""]), "groups", creates=True)
    importer = GroupImporter()
    titles = importer.titles(list(record.planned.values_list("key", flat=True)))
    assert {importer.shown_key(key): name for key, name in titles.items()} == {"7": "Fern", "": ""}


def test_unknown_partners_and_unwanted_groups_are_refused():
    PartnerFactory(id=1)
    PartnerGroupFactory(name="VIP")
    rows = [["VIP", 2], ["Gold", 1], ["", 1], ["VIP", "x"], ["VIP", 1], ["vip", "1.0"]]
    record = checked(csv_file(HEADINGS, *rows), "groups")
    assert reasons(record) == [
        (2, "partner", "There is no partner with the Partner ID 2."),
        (3, "group", "There is no group “Gold”. To make it, tick “Create groups that don't exist yet”."),
        (4, "group", "Group is missing."),
        (5, "partner", "“x” is no Partner ID: a whole number above 0, of at most 15 digits."),
        (6, "group", "Row 7 has the same Group and Partner ID."),
        (7, "group", "Row 6 has the same Group and Partner ID."),
    ]


def test_a_group_alone_that_stands_twice_is_refused_for_its_name():
    record = checked(csv_file(["Group"], ["VIP"], ["vip"]), "groups", creates=True)
    assert [why for _row, _column, why in reasons(record)] == [
        "Row 3 has the same Group and no Partner ID.",
        "Row 2 has the same Group and no Partner ID.",
    ]


def test_who_was_deleted_or_put_in_meanwhile_is_left_alone():
    vip = PartnerGroupFactory(name="VIP")
    for pk in (1, 2, 3):
        PartnerFactory(id=pk)
    record = checked(csv_file(HEADINGS, ["VIP", 1], ["VIP", 2], ["VIP", 3]), "groups")
    Partner.objects.filter(pk=1).delete()
    Partner.objects.get(pk=2).groups.add(vip)
    assert numbers(apply_import(record=record, user="ada")) == {"new": 3, "overtaken": 2}
    assert set(Membership.objects.values_list("partner", flat=True)) == {2, 3}


def test_who_is_put_in_at_the_very_moment_stops_nothing(monkeypatch):
    vip = PartnerGroupFactory(name="VIP")
    for pk in (1, 2):
        PartnerFactory(id=pk)
    record = checked(csv_file(HEADINGS, ["VIP", 1], ["VIP", 2]), "groups")
    Membership.objects.create(group=vip, partner_id=1)
    monkeypatch.setattr("partners.imports.importers.groups._members", lambda *_asked: set())
    apply_import(record=record, user="ada")
    assert set(Membership.objects.values_list("partner", flat=True)) == {1, 2}


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("kind", "rows"),
    [("groups", [HEADINGS, ["VIP", 1]]), ("partners", [["Partner ID", "Groups"], [1, "VIP"]])],
)
def test_groups_are_locked_before_partners_as_by_who_changes_a_group(kind, rows):
    PartnerGroupFactory(name="VIP")
    PartnerFactory(id=1)
    record = checked(csv_file(*rows), kind)
    with CaptureQueriesContext(connection) as asked:
        apply_import(record=record, user="ada")
    locks = [one["sql"] for one in asked if "FOR NO KEY UPDATE" in one["sql"]]
    [group, partner] = [
        next(at for at, sql in enumerate(locks) if f'FROM "partners_{table}"' in sql)
        for table in ("partnergroup", "partner")
    ]
    assert group < partner


def test_a_group_that_is_gone_meanwhile_stops_the_whole_import():
    PartnerFactory(id=1)
    group = PartnerGroupFactory(name="VIP")
    record = checked(csv_file(HEADINGS, ["VIP", 1]), "groups")
    group.delete()
    with pytest.raises(Conflict):
        apply_import(record=record, user="ada")


@pytest.mark.parametrize("cell", ["VIP, Gold", "VIP|gold", "Gold; VIP"])
def test_several_groups_in_one_cell_are_no_new_group(cell):
    PartnerFactory(id=1)
    for name in ("VIP", "Gold"):
        PartnerGroupFactory(name=name)
    [(_row, column, why)] = reasons(checked(csv_file(HEADINGS, [cell, 1]), "groups", creates=True))
    assert column == "group"
    assert why.endswith("names several groups. Give each a row of its own.")


def test_a_new_group_with_a_comma_is_one():
    PartnerGroupFactory(name="Food")
    record = imported(csv_file(["Group"], ["Food, Drinks"]), "groups", creates=True)
    assert numbers(record) == {"new": 1}
    assert numbers(imported(csv_file(["Group"], ["food, drinks"]), "groups")) == {"unchanged": 1}
