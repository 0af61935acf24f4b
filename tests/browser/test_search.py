"""Searching everything from wherever one is: by keyboard, by pointer, and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import inspect, open_and_inspect, walk
from tests.browser.program import make_program
from tests.segments.forms import saved

LIST = "/admin/partners/partner/"


@pytest.fixture
def program(db):
    saved("Silver and gold")
    return make_program()


def searching(page, text):
    """The dialog, once it shows what is found."""
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search everything")
    expect(field).to_be_focused()
    page.keyboard.type(text)
    expect(field).to_have_attribute("aria-expanded", "true")
    return page.get_by_role("dialog", name="Search")


def chosen(page):
    return page.locator("[role=option][aria-selected=true]")


def test_a_row_is_found_and_opened_by_keyboard_alone(visit, editor, program):
    page = visit(editor)
    page.goto("/admin/")
    dialog = searching(page, "gold")
    expect(dialog.get_by_role("status")).to_have_text("2 results")
    expect(dialog.get_by_role("option")).to_have_text(["Silver and gold", "Gold 2026 EUR"])
    field = dialog.get_by_role("combobox")
    expect(field).to_have_attribute("aria-activedescendant", chosen(page).get_attribute("id"))
    for key, name in (
        ("ArrowDown", "Gold 2026"),
        ("ArrowDown", "Silver and gold"),
        ("ArrowUp", "Gold 2026"),
    ):
        page.keyboard.press(key)
        expect(chosen(page)).to_contain_text(name)
        expect(field).to_have_attribute("aria-activedescendant", chosen(page).get_attribute("id"))
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gold 2026")


def test_escape_gives_the_focus_back(visit, editor, program):
    page = visit(editor)
    page.goto(LIST)
    page.get_by_role("searchbox").focus()
    dialog = searching(page, "aurora")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("searchbox")).to_be_focused()
    link = page.get_by_role("link", name="Search", exact=False).first
    link.click()
    field = page.get_by_role("combobox", name="Search everything")
    expect(field).to_be_focused()
    expect(field).to_have_value("aurora")
    page.get_by_role("button", name="Close").click()
    expect(field).to_be_hidden()
    expect(link).to_be_focused()


def test_what_nothing_is_called_says_so_and_enter_shows_the_page(visit, editor, program):
    page = visit(editor)
    page.goto(LIST)
    page.keyboard.press("Meta+k")
    page.keyboard.type("larch & co")
    dialog = page.get_by_role("dialog", name="Search")
    expect(dialog.get_by_role("status")).to_have_text("Nothing is called “larch & co”.")
    expect(dialog.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page).to_have_url("/admin/search/?q=larch+%26+co")
    expect(page.get_by_role("searchbox", name="Search everything")).to_have_value("larch & co")


@pytest.mark.parametrize("width", [1400, 390])
def test_a_hit_is_opened_with_the_pointer(visit, editor, program, width):
    page = visit(editor, width=width)
    page.goto(LIST)
    page.locator(".search-open").click()
    page.keyboard.type("700161")
    page.get_by_role("option", name="Éclair Reviews").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Éclair Reviews")


def test_the_dialog_and_the_page_are_in_order(visit, superuser, program):
    page = visit(superuser)
    page.goto("/admin/")
    searching(page, "s")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("results")
    inspect(page, "the dialog")
    for address in ("/admin/search/", "/admin/search/?q=s", f"/admin/search/?q={'W' * 200}"):
        open_and_inspect(page, address)
        walk(page, address)


def test_without_scripts_the_link_leads_to_the_same_search(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(LIST)
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_label("Search everything").last.fill("moss")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("region", name="Partners").get_by_role("link", name="Moss Diary").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Moss Diary")


def test_a_login_that_ran_out_leads_to_the_login(visit, editor, program):
    page = visit(editor)
    page.goto(LIST)
    page.context.clear_cookies()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_a_server_that_does_not_answer_is_told(visit, editor, program):
    page = visit(editor)
    page.goto(LIST)
    page.route("**/admin/search/**", lambda route: route.abort())
    page.expected.append("ERR_FAILED")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("does not answer")
