"""The toolbar over ticked rows of a list, and the menu at the end of each row."""

import re

import pytest
from playwright.sync_api import expect

from contracts.models import TemplateTerm
from tests.browser.inspection import inspect, tab_to, walk
from tests.browser.program import LIST, make_program, menu_of
from tests.factories import PartnerFactory
from tests.segments.forms import saved

PARTNERS = "/admin/partners/partner/"
TERMS = "/admin/contracts/templateterm/"
PLACES = "[...document.querySelectorAll('#result_list tr')].map((row) => row.getBoundingClientRect().top)"


@pytest.fixture
def program(db):
    return make_program()


def tick(page, name):
    return page.get_by_role("checkbox", name=re.compile(name))


@pytest.mark.parametrize("width", [1400, 700, 390])
def test_nothing_moves_when_a_row_is_ticked_and_none_unticks_all(visit, superuser, program, width):
    page = visit(superuser, width=width)
    page.goto(PARTNERS)
    tools = page.get_by_role("button", name="Add to group…")
    expect(tools).to_be_hidden()
    before = page.evaluate(PLACES)
    tick(page, "Aurora").check()
    expect(tools).to_be_visible()
    expect(page.locator(".action-counter")).to_have_text("1 of 4 ticked")
    assert page.evaluate(PLACES) == before
    inspect(page, "a ticked row")
    walk(page, "a ticked row")
    page.get_by_role("button", name="None of the rows").click()
    expect(tools).to_be_hidden()
    expect(tick(page, "Aurora")).not_to_be_checked()
    tick(page, "Moss").check()
    expect(page.locator(".action-counter")).to_have_text("1 of 4 ticked")
    assert page.evaluate(PLACES) == before


def test_the_toolbar_stays_in_sight_of_a_row_far_down(visit, superuser, program):
    page = visit(superuser, height=300)
    page.goto(PARTNERS)
    tick(page, "Éclair").check()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_role("button", name="Change stage…")).to_be_in_viewport()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_after_the_page_the_keyboard_takes_all(visit, superuser, program, key):
    PartnerFactory.create_batch(120, prospecting_stage="joined")
    page = visit(superuser)
    page.goto(PARTNERS)
    tab_to(page, page.locator("#action-toggle"))
    page.keyboard.press("Space")
    expect(page.locator(".action-counter")).to_have_text("100 of 100 ticked")
    tab_to(page, page.get_by_role("button", name="Take all 124 partners"), key="Shift+Tab")
    page.keyboard.press(key)
    expect(page.get_by_text("All 124 taken")).to_be_visible()
    expect(page.get_by_role("button", name="None of the rows")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Add to group…"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add 124 partners to a group")


def test_enter_on_a_row_does_nothing_to_it(visit, superuser, program):
    page = visit(superuser)
    page.goto(TERMS)
    tick(page, "Gold 2026").check()
    tick(page, "Gold 2026").press("Enter")
    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("Archived Gold 2026")
    assert TemplateTerm.objects.filter(archived=True).count() == 1


@pytest.mark.parametrize("script", [True, False])
def test_the_menu_of_a_row_acts_on_this_row_alone(visit, superuser, program, script):
    page = visit(superuser, java_script_enabled=script)
    page.goto(TERMS)
    tick(page, "Gold 2026").check()
    page.get_by_label("More about Silver 2026").click()
    page.locator(".drop[open]").get_by_role("button", name="Archive").click()
    expect(page.locator(".messagelist")).to_contain_text("Archived Silver 2026")
    assert TemplateTerm.objects.get(archived=True).name == "Silver 2026"
    page.get_by_label("More about Silver 2026").click()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator(".messagelist")).to_contain_text("Restored Silver 2026")
    page.get_by_label("More about Silver 2026").click()
    page.locator(".drop[open]").get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("delete template term: Silver 2026")


def test_the_menu_of_the_last_row_is_in_order(visit, superuser, program):
    page = visit(superuser)
    page.goto(TERMS)
    page.get_by_label("More about Silver 2026").click()
    inspect(page, "an open menu of a row")


@pytest.mark.parametrize("script", [True, False])
def test_segments_are_starred_tagged_and_archived(visit, editor, db, script):
    for name in ("Alpha", "Beta"):
        saved(name)
    page = visit(editor, java_script_enabled=script)
    page.goto(LIST)
    page.get_by_role("button", name="Favourite: Beta").click()
    expect(page.get_by_role("button", name="Favourite: Beta")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#result_list tbody .row-name").first).to_have_text("Beta")
    tick(page, "Alpha").check()
    page.get_by_label("More for the ticked rows").click()
    page.locator(".actions").get_by_role("button", name="Tags…").click()
    page.get_by_label("Add tags").fill("Outreach")
    page.get_by_role("button", name="Change the tags").click()
    page.get_by_role("link", name="Tag Outreach").click()
    expect(page.locator("#result_list tbody .row-name")).to_have_text(["Alpha"])
    if script:
        inspect(page, "segments with a tag")
        walk(page, "segments with a tag")
    menu_of(page, "Alpha").get_by_role("button", name="Archive").click()
    expect(page.locator(".messagelist")).to_contain_text("Archived “Alpha”.")
    page.goto(LIST)
    page.get_by_role("link", name="Archived").click()
    expect(page.locator("#result_list tbody .row-name")).to_have_text(["Alpha"])
