import csv
import io
import tracemalloc

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from partners.imports import admin, services
from partners.imports.reading.table import ON_SCREEN
from partners.models import Partner, PartnerGroup
from partners.models.exports import Export
from partners.models.imports import Import
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory
from tests.partners.imports.files import checked, csv_file, imported, numbers, received, workbook
from tests.partners.imports.pages import ADD, HEADINGS, LIST, match, page_of, send, text_of
from tests.queries import OF_A_PAGE

pytestmark = pytest.mark.django_db

# The way through


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
    assert Partner.objects.get(pk=1).stage_changes.get().who == "editor"


def test_one_row_is_a_row(as_editor):
    assert "1 row. CSV, UTF-8, commas" in text_of(send(as_editor, csv_file(HEADINGS, [1, "A", "joined"])))
    record = Import.objects.get()
    response = as_editor.post(page_of(record), match(record), follow=True)
    assert "Partners, 1 row. Nothing has been changed yet." in text_of(response)
    response = as_editor.post(page_of(record), {"confirm": "1"}, follow=True)
    assert "Imported partners.csv: 1 row written." in text_of(response)


def test_refused_rows_are_downloaded_mended_and_sent_again(as_editor):
    rows = [[1, "A", "Joined"], [2, "=B", "Joinde"], [3, "", "New"], [4, "Éclair, “D”", "Newt"]]
    record = imported(csv_file([*HEADINGS, "Shoe size"], *([*row, "-7"] for row in rows)), name="week 7.csv")
    response = as_editor.get(reverse("admin:partners_import_refused", args=[record.pk]))
    assert response["Content-Disposition"] == 'attachment; filename="week-7-refused.csv"'
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(content)))
    assert table[0] == [*HEADINGS, "Shoe size", "Reason"]
    assert table[1][:4] == ["2", "'=B", "Joinde", "'-7"]
    assert table[1][4] == "“Joinde” is no prospecting stage. Did you mean “Joined”?"
    mended = content.replace("Joinde,", "Joined,").replace("Newt,", "New,").replace("3,,", "3,C,")
    again = imported(io.BytesIO(mended.encode()))
    assert again.columns == ["id", "name", "prospecting_stage", "", ""]
    assert numbers(again) == {"new": 3}
    assert dict(Partner.objects.values_list("pk", "name")) == {1: "A", 2: "=B", 3: "C", 4: "Éclair, “D”"}


def test_who_takes_the_refused_rows_is_written_down(as_editor):
    record = imported(csv_file(HEADINGS, [1, "A", ""], [2, "", ""], [3, "", ""]), name="week 7.csv")
    response = as_editor.get(reverse("admin:partners_import_refused", args=[record.pk]))
    export = Export.objects.get()
    assert (export.who, export.what, export.rows) == ("editor", "Import of week 7.csv, refused rows", None)
    assert (export.columns, export.format) == (", ".join([*HEADINGS, "Reason"]), "csv")
    b"".join(response.streaming_content)
    export.refresh_from_db()
    assert export.rows == 2


def test_who_takes_the_rows_with_cells_left_out_is_written_down_too(as_editor):
    record = imported(csv_file([*HEADINGS, "Country"], [1, "A", "", "Atlantis"]), name="week 7.csv")
    response = as_editor.get(reverse("admin:partners_import_left_out", args=[record.pk]))
    b"".join(response.streaming_content)
    export = Export.objects.get()
    assert (export.what, export.rows) == ("Import of week 7.csv, rows with cells left out", 1)


def test_cells_past_the_last_heading_stand_behind_the_reason(as_editor):
    record = checked(csv_file(HEADINGS, [1, "A", "New", "more"]))
    response = as_editor.get(reverse("admin:partners_import_refused", args=[record.pk]))
    assert b"1,A,New,The row has more cells than the first one.,more\r\n" in b"".join(
        response.streaming_content
    )


def test_many_refused_rows_are_all_in_the_file(as_editor):
    record = checked(csv_file(HEADINGS, *([number, "", ""] for number in range(1, 2_502))))
    response = as_editor.get(reverse("admin:partners_import_refused", args=[record.pk]))
    assert b"".join(response.streaming_content).count(b"A new partner needs: Name.") == 2_501


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


# The check in steps


def test_a_long_file_is_checked_in_steps_with_its_progress(as_editor, monkeypatch):
    monkeypatch.setattr(services, "ROWS_A_PART", 10)
    monkeypatch.setattr(admin, "SECONDS_A_STEP", -1)
    send(as_editor, csv_file(HEADINGS, *([number, "A", ""] for number in range(1, 31))))
    record = Import.objects.get()
    response = as_editor.post(page_of(record), match(record), follow=True)
    assert "10 of 30 rows" in text_of(response)
    assert 'value="10" max="30"' in response.content.decode()
    step = reverse("admin:partners_import_step", args=[record.pk])
    response = as_editor.post(step, headers={"HX-Request": "true"})
    assert "20 of 30 rows" in text_of(response)
    response = as_editor.post(step, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == page_of(record)
    assert numbers(Import.objects.get()) == {"new": 30}


def test_without_javascript_a_step_is_a_press_of_a_button(as_editor, monkeypatch):
    monkeypatch.setattr(services, "ROWS_A_PART", 10)
    monkeypatch.setattr(admin, "SECONDS_A_STEP", -1)
    monkeypatch.setattr(admin, "SECONDS_WITHOUT_SCRIPT", -1)
    send(as_editor, csv_file(HEADINGS, *([number, "A", ""] for number in range(1, 31))))
    record = Import.objects.get()
    as_editor.post(page_of(record), match(record))
    step = reverse("admin:partners_import_step", args=[record.pk])
    assert as_editor.get(step).status_code == 302
    assert "20 of 30 rows" in text_of(as_editor.post(step, follow=True))
    assert "Import 30 rows" in text_of(as_editor.post(step, follow=True))


# The writing


@pytest.fixture
def confirmed(as_editor, monkeypatch):
    """What is left when the page is left right after confirming."""
    monkeypatch.setattr(admin, "ROWS_WRITTEN_WHILE_WAITING", 1)
    record = checked(csv_file(HEADINGS, [1, "A", ""], [2, "B", ""]))
    response = as_editor.post(page_of(record), {"confirm": "1"}, follow=True)
    assert "2 rows are being written." in text_of(response)
    assert not Partner.objects.exists()
    return record


def test_many_rows_are_written_from_a_page_that_can_be_left(as_editor, confirmed):
    assert "Being written" in text_of(as_editor.get(LIST))
    assert "2 rows are being written." in text_of(as_editor.get(page_of(confirmed)))
    step = reverse("admin:partners_import_step", args=[confirmed.pk])
    response = as_editor.post(step, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == page_of(confirmed)
    assert "Imported partners.csv: 2 rows written." in text_of(as_editor.get(page_of(confirmed)))
    assert Partner.objects.count() == 2


def test_many_rows_are_written_without_javascript(as_editor, confirmed):
    step = reverse("admin:partners_import_step", args=[confirmed.pk])
    assert "Imported partners.csv: 2 rows written." in text_of(as_editor.post(step, follow=True))


def test_what_can_not_be_written_as_it_was_shown_has_to_be_confirmed_again(as_editor, monkeypatch):
    monkeypatch.setattr(admin, "ROWS_WRITTEN_WHILE_WAITING", 0)
    group = PartnerGroup.objects.create(name="VIP")
    record = checked(csv_file(["Id", "Name", "Groups"], [1, "A", "VIP"]))
    as_editor.post(page_of(record), {"confirm": "1"})
    group.delete()
    step = reverse("admin:partners_import_step", args=[record.pk])
    text = text_of(as_editor.post(step, follow=True))
    assert "Nothing was imported. Check the file again, and confirm then." in text
    assert "Import 1 row" in text
    assert not Partner.objects.exists()


def test_an_import_that_is_being_written_is_not_matched_again(as_editor, confirmed):
    as_editor.post(f"{page_of(confirmed)}?match=1", match(confirmed))
    confirmed.refresh_from_db()
    assert confirmed.status == "writing"


def test_a_file_that_is_still_being_received_has_no_page(as_editor):
    record = Import.objects.create(kind="partners", file_name="half.csv", status="receiving")
    assert as_editor.get(page_of(record)).status_code == 404
    assert "half.csv" not in text_of(as_editor.get(LIST))


# Files that are refused


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"%PDF-1.7", "This is a PDF file, not a table."),
        ("a.csv", b"", "The file is empty."),
        ("a.xlsx", b"PK\x03\x04nothing", "This is no workbook that can be read."),
        ("a.csv", b'Partner ID\n"1', "The last row, 2, ends within quotes. Is the file cut off?"),
    ],
)
def test_what_is_no_table_is_told_beside_the_file_and_nothing_is_kept(as_editor, name, content, reason):
    response = send(as_editor, io.BytesIO(content), name=name)
    assert response.status_code == 200
    assert reason in text_of(response)
    assert not Import.objects.exists()


def test_without_a_file_nothing_happens(as_editor):
    assert "Choose a file." in text_of(as_editor.post(ADD, {"kind": "partners"}))


def test_an_unknown_kind_is_refused(as_editor):
    response = send(as_editor, csv_file(HEADINGS, [1, "A", ""]), kind="secrets")
    assert "Select a valid choice" in text_of(response)


class TwoGigabytes(io.RawIOBase):
    """A form with a file of zeros, made while it is read."""

    start = b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\npartners\r\n--x\r\n'
    start += b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    length = 2 << 30

    def __init__(self):
        self.left = self.length

    def read(self, size=-1):
        content = self.start if self.left == self.length else bytes(min(size, self.left))
        self.left -= len(content)
        return content


def test_two_gigabytes_are_refused_at_the_door(as_editor):
    body = TwoGigabytes()
    tracemalloc.start()
    response = as_editor.request(
        **{
            "PATH_INFO": ADD,
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
            "CONTENT_LENGTH": str(body.length),
            "wsgi.input": body,
        }
    )
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "The file is larger than 50 MB. Whoever runs the site can import it" in text_of(response)
    assert not body.left
    assert most < 20_000_000
    assert not response.wsgi_request.FILES
    assert not Import.objects.exists()


def test_a_file_that_is_only_just_too_large_is_refused_too(as_editor, monkeypatch):
    file = io.BytesIO(b"Partner ID\n" + b"1\n" * (ON_SCREEN.size // 2))
    assert "The file is larger than 50 MB." in text_of(send(as_editor, file))


def test_excel_is_a_file_like_any_other(as_editor):
    send(as_editor, workbook(HEADINGS, [1, "A", "New"]), name="partners.xlsx")
    assert Import.objects.get().rows == 1


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
    assert "after 2025-02-03 10:05" in shown["contracts"]


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
