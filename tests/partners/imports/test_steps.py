"""Long files: checked in steps, and written from a page that can be left."""

import pytest
from django.urls import reverse

from partners.models import Partner, PartnerGroup
from partners.models.imports import Import
from tests.partners.imports.files import checked, csv_file, numbers
from tests.partners.imports.pages import HEADINGS, LIST, match, page_of, send, text_of

pytestmark = pytest.mark.django_db


def test_a_long_file_is_checked_in_steps_with_its_progress(as_editor, change_limits):
    change_limits(import_part_rows=10)
    change_limits(import_step_s=-1)
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


def test_without_javascript_a_step_is_a_press_of_a_button(as_editor, change_limits):
    change_limits(import_part_rows=10)
    change_limits(import_step_s=-1)
    change_limits(import_step_without_script_s=-1)
    send(as_editor, csv_file(HEADINGS, *([number, "A", ""] for number in range(1, 31))))
    record = Import.objects.get()
    as_editor.post(page_of(record), match(record))
    step = reverse("admin:partners_import_step", args=[record.pk])
    assert as_editor.get(step).status_code == 302
    assert "20 of 30 rows" in text_of(as_editor.post(step, follow=True))
    assert "Import 30 rows" in text_of(as_editor.post(step, follow=True))


# The writing


@pytest.fixture
def confirmed(as_editor, change_limits):
    """What is left when the page is left right after confirming."""
    change_limits(import_inline_max_rows=1)
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


def test_what_can_not_be_written_as_it_was_shown_has_to_be_confirmed_again(as_editor, change_limits):
    change_limits(import_inline_max_rows=0)
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
