"""From the filters of a list to a saved segment."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import inspect
from tests.browser.program import expect_count, make_program
from tests.factories import PartnerFactory

PARTNERS = "/admin/partners/partner/"
CONTRACTS = "/admin/contracts/contract/"
SAVE = "Save these filters as a segment"


@pytest.fixture
def program(db):
    return make_program()


def tick(page, menu, *choices):
    """Open a menu of the filters with the keyboard, and tick some of its boxes."""
    page.locator("summary", has_text=menu).first.focus()
    page.keyboard.press("Enter")
    for choice in choices:
        page.get_by_role("group", name=menu).get_by_role("checkbox", name=choice).focus()
        page.keyboard.press("Space")


@pytest.mark.parametrize("script", [True, False])
def test_filtered_partners_become_a_segment_by_keyboard(visit, editor, program, script):
    page = visit(editor, java_script_enabled=script)
    page.goto(PARTNERS)
    page.locator(".filters > summary").focus()
    page.keyboard.press("Enter")
    tick(page, "Prospecting stage", "Joined", "New")
    tick(page, "Group", "VIP", "None")
    page.get_by_role("button", name="Apply filters").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 partners", exact=True)).to_be_visible()
    page.get_by_role("link", name=SAVE).focus()
    page.keyboard.press("Enter")
    name = "Prospecting stage: New, Joined; Group: None, VIP"
    expect(page.get_by_label("Segment name")).to_have_value(name)
    expect(page.get_by_text("Read from the filters of Partners. Not saved yet")).to_be_visible()
    expect(page.locator("#builder-preview")).to_contain_text("3 of 4 partners")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved: 3 partners.")).to_be_visible()


def test_filtered_contracts_become_partners_with_one_such_contract(visit, editor, program):
    page = visit(editor)
    page.goto(f"{CONTRACTS}?stage__exact=joined&template_term__id__exact={program.gold.pk}&q=S-")
    expect(page.get_by_text("Partners with one contract that meets all of these filters")).to_be_visible()
    expect(page.get_by_text("The segment leaves out: Search")).to_be_visible()
    inspect(page, "list with what is left out")
    page.get_by_role("link", name=SAVE).click()
    expect(page.get_by_label("Which contract")).to_have_value("same")
    expect(page.get_by_text("The segment leaves out: Search")).to_be_visible()
    expect_count(page, 1)
    inspect(page, "builder opened with filters")


def test_a_long_search_and_many_filters_fit_every_width(visit, editor, program):
    PartnerFactory(name="Donaudampfschifffahrtsgesellschaftskapitän " * 4)
    page = visit(editor)
    query = "&".join(f"country__exact={key}" for key in ("DE", "AT", "FR", "GB", "CH"))
    page.goto(f"{PARTNERS}?{query}&email=is_empty&q={'donaudampfschifffahrtsgesellschaftskapitän' * 3}")
    expect(page.get_by_text("The segment leaves out: Search", exact=False)).to_be_visible()
    page.locator(".filters > summary").click()
    page.locator("summary", has_text=re.compile("Country")).click()
    inspect(page, "filters with an open menu")
