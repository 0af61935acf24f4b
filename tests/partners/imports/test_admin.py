import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from partners.models import Partner, PartnerGroup
from partners.models.imports import Import
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory
from tests.partners.imports.files import checked, csv_file, imported, numbers, received
from tests.partners.imports.pages import HEADINGS, LIST, match, page_of, send, text_of
from tests.queries import OF_A_PAGE

pytestmark = pytest.mark.django_db


def test_from_the_file_to_the_record(as_editor, editor):
    PartnerFactory(id=2, name="B")
    response = send(
        as_editor, csv_file([*HEADINGS, "Shoe size"], [1, "A", "joined", 7], [2, "B2", "", 8], [3, "", "", 9])
    )
    record = Import.objects.get()
    assert "4 rows" not in text_of(response)
    assert "3 rows. CSV, UTF-8, commas between cells." in text_of(response)
    response = as_editor.post(page_of(record), match(record), follow=True)
    assert not Partner.objects.filter(pk=1).exists()
    text = text_of(response)
    assert "1 New" in text
    assert "1 Changed" in text
    assert "1 Refused" in text
    assert "Not used: Shoe size" in text
    assert "Import 2 rows" in text
    changed = text_of(as_editor.get(page_of(record), {"show": "changed"}))
    assert "Name before B → after B2" in changed
    response = as_editor.post(page_of(record), {"confirm": "1"}, follow=True)
    assert "Imported partners.csv: 2 rows written." in text_of(response)
    assert "imported by editor" in text_of(response)
    assert Partner.objects.get(pk=1).prospecting_stage == "joined"
    assert Partner.objects.get(pk=1).stage_changes.get().user_name == "editor"


def test_one_row_is_a_row(as_editor):
    assert "1 row. CSV, UTF-8, commas" in text_of(send(as_editor, csv_file(HEADINGS, [1, "A", "joined"])))
    record = Import.objects.get()
    response = as_editor.post(page_of(record), match(record), follow=True)
    assert "Partners, 1 row. Nothing has been changed yet." in text_of(response)
    response = as_editor.post(page_of(record), {"confirm": "1"}, follow=True)
    assert "Imported partners.csv: 1 row written." in text_of(response)


def test_columns_are_matched_again_by_hand(as_editor):
    send(as_editor, csv_file(["Kundennummer", "Firma"], [1, "A"], [2, "B"]))
    record = Import.objects.get()
    assert record.columns == ["", ""]
    response = as_editor.post(page_of(record), match(record))
    assert "No column is matched to Partner ID. Choose the one that holds it." in text_of(response)
    response = as_editor.post(page_of(record), match(record, **{"column-0": "id", "column-1": "id"}))
    assert "Partner ID is matched twice" in text_of(response)
    as_editor.post(page_of(record), match(record, **{"column-0": "id", "column-1": "name"}))
    assert numbers(Import.objects.get()) == {"new": 2}
    assert "What the columns mean" in text_of(as_editor.get(page_of(record), {"match": "1"}))
    as_editor.post(f"{page_of(record)}?match=1", match(record, **{"column-0": "id"}))
    assert numbers(Import.objects.get()) == {"refused": 2}


def test_a_column_without_a_heading_can_be_matched(as_editor):
    send(as_editor, csv_file(["Partner ID", "", "Stage"], [1, "A", "New"]))
    record = Import.objects.get()
    response = as_editor.get(page_of(record))
    assert "Column 2, without a heading" in text_of(response)
    as_editor.post(page_of(record), match(record, **{"column-1": "name"}))
    assert numbers(Import.objects.get()) == {"new": 1}


def test_the_ticks_and_the_order_of_dates_count(as_editor):
    PartnerFactory(id=2, name="B", email="b@example.org")
    headings = ["Id", "Name", "E-mail", "Groups", "Joined"]
    send(as_editor, csv_file(headings, [1, "A", "", "VIP", "03/04/2025"], [2, "Z", "z@example.org", "", ""]))
    record = Import.objects.get()
    as_editor.post(page_of(record), match(record))
    assert numbers(Import.objects.get()) == {"refused": 2}
    response = as_editor.post(
        f"{page_of(record)}?match=1",
        match(record, order="day", creates="on", overwrites="on"),
        follow=True,
    )
    assert numbers(Import.objects.get()) == {"new": 1, "changed": 1}
    assert "Create groups that don't exist yet: VIP" in text_of(response)
    ticked = as_editor.get(page_of(record), {"match": "1"}).content.decode()
    assert ticked.count(" checked") == 2


def test_whoever_may_not_add_groups_is_not_offered_to_make_them(client, editor):
    editor.user_permissions.remove(Permission.objects.get(codename="add_partnergroup"))
    client.force_login(editor)
    send(client, csv_file(["Id", "Name", "Groups"], [1, "A", "VIP"]))
    record = Import.objects.get()
    assert "Create groups" not in text_of(client.get(page_of(record)))
    client.post(page_of(record), match(record, creates="on"))
    assert numbers(Import.objects.get()) == {"refused": 1}


def test_a_file_that_was_imported_before_is_recognised(as_editor):
    imported(csv_file(HEADINGS, [1, "A", "New"]))
    text = text_of(send(as_editor, csv_file(HEADINGS, [1, "A", "New"])))
    assert "This very file was imported by ada" in text
    record = Import.objects.first()
    text = text_of(as_editor.post(page_of(record), match(record), follow=True))
    assert "This very file was imported by ada" in text
    assert "everything in the file is as it is here already" in text
    assert 'name="confirm"' not in text


def test_a_file_of_another_kind_is_told(as_editor):
    text = text_of(
        send(as_editor, csv_file(["Contract ID", "Partner ID", "Stage", "Start"], ["S-1", 1, "New", ""]))
    )
    assert "this looks like a file of another kind: Contracts." in text


def test_headings_without_rows_are_told(as_editor):
    send(as_editor, csv_file(HEADINGS))
    record = Import.objects.get()
    text = text_of(as_editor.post(page_of(record), match(record), follow=True))
    assert "the file has headings, and no rows below them" in text


def test_rows_that_are_all_refused_are_told(as_editor):
    record = checked(csv_file(HEADINGS, [1, "", ""]))
    assert "no row that can be read changes anything" in text_of(as_editor.get(page_of(record)))


def test_confirming_without_a_button_does_nothing(as_editor):
    record = checked(csv_file(HEADINGS, [1, "A", ""]))
    assert as_editor.post(page_of(record)).status_code == 200
    assert not Partner.objects.exists()


def test_confirming_twice_does_it_once(as_editor):
    record = checked(csv_file(HEADINGS, [1, "A", ""]))
    as_editor.post(page_of(record), {"confirm": "1"})
    response = as_editor.post(page_of(record), {"confirm": "1"}, follow=True)
    assert response.status_code == 200
    assert Partner.objects.count() == 1


def test_what_came_in_between_is_told_and_nothing_is_done(as_editor):
    group = PartnerGroup.objects.create(name="VIP")
    record = checked(csv_file(["Id", "Name", "Groups"], [1, "A", "VIP"]))
    group.delete()
    text = text_of(as_editor.post(page_of(record), {"confirm": "1"}, follow=True))
    assert "Somebody deleted or renamed a group meanwhile. Nothing was imported. Check the file again" in text
    assert not Partner.objects.exists()


def test_rows_left_alone_are_told(as_editor):
    record = checked(csv_file(HEADINGS, [1, "A", ""], [2, "B", ""]))
    PartnerFactory(id=1)
    text = text_of(as_editor.post(page_of(record), {"confirm": "1"}, follow=True))
    assert "Imported partners.csv: 1 row written." in text
    assert "1 row was left alone: somebody changed the same after the check." in text
    assert "1 Left alone" in text


# Pages and what they show


def test_each_outcome_has_its_pages(as_editor):
    record = checked(csv_file(HEADINGS, *([number, "A", ""] for number in range(1, 121))))
    text = text_of(as_editor.get(page_of(record), {"show": "new", "page": "3"}))
    assert "121 A 120 Name A" in text
    assert "101\u2013120 of 120" in text
    assert "Previous" in text
    for nonsense in ("x", "0", "99999999999999999999", "-1"):
        assert as_editor.get(page_of(record), {"show": "new", "page": nonsense}).status_code == 200
    assert "1\u201350 of 120" in text_of(as_editor.get(page_of(record), {"show": "nonsense"}))


def test_rows_of_every_kind_are_shown_by_what_people_call_them(as_editor):
    term = TemplateTermFactory(name="Gold 2026", currency="EUR")
    partner = PartnerFactory(id=700123, name="Aurora")
    ContractFactory(number="S-1", partner=partner, template_term=term, stage="joined")
    PartnerGroup.objects.create(name="VIP")
    shown = {}
    for kind, rows in {
        "groups": [["Group", "Partner ID"], ["vip", 700123]],
        "terms": [["Name", "Currency", "Archived"], ["GOLD 2026", "USD", "yes"]],
        "contracts": [["Contract ID", "Stage", "Stage since"], ["S-1", "expired", "2025-02-03 10:05"]],
    }.items():
        shown[kind] = text_of(as_editor.get(page_of(checked(csv_file(*rows), kind))))
    assert "2 Aurora 700123 Group VIPPartner ID 700123" in shown["groups"]
    assert "2 Gold 2026 Currency before EUR → after USDArchived before No → after Yes" in shown["terms"]
    assert "2 Aurora S-1 Stage before Joined → after Expired" in shown["contracts"]
    assert "after 3 Feb 2025, 10:05" in shown["contracts"]


def test_the_rows_of_an_old_import_are_gone_and_its_numbers_stay(as_editor):
    record = imported(csv_file(HEADINGS, [1, "A", ""], [2, "", ""]))
    record.planned.all().delete()
    record.parts.all().delete()
    text = text_of(as_editor.get(page_of(record)))
    assert "The rows of this import were deleted after a month; the numbers are kept." in text
    assert as_editor.get(reverse("admin:partners_import_refused", args=[record.pk])).status_code == 404


def test_what_does_not_exist_is_not_found(as_editor):
    for name in ("change", "step", "refused"):
        assert as_editor.get(reverse(f"admin:partners_import_{name}", args=[7])).status_code == 404
    assert as_editor.get(f"{LIST}x/change/").status_code == 404


def test_names_of_files_and_cells_can_not_break_the_page(as_editor):
    evil = "<script>alert(1)</script>"
    send(as_editor, csv_file(["Id", "Name", evil], [1, evil, evil]), name=f"{evil}.csv")
    record = Import.objects.get()
    assert evil not in as_editor.get(page_of(record)).content.decode()
    assert evil not in as_editor.post(page_of(record), match(record), follow=True).content.decode()
    assert evil not in as_editor.get(LIST).content.decode()


def test_the_screen_lists_imports_and_filters_them(as_editor):
    imported(csv_file(HEADINGS, [1, "A", ""]), name="one.csv")
    received(csv_file(["Group"], ["VIP"]), "groups", name="two.csv")
    checked(csv_file(HEADINGS, [1, "A", ""]))
    text = text_of(as_editor.get(LIST))
    assert "one.csv" in text
    for state in ("To be matched", "Nothing to import", "Imported"):
        assert state in text
    assert "one.csv" not in text_of(as_editor.get(LIST, {"kind__exact": "groups"}))
    assert "two.csv" not in text_of(as_editor.get(LIST, {"q": "ONE"}))


def test_the_list_takes_the_same_queries_however_long_it_is(as_editor, django_assert_num_queries):
    for number in range(5):
        imported(csv_file(HEADINGS, [number + 1, "A", ""]))
    with django_assert_num_queries(6 + OF_A_PAGE):
        as_editor.get(LIST)


def test_a_page_of_rows_takes_few_queries(as_editor, django_assert_num_queries):
    record = checked(csv_file(HEADINGS, *([number, "", ""] for number in range(1, 101))))
    with django_assert_num_queries(9 + OF_A_PAGE):
        as_editor.get(page_of(record))


def test_what_a_file_would_make_is_made_only_by_whoever_may(as_editor, editor):
    record = checked(csv_file([*HEADINGS, "Groups"], [1, "A", "joined", "VIP"]), creates=True)
    editor.user_permissions.remove(*Permission.objects.filter(codename="add_partnergroup"))
    text = text_of(as_editor.post(page_of(record), {"confirm": "1"}, follow=True))
    assert "You may not make what this file would make: VIP." in text
    assert not Partner.objects.exists()
    assert not PartnerGroup.objects.exists()
