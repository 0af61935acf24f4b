"""Menus behind a button open by themselves; with script, Escape and a click elsewhere close them."""

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import inspect


@pytest.fixture
def menu(visit, superuser):
    page = visit(superuser)
    page.goto("/admin/theme/")
    return page.locator("details.drop")


def test_escape_closes_a_menu_and_gives_the_focus_back(menu):
    summary = menu.locator("summary")
    summary.press("Enter")
    menu.get_by_role("link").focus()
    inspect(menu.page, "an open menu")
    menu.page.keyboard.press("Escape")
    expect(menu.get_by_role("link")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_click_elsewhere_closes_a_menu_and_one_inside_does_not(menu):
    menu.locator("summary").click()
    menu.get_by_role("button", name="A button").click()
    expect(menu.get_by_role("link")).to_be_visible()
    menu.page.get_by_role("heading", level=1).click()
    expect(menu.get_by_role("link")).to_be_hidden()


def test_a_menu_opens_without_script(visit, superuser):
    page = visit(superuser, java_script_enabled=False)
    page.goto("/admin/theme/")
    page.locator("details.drop summary").click()
    expect(page.locator("details.drop").get_by_role("link")).to_be_visible()
