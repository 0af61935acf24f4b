"""Files of partners and of definitions in a real browser, with and without scripts."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from partners.models import Export
from segments.models import Segment
from tests.browser.inspection import inspect, tab_to, walk
from tests.browser.program import ADD, LIST, expect_count, make_program, menu_of
from tests.partners.exports.reading import csv_rows, excel_sheets

PARTNERS = "/admin/partners/partner/"
IMPORT = f"{LIST}import/"


@pytest.fixture
def program(db):
    program = make_program()
    in_vip = {"field": "partner_group", "operator": "any_of", "value": [program.vip.pk]}
    program.segment = Segment.objects.create(
        name="In VIP", definition={"version": 1, "any": [{"all": [in_vip]}]}
    )
    return program


def file_of(download):
    return Path(download.value.path()).read_bytes()


def press(page, button):
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    return download


@pytest.mark.parametrize("script", [True, False])
def test_what_is_in_the_builder_is_exported_saved_or_not(visit, viewer, program, script):
    page = visit(viewer, java_script_enabled=script)
    page.goto(f"{LIST}{program.segment.pk}/change/")
    page.get_by_role("button", name="Export…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Export In VIP")
    expect(page.get_by_text("2 partners", exact=True)).to_be_visible()
    page.get_by_label("Contract stages").check()
    page.get_by_label("Website").uncheck()
    download = press(page, "Download")
    assert re.fullmatch(r"In VIP \d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    heading, aurora, fern = csv_rows(file_of(download))
    assert "Website" not in heading
    assert (aurora[0], aurora[-1], fern[0]) == ("700123", "Joined", "700208")
    page.get_by_role("link", name="Back").click()
    page.get_by_label("More about this segment").click()
    page.get_by_role("link", name="See the conditions").click()
    page.get_by_label("Operator").select_option(label="is none of")
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect_count(page, 2)
    page.get_by_role("button", name="Export…").click()
    download = press(page, "Download")
    assert [row[0] for row in csv_rows(file_of(download))[1:]] == ["700377", "700161"]


@pytest.mark.parametrize("script", [True, False])
def test_a_filtered_list_becomes_a_workbook(visit, viewer, program, script):
    page = visit(viewer, java_script_enabled=script)
    page.goto(f"{LIST}{program.segment.pk}/partners/?name=fern")
    page.get_by_role("link", name="Export…").click()
    expect(page.get_by_text("Name or Partner ID: fern")).to_be_visible()
    page.get_by_label("Excel").check()
    [rows] = excel_sheets(file_of(press(page, "Download"))).values()
    assert [row["B"] for row in rows] == ["Name", "Fern & Finch"]
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Name or Partner ID")).to_have_value("fern")


def test_a_file_is_waited_for_in_sight_and_can_be_made_again(visit, viewer, program):
    page = visit(viewer)
    page.goto(f"{LIST}{program.segment.pk}/export/")
    form, button = page.locator("form.export"), page.get_by_role("button", name="Download", exact=True)
    for _time in range(2):
        press(page, "Download")
        expect(form).to_have_attribute("aria-busy", "false")
        expect(button).to_be_enabled()
    page.evaluate("() => addEventListener('submit', (event) => event.preventDefault())")
    button.click()
    expect(page.get_by_text("Making the file… The download starts by itself.")).to_be_visible()
    expect(button).to_be_disabled()
    assert Export.objects.count() == 2


def test_ticked_partners_and_then_all_that_match(visit, viewer, program):
    page = visit(viewer)
    page.goto(f"{PARTNERS}?q=e")
    page.get_by_role("checkbox", name=re.compile("Aurora")).check()
    page.get_by_role("button", name="Export…", exact=True).click()
    expect(page.get_by_text("1 partner", exact=True)).to_be_visible()
    page.get_by_label("Website").uncheck()
    page.get_by_role("button", name="Choose all that match the list instead").click()
    expect(page.get_by_text("3 partners", exact=True)).to_be_visible()
    expect(page.get_by_label("Website")).not_to_be_checked()
    rows = csv_rows(file_of(press(page, "Download")))
    assert [row[1] for row in rows] == ["Name", "Aurora Media", "Fern & Finch", "Éclair Reviews"]
    page.get_by_role("link", name="Back").click()
    expect(page).to_have_url(re.compile(r"\?q=e$"))


def test_the_keyboard_alone_takes_an_e_mail_list(visit, viewer, program):
    page = visit(viewer)
    page.goto(LIST)
    page.get_by_label("More about In VIP").press("Enter")
    tab_to(page, page.get_by_role("link", name="Export…"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Excel").or_(page.get_by_label("CSV")).first)
    tab_to(page, page.get_by_role("button", name="E-mail list only"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.startswith("In VIP e-mails ")
    assert csv_rows(file_of(download)) == [["E-mail"]]


@pytest.mark.parametrize("script", [True, False])
def test_a_definition_goes_out_and_comes_in_again(visit, editor, program, script, tmp_path):
    page = visit(editor, java_script_enabled=script)
    page.goto(f"{LIST}{program.segment.pk}/change/")
    with page.expect_download() as download:
        page.locator("summary", has_text="More about this segment").click()
        page.get_by_role("link", name="Download definition").click()
    data = json.loads(file_of(download))
    assert data["any"][0]["all"][0]["value"] == [{"id": program.vip.pk, "name": "VIP"}]
    data["name"] = "Theirs"
    data["any"][0]["all"][0]["value"] += [{"id": 1, "name": "Nobody's"}]
    wrong, right = tmp_path / "wrong.json", tmp_path / "right.json"
    wrong.write_text(json.dumps(data))
    del data["any"][0]["all"][0]["value"][1]
    right.write_text(json.dumps(data))
    page.goto(LIST)
    page.get_by_role("link", name="Import definition").click()
    page.get_by_label("File").set_input_files(wrong)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no group “Nobody's” here.")
    page.get_by_label("File").set_input_files(right)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("it is not saved yet")).to_be_visible()
    expect_count(page, 2)
    assert not Segment.objects.filter(name="Theirs").exists()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_contain_text("Saved: 2 partners.")


def test_every_page_is_in_order(visit, editor, program, tmp_path):
    page = visit(editor)
    address = f"{LIST}{program.segment.pk}/export/"
    page.goto(address)
    inspect(page, "export")
    walk(page, "export")
    for box in page.locator("input[name=columns]").all():
        box.uncheck()
    page.get_by_role("button", name="Download", exact=True).click()
    expect(page.get_by_text("Tick at least one column.")).to_be_visible()
    inspect(page, "export with an error")
    page.goto(IMPORT)
    inspect(page, "import")
    walk(page, "import")
    file = tmp_path / "file.json"
    picks = {"field": "partner_group", "operator": "any_of", "value": [{"name": "Nobody " * 20}] * 3}
    file.write_text(json.dumps({"version": 1, "any": [{"all": [picks]}]}))
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("alert")).to_be_visible()
    inspect(page, "import with errors")
    page.goto(PARTNERS)
    page.get_by_role("checkbox", name=re.compile("Aurora")).check()
    page.get_by_role("button", name="Export…", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Export partners")
    inspect(page, "export of ticked partners")


def test_a_viewer_is_offered_files_but_no_import(visit, viewer, program):
    page = visit(viewer)
    page.goto(LIST)
    expect(menu_of(page, "In VIP").get_by_role("link", name="Export…")).to_be_visible()
    expect(page.get_by_role("link", name="Import definition")).to_have_count(0)
    assert page.goto(IMPORT).status == 403
    assert page.goto(f"{ADD}?draft=abcdefgh").status == 403
    page.expected.append("403")
