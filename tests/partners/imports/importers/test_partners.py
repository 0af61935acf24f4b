from datetime import date, datetime

import pytest
from django.utils import timezone

from partners.imports import services
from partners.imports.errors import Conflict
from partners.imports.services import apply_import, start_check
from partners.models import Membership, Partner, PartnerGroup, PartnerStageChange
from partners.models.imports import ImportStatus
from tests.factories import PartnerFactory, PartnerGroupFactory, UserFactory
from tests.partners.imports.files import checked, csv_file, imported, numbers, reasons, workbook

pytestmark = pytest.mark.django_db

HEADINGS = ["Partner ID", "Name", "E-mail", "Website", "Stage", "Groups", "Country", "Business model"]
AURORA = [
    "700,123", "Aurora Media", "ada@example.org", "aurora.example", "rejected by YOU", "VIP; Gold", "Germany",
    "content reviews",
]  # fmt: skip


def test_a_new_partner_has_all_that_the_file_says():
    record = imported(csv_file([*HEADINGS, "Joined"], [*AURORA, "2025-02-03"]), creates=True)
    assert numbers(record) == {"new": 1}
    partner = Partner.objects.get()
    assert (partner.pk, partner.name, partner.email) == (700123, "Aurora Media", "ada@example.org")
    assert (partner.website, partner.country.code) == ("https://aurora.example", "DE")
    assert (partner.prospecting_stage, partner.business_model) == ("rejected_by_you", "content_reviews")
    assert partner.original_joined_date == date(2025, 2, 3)
    assert partner.last_transition_date is None
    assert {group.name for group in partner.groups.all()} == {"VIP", "Gold"}
    assert Partner.objects.named("AURORA media").exists()


def test_nothing_is_written_before_it_is_confirmed():
    record = checked(csv_file(HEADINGS, AURORA), creates=True)
    assert numbers(record) == {"new": 1}
    assert record.created_names == ["Gold", "VIP"]
    assert not Partner.objects.exists()
    assert not PartnerGroup.objects.exists()


def test_the_same_file_twice_changes_nothing():
    imported(csv_file(HEADINGS, AURORA), creates=True)
    again = imported(csv_file(HEADINGS, AURORA), creates=True)
    assert numbers(again) == {"unchanged": 1}
    assert PartnerStageChange.objects.count() == 1


def test_groups_are_the_same_whatever_their_order_and_the_case_of_their_names():
    groups = [PartnerGroupFactory(name=name) for name in ("apple", "Éclair", "Banana", "cherry", "zebra")]
    PartnerFactory(id=1, groups=groups)
    assert numbers(checked(csv_file(["Id", "Groups"], [1, "ZEBRA; cherry; éclair; Apple; banana"]))) == {
        "unchanged": 1
    }


def test_changes_are_shown_cell_by_cell():
    PartnerFactory(id=1, name="Old", email="a@example.org", groups=[PartnerGroupFactory(name="VIP")])
    PartnerGroupFactory(name="Gold")
    record = checked(
        csv_file(["Id", "Name", "Email", "Stage", "Group"], [1, "New", "A@example.org", "joined", "gold"])
    )
    assert record.planned.get().changes == {
        "name": ["Old", "New"],
        "email": ["a@example.org", "A@example.org"],
        "prospecting_stage": ["new", "joined"],
        "groups": [["VIP"], ["Gold"]],
    }


def test_an_empty_cell_and_an_absent_column_leave_things_as_they_are():
    partner = PartnerFactory(id=1, name="A", email="a@example.org", groups=[PartnerGroupFactory(name="VIP")])
    record = imported(csv_file(["Id", "Name", "E-mail", "Groups", "Country"], [1, "B", "", "", ""]))
    assert numbers(record) == {"changed": 1}
    partner.refresh_from_db()
    assert (partner.name, partner.email, partner.name_folded) == ("B", "a@example.org", "b")
    assert [group.name for group in partner.groups.all()] == ["VIP"]


def test_groups_in_the_file_replace_the_partners_groups():
    vip, gold, blocked = (PartnerGroupFactory(name=name) for name in ("VIP", "Gold", "Blocked"))
    PartnerFactory(id=1, groups=[vip, gold])
    PartnerFactory(id=2, groups=[blocked])
    imported(csv_file(["Id", "Groups"], [1, "Gold; Blocked"]))
    assert set(Membership.objects.values_list("partner", "group")) == {
        (1, gold.pk),
        (1, blocked.pk),
        (2, blocked.pk),
    }


def test_one_row_a_group_is_one_partner_in_all_of_them():
    rows = [[1, "A", "VIP"], [2, "B", "VIP"], [1, "A", "Gold"], [1, "", "Blocked"]]
    record = imported(csv_file(["Id", "Name", "Group"], *rows), creates=True)
    assert numbers(record) == {"new": 2, "repeated": 2}
    assert {group.name for group in Partner.objects.get(pk=1).groups.all()} == {"VIP", "Gold", "Blocked"}


def test_repeated_rows_are_found_however_far_apart(change_limits):
    change_limits(import_part_rows=2)
    rows = [
        [1, "A", "VIP"],
        [2, "B", "VIP"],
        [3, "C", "VIP"],
        [4, "D", "Gold"],
        [1, "A", "Gold"],
        [3, "C", "Gold"],
    ]
    record = imported(csv_file(["Id", "Name", "Group"], *rows), creates=True)
    assert numbers(record) == {"new": 4, "repeated": 2}
    assert Membership.objects.count() == 6
    assert record.rows_checked == record.rows == 6


def test_doubled_ids_are_refused_each_with_the_other_row():
    rows = [[1, "A", "VIP"], [2, "B", "VIP"], ["1.0", "Another", "Gold"], [3, "C", "VIP"], [3, "C", "VIP"]]
    record = checked(csv_file(["Id", "Name", "Group"], *rows), creates=True)
    assert numbers(record) == {"new": 1, "refused": 4}
    assert reasons(record) == [
        (2, "id", "Row 4 has the same Partner ID."),
        (4, "id", "Row 2 has the same Partner ID."),
        (5, "id", "Row 6 has the same Partner ID."),
        (6, "id", "Row 5 has the same Partner ID."),
    ]


def test_of_many_doubled_rows_the_first_are_named():
    record = checked(csv_file(["Id", "Name"], *([1, f"A{number}"] for number in range(8))))
    assert reasons(record)[0][2] == "Rows 3, 4, 5, 6, 7 and 2 more have the same Partner ID."


def test_a_doubled_id_of_which_one_row_can_not_be_read_is_refused_too():
    record = checked(
        csv_file(["Id", "Name", "Stage", "Group"], [1, "A", "?", "VIP"], [1, "A", "", "Gold"]), creates=True
    )
    assert [row[:2] for row in reasons(record)] == [(2, "prospecting_stage"), (3, "id")]


def test_all_rows_of_a_partner_that_is_refused_are_in_the_file_to_mend():
    record = checked(csv_file(["Id", "Name", "Group"], [1, "A", "VIP"], [1, "A", "Gold"]))
    assert numbers(record) == {"refused": 2}
    assert [number for number, _column, _reason in reasons(record)] == [2, 3]


def test_groups_that_do_not_exist_are_made_only_if_that_is_wanted():
    record = checked(csv_file(["Id", "Name", "Groups"], [1, "A", "VIP"]))
    assert reasons(record) == [
        (2, "groups", "There is no group “VIP”. To make it, tick “Create groups that don't exist yet”.")
    ]


def test_a_group_is_made_once_however_its_name_is_spelled():
    imported(
        csv_file(["Id", "Name", "Groups"], [1, "A", "VIP"], [2, "B", "vip"], [3, "C", " Vip"]), creates=True
    )
    assert PartnerGroup.objects.get().name == "VIP"
    assert Membership.objects.count() == 3


def test_a_group_that_came_into_being_meanwhile_is_used():
    record = checked(csv_file(["Id", "Name", "Groups"], [1, "A", "VIP"]), creates=True)
    PartnerGroupFactory(name="vip")
    apply_import(record=record, user="ada")
    assert Partner.objects.get().groups.get().name == "vip"


def test_a_group_that_is_gone_meanwhile_stops_the_whole_import():
    group = PartnerGroupFactory(name="VIP")
    record = checked(csv_file(["Id", "Name", "Groups"], [1, "A", ""], [2, "B", "VIP"]))
    group.delete()
    with pytest.raises(Conflict, match="deleted or renamed a group"):
        apply_import(record=record, user="ada")
    assert not Partner.objects.exists()
    record.refresh_from_db()
    assert record.status == ImportStatus.CHECKED


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["", "A"], "id", "Partner ID is missing."),
        ([1, ""], "name", "A new partner needs: Name."),
        (
            [1, "A", "", "", "Joinde"],
            "prospecting_stage",
            "“Joinde” is no prospecting stage. Did you mean “Joined”?",
        ),
        ([1, "A", *[""] * 6, "more"], "", "The row has more cells than there are headings: “more”."),
        ([1, "A", "", "", "", '"\x07"'], "groups", "Give it a name."),
    ],
)
def test_a_row_that_can_not_be_imported_says_why(row, column, reason):
    [(number, where, why)] = reasons(checked(csv_file(HEADINGS, row)))
    assert (number, where) == (2, column)
    assert why.startswith(reason)


@pytest.mark.parametrize("cell", [";", '""', '"\u202e"', "-", "None"])
def test_a_cell_that_names_no_group_leaves_the_groups_as_they_are(cell):
    PartnerFactory(id=1, name="A", groups=[PartnerGroupFactory(name="VIP")])
    record = checked(csv_file(["Partner ID", "Groups"], [1, cell]))
    assert numbers(record) == {"unchanged": 1}


def test_a_group_whose_name_can_not_be_one_is_not_made():
    [(_row, column, reason)] = reasons(
        checked(csv_file(HEADINGS, [1, "A", "", "", "", "a\x07b"]), creates=True)
    )
    assert (column, reason) == ("groups", "The name has a character that can't be shown.")


def test_an_id_with_another_name_and_another_e_mail_is_refused_unless_wanted():
    PartnerFactory(id=1, name="Aurora", email="ada@example.org")
    PartnerFactory(id=2, name="Birch", email="")
    rows = csv_file(["Id", "Name", "E-mail"], [1, "Zinnia", "zoe@example.org"], [2, "Zebra", "z@example.org"])
    record = checked(rows)
    assert numbers(record) == {"changed": 1, "refused": 1}
    assert reasons(record) == [
        (2, "id", "1 is Aurora with the e-mail ada@example.org. Is the Partner ID right?")
    ]
    assert numbers(
        imported(csv_file(["Id", "Name", "E-mail"], [1, "Z", "z@example.org"]), overwrites=True)
    ) == {"changed": 1}


@pytest.mark.parametrize(
    "row", [[1, "AURORA", "zoe@example.org"], [1, "Zinnia", "ADA@example.org"], [1, "Zinnia", ""]]
)
def test_an_id_with_only_another_name_or_only_another_e_mail_is_a_change(row):
    PartnerFactory(id=1, name="Aurora", email="ada@example.org")
    assert numbers(checked(csv_file(["Id", "Name", "E-mail"], row))) == {"changed": 1}


# Stages and dates


def test_stages_change_through_their_history():
    ada = UserFactory(username="ada")
    PartnerFactory(id=1)
    PartnerFactory(id=2, prospecting_stage="joined")
    file = csv_file(["Id", "Name", "Stage"], [1, "", "Joined"], [2, "", "Expired"], [3, "C", "Suspended"])
    imported(file, user=ada, name="week 7.csv")
    changes = PartnerStageChange.objects.filter(why="Import of week 7.csv", user_name="ada")
    assert list(changes.order_by("subject").values_list("subject", "from_stage", "to_stage")) == [
        (1, "new", "joined"),
        (2, "joined", "expired"),
        (3, "", "suspended"),
    ]
    today = timezone.localdate()
    partner = Partner.objects.get(pk=1)
    assert (partner.last_transition_date, partner.original_joined_date) == (today, today)


def test_dates_in_the_file_are_taken_as_they_are():
    for pk in (1, 2):
        PartnerFactory(id=pk)
    headings = ["Id", "Stage", "Original joined date", "Last transition date"]
    imported(csv_file(headings, [1, "Joined", "2020-01-02", "2025-03-04"], [2, "Joined", "", ""]))
    partner, other = Partner.objects.order_by("pk")
    assert (partner.original_joined_date, partner.last_transition_date) == (
        date(2020, 1, 2),
        date(2025, 3, 4),
    )
    assert other.original_joined_date == other.last_transition_date == timezone.localdate()
    assert PartnerStageChange.objects.filter(to_stage="joined").count() == 2


def test_dates_of_a_new_partner_are_those_of_the_file_or_none():
    imported(
        csv_file(
            ["Id", "Name", "Stage", "Last transition date"],
            [1, "A", "Joined", "2024-05-06"],
            [2, "B", "Joined", ""],
        )
    )
    first, second = Partner.objects.order_by("pk")
    assert (first.original_joined_date, first.last_transition_date) == (None, date(2024, 5, 6))
    assert (second.original_joined_date, second.last_transition_date) == (None, None)
    assert first.stage_changes.get().at.date() == date(2024, 5, 6)


def test_ambiguous_dates_are_refused_until_the_order_is_said():
    file = csv_file(["Id", "Name", "Joined"], [1, "A", "03/04/2025"])
    assert numbers(checked(file)) == {"refused": 1}
    file.seek(0)
    imported(file, order="day")
    assert Partner.objects.get().original_joined_date == date(2025, 4, 3)


def test_a_workbook_is_a_file_like_any_other():
    row = [700123, "Aurora", date(2025, 4, 3), datetime(2025, 3, 4, 10, 5)]  # noqa: DTZ001 - Excel knows of no time zones
    imported(workbook(["Id", "Name", "Joined", "Last transition date"], row), name="partners.xlsx")
    partner = Partner.objects.get(pk=700123)
    assert (partner.original_joined_date, partner.last_transition_date) == (
        date(2025, 4, 3),
        date(2025, 3, 4),
    )


def test_the_next_partner_that_staff_add_has_an_id_of_its_own():
    imported(csv_file(["Id", "Name"], [900, "A"]))
    assert PartnerFactory().pk > 900


# Meanwhile


def test_rows_that_somebody_changed_meanwhile_are_left_alone_and_told():
    for pk in (1, 2, 3, 4):
        PartnerFactory(id=pk, name=f"Old {pk}")
    vip = PartnerGroupFactory(name="VIP")
    rows = [[1, "New 1", ""], [2, "New 2", ""], [3, "New 3", "VIP"], [4, "New 4", ""], [5, "New 5", ""]]
    record = checked(csv_file(["Id", "Name", "Groups"], *rows))
    Partner.objects.filter(pk=1).update(name="Theirs", email="kept@example.org")
    Partner.objects.filter(pk=2).delete()
    Partner.objects.get(pk=3).groups.add(vip)
    Partner.objects.filter(pk=4).update(email="other@example.org")
    PartnerFactory(id=5, name="Theirs")
    record = apply_import(record=record, user="ada")
    assert numbers(record) == {"new": 1, "changed": 4, "overtaken": 4}
    assert (record.to_do, record.done) == (5, 1)
    assert dict(Partner.objects.values_list("pk", "name")) == {
        1: "Theirs",
        3: "Old 3",
        4: "New 4",
        5: "Theirs",
    }
    assert Partner.objects.get(pk=4).email == "other@example.org"
    assert sorted(record.planned.filter(outcome="overtaken").values_list("number", flat=True)) == [2, 3, 4, 6]


def test_an_import_is_carried_out_once():
    record = imported(csv_file(["Id", "Name"], [1, "A"]))
    Partner.objects.filter(pk=1).update(name="B")
    assert apply_import(record=record, user="zoe").user_name == "ada"
    start_check(record=record, columns=["", ""], creates=False, overwrites=False, order="")
    assert services.check_some(record=record, seconds=1).status == ImportStatus.APPLIED
    assert Partner.objects.get().name == "B"


def test_somebody_who_saves_the_same_at_the_same_moment_stops_the_whole_import(monkeypatch):
    record = checked(csv_file(["Id", "Name"], [1, "A"], [2, "B"]))
    write = services.importer_of("partners").write

    def late(rows):
        done = write(rows)
        Partner(id=2, name="Theirs").save(force_insert=True)
        return done

    monkeypatch.setattr(services.importer_of("partners"), "write", late)
    with pytest.raises(Conflict, match="at the same moment"):
        apply_import(record=record, user="ada")
    assert not Partner.objects.exists()
