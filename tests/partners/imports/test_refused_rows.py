"""Refused rows, and those with cells left out, as files to be mended."""

import csv
import io

import pytest
from django.urls import reverse

from partners.models import Partner
from partners.models.exports import Export
from tests.partners.imports.files import checked, csv_file, imported, numbers
from tests.partners.imports.pages import HEADINGS

pytestmark = pytest.mark.django_db


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
    assert (export.user_name, export.what, export.rows) == (
        "editor",
        "Import of week 7.csv, refused rows",
        None,
    )
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
    assert (
        "1,A,New,The row has more cells than there are headings: “more”.,more\r\n"
        in b"".join(response.streaming_content).decode()
    )


def test_many_refused_rows_are_all_in_the_file(as_editor):
    record = checked(csv_file(HEADINGS, *([number, "", ""] for number in range(1, 2_502))))
    response = as_editor.get(reverse("admin:partners_import_refused", args=[record.pk]))
    assert b"".join(response.streaming_content).count(b"A new partner needs: Name.") == 2_501
