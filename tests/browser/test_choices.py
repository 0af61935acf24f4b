"""Beside each choice of a list stands how many partners the segment would have with it, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import WIDTH_OF_CONTENT, resize, settled, tab_to
from tests.browser.program import ADD, choose, expect_count, make_program, row
from tests.segments.forms import JOINED, any_of, asks, change, saved
from tests.segments.masks import answered_by_masks


@pytest.fixture
def program(db):
    with answered_by_masks():
        yield make_program()


def option(page, name):
    """As a screen reader says it."""
    return page.locator(".select2-results").get_by_role("option", name=name)


def test_they_are_heard_and_seen_and_follow_what_is_chosen_by_keyboard(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Prospecting Stage")
    settled(page)
    tab_to(page, row(page, 1).get_by_role("searchbox"))
    page.keyboard.press("Enter")
    expect(option(page, "Joined, 2 partners")).to_be_visible()
    expect(option(page, "Outreach, 1 partner")).to_be_visible()
    expect(option(page, "Expired, 0 partners")).to_be_attached()
    page.keyboard.type("joi")
    page.keyboard.press("Enter")
    expect_count(page, 2)
    expect(option(page, "Joined, 2 partners")).to_be_visible()
    expect(option(page, "New, 3 partners")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, 1).locator(".select2-selection__choice")).to_have_text("×Joined")


def test_picked_rows_have_them_too(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Gold", any_of([JOINED, asks("template_term", "any_of", [program.gold.pk])]))))
    settled(page)
    row(page, 2).get_by_role("searchbox").click()
    expect(option(page, "Gold 2026, 1 partner")).to_be_visible()
    expect(option(page, "Silver 2026, 2 partners")).to_be_visible()
    page.keyboard.type("silv")
    expect(option(page, "Gold 2026")).to_have_count(0)
    expect(option(page, "Silver 2026, 2 partners")).to_be_visible()


def test_a_screen_reader_follows_the_arrow_keys_through_what_a_search_found(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Gold", any_of([JOINED, asks("template_term", "any_of", [program.gold.pk])]))))
    settled(page)
    field = row(page, 2).get_by_role("searchbox")
    field.click()
    expect(option(page, "Gold 2026, 1 partner")).to_be_visible()
    for name in ("Gold 2026, 1 partner", "Silver 2026, 2 partners", "Gold 2026, 1 partner"):
        page.keyboard.press("ArrowUp" if name.startswith("Gold") else "ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", option(page, name).get_attribute("id"))


def test_the_whole_list_is_back_once_a_search_has_found_what_is_chosen(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Gold", any_of([JOINED, asks("template_term", "any_of", [program.gold.pk])]))))
    settled(page)
    row(page, 2).get_by_role("searchbox").click()
    page.keyboard.type("silv")
    expect(option(page, "Gold 2026")).to_have_count(0)
    expect(option(page, "Silver 2026")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(row(page, 2).locator(".select2-selection__choice")).to_have_count(2)
    expect(option(page, "Gold 2026")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_list_is_wider_than_its_box_and_breaks_no_name(visit, editor, program, width):
    page = visit(editor, width=width)
    page.goto(change(saved("In groups", any_of([asks("partner_group", "any_of", [])]))))
    settled(page)
    row(page, 1).get_by_role("searchbox").click()
    expect(option(page, "Blocked, 1 partner")).to_be_visible()
    names = page.locator(".select2-results .choice-name")
    assert {name.bounding_box()["height"] for name in names.all()} <= {20}
    popup = page.locator("body > .select2-container--open .select2-dropdown")
    assert popup.bounding_box()["width"] > row(page, 1).locator(".select2-selection").bounding_box()["width"]
    for now in (width, 600, 320):
        resize(page, now)
        box = popup.bounding_box()
        assert box["x"] >= 0, now
        assert box["x"] + box["width"] <= now, now


def test_a_number_that_comes_late_moves_nothing(visit, editor, program):
    page = visit(editor, width=390)
    page.goto(ADD)
    choose(page, 1, "Prospecting Stage")
    settled(page)
    page.expected.append("Failed to load resource")

    def refuse_numbers(route):
        asks_for_them = route.request.headers.get("hx-target") == "builder-choices"
        route.abort() if asks_for_them else route.continue_()

    def open_list():
        row(page, 1).get_by_role("searchbox").click()
        expect(option(page, "Joined")).to_be_visible()

    def places():
        return [one.bounding_box() for one in page.locator(".select2-results").get_by_role("option").all()]

    page.route("**/add/", refuse_numbers)
    with page.expect_event("requestfailed"):
        open_list()
    before = places()
    page.keyboard.press("Escape")
    page.unroute("**/add/")
    open_list()
    expect(option(page, "Joined, 2 partners")).to_be_visible()
    assert places() == before
    assert page.evaluate(WIDTH_OF_CONTENT) <= 390


def test_where_no_script_runs_they_stand_in_the_list(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(change(saved("Joined", any_of([asks("prospecting_stage", "any_of", ["joined"])]))))
    listed = row(page, 1).get_by_label("Value")
    expect(listed.get_by_text("New (3)")).to_be_attached()
    listed.select_option(label="New (3)")
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect(page.locator("#builder-preview")).to_contain_text("1 of 4 partners")
    expect(listed.get_by_text("Joined (3)")).to_be_attached()
