"""What each row and each group does, beside it, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import inspect, settled
from tests.browser.program import ADD, make_program, row
from tests.segments.forms import NEW, any_of, asks, change, saved


@pytest.fixture
def program(db):
    return make_program()


def beside(page, number):
    return row(page, number).locator(".funnel")


def expect_at(element, y):
    """Nothing has moved it, or it has come back."""
    moved = "([element, y]) => element.getBoundingClientRect().y === y"
    element.page.wait_for_function(moved, arg=[element.element_handle(), y])


def group(page, number):
    return page.get_by_role("region", name=f"Group {number}").locator(".builder-group-end .funnel")


def test_numbers_stand_beside_rows_and_groups_and_follow_them(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect(beside(page, 1)).to_contain_text("2 alone")
    expect(beside(page, 1)).to_contain_text("nobody without it")
    page.get_by_role("button", name="Add another").click()
    expect(beside(page, 1)).to_be_empty()
    row(page, 2).get_by_label("Value").select_option(label="None")
    expect(beside(page, 2)).to_contain_text("2 without it")
    expect(group(page, 1)).to_have_text(re.compile(r"2 in this group\s+2 in no other"))
    page.get_by_text("What the numbers mean").click()
    expect(page.get_by_text("partners who would be in the segment if this row were removed")).to_be_visible()


def test_rows_that_change_keep_no_number_and_their_place(visit, editor, program):
    definition = any_of([asks("partner_name", "contains", "a"), NEW])
    page = visit(editor)
    page.goto(change(saved("Named", definition)))
    expect(beside(page, 1)).to_contain_text("3 alone")
    settled(page)
    y = row(page, 2).bounding_box()["y"]
    page.route("**/change/", lambda route: route.abort())
    page.expected.append("Failed to load resource")
    row(page, 1).get_by_label("Value").fill("au")
    expect(beside(page, 1)).to_be_empty()
    expect(beside(page, 2)).to_be_empty()
    expect_at(row(page, 2), y)
    page.unroute("**/change/")
    row(page, 1).get_by_label("Value").press("Tab")
    expect(beside(page, 1)).to_contain_text("1 alone")
    settled(page)
    expect_at(row(page, 2), y)


def test_an_answer_about_older_rows_is_dropped(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Prospects", any_of([NEW]))))
    expect(beside(page, 1)).to_contain_text("1 alone")
    held = []

    def counts(request):
        return request.headers.get("hx-target") == "builder-funnel"

    def hold(route):
        if counts(route.request) and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/change/", hold)
    value = row(page, 1).get_by_label("Value")
    with page.expect_request(counts):
        value.select_option(label=["New", "Outreach"])
    value.select_option(label=["New", "Joined"])
    expect(beside(page, 1)).to_contain_text("3 alone")
    [older] = held
    with page.expect_event("requestfinished", lambda request: request == older.request):
        older.continue_()
    settled(page)
    expect(beside(page, 1)).to_contain_text("3 alone")


def test_they_can_be_read_on_every_screen(visit, editor, program):
    definition = any_of(
        [asks("contract_stage", "any_of", ["joined"]), asks("template_term", "contains", "gold")],
        [NEW, asks("partner_group", "none_of", [program.blocked.pk])],
    )
    page = visit(editor)
    page.goto(change(saved("Two groups", definition)))
    expect(beside(page, 4)).to_contain_text("without it")
    inspect(page, "funnel")


def test_all_of_it_without_javascript(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(change(saved("Prospects", any_of([NEW]))))
    expect(beside(page, 1)).to_be_empty()
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect(beside(page, 1)).to_contain_text("1 alone")
    expect(group(page, 1)).to_contain_text("1 in this group")
