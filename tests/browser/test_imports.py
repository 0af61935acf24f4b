"""An editor imports a thousand partners, ten refused and twenty with a bad cell; the refused ones again."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from partners.models import Import, Partner
from tests.browser.test_theme import inspect
from tests.factories import PartnerFactory, PartnerGroupFactory

LIST = "/admin/partners/partner/"
HEADINGS = ["Media Partner ID", "Partner name", "Contact e-mail", "Status", "Groups", "Country", "Shoe size"]
ROWS = 1_000
WRONG = {3: "Joinde", 4: "ada@", 5: "Atlantis"}


def make_file(folder, rows=ROWS):
    """Every hundredth row is wrong in its stage, the next one in its e-mail, the next one in its country."""
    path = folder / "partners.csv"
    with path.open("w", encoding="cp1252", newline="") as file:
        lines = csv.writer(file, delimiter=";")
        lines.writerow(HEADINGS)
        for number in range(1, rows + 1):
            row = [f"{700_000 + number:,}", f"Éclair {number}", f"p{number}@example.org", "rejected by YOU"]
            row += ["VIP|Brand new", "Germany", "43"]
            wrong = number % 100
            if wrong in WRONG:
                row[{3: 3, 4: 2, 5: 5}[wrong]] = WRONG[wrong]
            lines.writerow(row)
    return path


@pytest.fixture
def program(db):
    PartnerGroupFactory(name="VIP")
    PartnerFactory(id=700_001, name="Éclair 1", email="p1@example.org", prospecting_stage="outreach")


def send(page, path):
    page.goto(LIST)
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_label("What the file holds")).to_have_value("partners")
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload").click()


def upload(page, path):
    """The file does not say its encoding: the line in which the names are right does."""
    send(page, path)
    page.get_by_label(re.compile("Éclair 1 .*Windows-1252")).check()
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()


def numbers(page):
    return page.get_by_role("navigation", name="What becomes of the rows")


def test_a_thousand_rows_with_ten_bad_ones_and_twenty_bad_cells(visit, editor, program, tmp_path):
    page = visit(editor)
    upload(page, make_file(tmp_path))
    expect(page.locator(".page-subtitle")).to_contain_text(
        "1,000 rows. CSV, Windows-1252 (Western European), semicolons"
    )
    expect(page.get_by_label("Shoe size")).to_have_value("")
    expect(page.get_by_label("Media Partner ID")).to_have_value("id")
    page.get_by_label("Create groups that don't exist yet").check()
    inspect(page, "match")
    page.get_by_role("button", name="Check the file").click()
    expect(numbers(page)).to_contain_text(re.compile(r"989\s+New\s+1\s+Changed\s+10\s+Refused"))
    assert Partner.objects.count() == 1
    inspect(page, "new")
    numbers(page).get_by_role("link", name="Changed").click()
    expect(page.get_by_role("row", name="Éclair 1")).to_contain_text("Outreach")
    inspect(page, "changed")
    numbers(page).get_by_role("link", name="Refused").click()
    expect(page.get_by_text("Prospecting stage: 10")).to_be_visible()
    expect(page.get_by_text("“Joinde” is no prospecting stage.").first).to_be_visible()
    inspect(page, "refused")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused rows").click()
    mended = download.value.path().read_text(encoding="utf-8-sig")
    numbers(page).get_by_role("link", name="20 With cells left out").click()
    expect(page.get_by_text("E-mail: 10")).to_be_visible()
    expect(page.get_by_text("“ada@” is no e-mail address.").first).to_be_visible()
    inspect(page, "left-out")
    page.get_by_role("button", name="Import 990 rows").click()
    expect(page.locator(".messagelist")).to_contain_text("Imported partners.csv: 990 rows written.")
    assert Partner.objects.filter(prospecting_stage="rejected_by_you", country="DE").count() == 980
    inspect(page, "done")

    assert len(list(csv.reader(io.StringIO(mended)))) == 11
    mended = mended.replace("Joinde,", "Joined,")
    path = tmp_path / "mended.csv"
    path.write_text(mended, encoding="utf-8-sig")
    send(page, path)
    expect(page.get_by_label("Reason")).to_have_value("")
    page.get_by_role("button", name="Check the file").click()
    expect(numbers(page)).to_contain_text(re.compile(r"10\s+New\s+0\s+Changed\s+0\s+Refused"))
    page.get_by_role("button", name="Import 10 rows").click()
    expect(page.locator(".messagelist")).to_contain_text("Imported mended.csv: 10 rows written.")
    assert Partner.objects.count() == ROWS
    assert Import.objects.applied().count() == 2


def test_a_long_check_shows_how_far_it_is_and_goes_on_by_itself(
    visit, editor, program, tmp_path, change_limits
):
    change_limits(import_step_s=0)
    change_limits(import_part_rows=100)
    page = visit(editor)
    upload(page, make_file(tmp_path))
    page.get_by_label("Create groups that don't exist yet").check()
    seen = []
    page.route("**/step/", lambda route: (seen.append(route), route.continue_()))
    page.get_by_role("button", name="Check the file").click()
    expect(numbers(page)).to_contain_text("989")
    assert len(seen) == 9


def test_a_check_that_was_left_goes_on_where_it_was(visit, editor, program, tmp_path, change_limits):
    change_limits(import_step_s=0)
    change_limits(import_part_rows=500)
    page = visit(editor)
    upload(page, make_file(tmp_path))
    page.route("**/step/", lambda route: route.abort())
    page.expected += ["ERR_FAILED", "htmx:sendError"]
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("progressbar", name="Rows checked")).to_have_attribute("value", "500")
    expect(page.get_by_text("500 of 1,000 rows")).to_be_visible()
    inspect(page, "checking")
    page.unroute("**/step/")
    page.reload()
    expect(numbers(page)).to_contain_text("Refused")


def test_a_writing_that_was_left_goes_on_where_it_was(visit, editor, program, tmp_path, change_limits):
    change_limits(import_inline_max_rows=0)
    page = visit(editor)
    upload(page, make_file(tmp_path, 2))
    page.get_by_label("Create groups that don't exist yet").check()
    page.get_by_role("button", name="Check the file").click()
    confirm = page.get_by_role("button", name="Import 2 rows")
    expect(confirm).to_be_visible()
    page.route("**/step/", lambda route: route.abort())
    page.expected += ["ERR_FAILED", "htmx:sendError"]
    confirm.click()
    expect(page.get_by_role("progressbar", name="Rows being written")).to_be_visible()
    expect(page.get_by_text("2 rows are being written.")).to_be_visible()
    inspect(page, "writing")
    assert Partner.objects.count() == 1
    page.unroute("**/step/")
    page.reload()
    expect(page.locator(".messagelist")).to_contain_text("Imported partners.csv: 2 rows written.")
    assert Partner.objects.count() == 2


def test_everything_by_keyboard(visit, editor, program, tmp_path):
    page = visit(editor)
    upload(page, make_file(tmp_path, 10))
    page.get_by_label("Shoe size").focus()
    page.keyboard.type("Website")
    expect(page.get_by_label("Shoe size")).to_have_value("website")
    page.keyboard.press("Home")
    expect(page.get_by_label("Shoe size")).to_have_value("")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Joinde")).to_be_focused()
    page.keyboard.type("Joined")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Create groups that don't exist yet")).to_be_checked()
    page.keyboard.press("Enter")
    expect(numbers(page)).to_be_visible()
    page.get_by_role("button", name="Import 10 rows").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("10 rows written.")


def test_everything_without_javascript(visit, editor, program, tmp_path, change_limits):
    change_limits(import_step_s=0)
    change_limits(import_part_rows=500)
    page = visit(editor, java_script_enabled=False, width=390)
    upload(page, make_file(tmp_path))
    page.get_by_label("Create groups that don't exist yet").check()
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("500 of 1,000 rows")).to_be_visible()
    page.get_by_role("button", name="Check the next rows").click()
    page.get_by_role("button", name="Import 990 rows").click()
    expect(page.locator(".messagelist")).to_contain_text("990 rows written.")


def test_a_file_that_is_too_large_is_told_before_it_is_sent(visit, editor, program, tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(50_000_001)
    page = visit(editor)
    page.goto("/admin/partners/import/add/")
    field = page.get_by_label("File", exact=True)
    field.set_input_files(path)
    expect(field).to_have_value("")
    assert field.evaluate("field => field.validationMessage").startswith("The file is larger than 50 MB.")


def test_what_is_no_table_is_told_beside_the_file(visit, editor, program, tmp_path):
    path = tmp_path / "partners.csv"
    path.write_bytes(b"%PDF-1.7")
    page = visit(editor)
    page.goto("/admin/partners/import/add/?kind=partners")
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("This is a PDF file, not a table.")).to_be_visible()
    inspect(page, "upload")
