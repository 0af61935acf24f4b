"""What each row and each group does, beside it, in a real browser."""

import re
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import inspect, settled
from tests.browser.program import ADD, choose, make_program, row
from tests.segments.forms import NEW, any_of, asks, change, saved
from tests.segments.masks import answered_by_masks


@pytest.fixture(params=[False, True], ids=["sql", "columns"])
def program(db, request):
    """SQL answers each part of the page by itself; columns answer all that follows a preview at once."""
    with answered_by_masks(yes=request.param):
        yield make_program()


def beside(page, number):
    return row(page, number).locator(".funnel")


def expect_numbers(page, number, *, alone, remain, without):
    """Those behind the number of a row: they are there, whether its note is open or not."""
    expect(beside(page, number).locator("dd")).to_have_text([alone, remain, without])


def expect_at(element, y):
    """Nothing has moved it, or it has come back."""
    moved = "([element, y]) => element.getBoundingClientRect().y === y"
    element.page.wait_for_function(moved, arg=[element.element_handle(), y])


def group(page, number):
    return page.get_by_role("region", name=f"Group {number}").locator(".builder-group-end .funnel")


def test_numbers_stand_beside_rows_and_groups_and_follow_them(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect_numbers(page, 1, alone="2", remain="2", without="0")
    page.get_by_role("button", name="Add another").click()
    expect(beside(page, 2)).to_have_text("–")
    expect_numbers(page, 1, alone="2", remain="2", without="0")
    choose(page, 2, "Contract Stage")
    row(page, 2).get_by_label("Value").select_option(label="None")
    expect_numbers(page, 2, alone="2", remain="2", without="2")
    expect(group(page, 1)).to_have_text(re.compile(r"2 in this group\s+2 in no other"))
    # An older question that was put once more draws the numbers, and the note closed, again.
    settled(page)
    beside(page, 2).locator("summary").click()
    expect(row(page, 2).get_by_text("meet this row, whatever the others say")).to_be_visible()
    page.keyboard.press("Escape")
    expect(beside(page, 2).locator("summary")).to_be_focused()
    expect(row(page, 2).get_by_text("meet this row, whatever the others say")).to_be_hidden()


def test_a_group_that_brings_no_partners_is_marked(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Twice", any_of([NEW], [asks("prospecting_stage", "any_of", ["new", "joined"])]))))
    expect(group(page, 1)).to_contain_text("brings no partners")
    expect(group(page, 2)).not_to_contain_text("brings no partners")


def test_numbers_of_rows_that_change_fade_until_they_are_counted_anew(visit, editor, program):
    definition = any_of([asks("partner_name", "contains", "a"), NEW])
    page = visit(editor)
    page.goto(change(saved("Named", definition)))
    expect_numbers(page, 1, alone="3", remain="3", without="1")
    settled(page)
    faded = page.locator(".counts-old")
    expect(faded).to_have_count(0)
    y = row(page, 2).bounding_box()["y"]
    page.route("**/change/", lambda route: route.abort())
    page.expected += ["Failed to load resource", "htmx:sendError"]
    row(page, 1).get_by_label("Value").fill("au")
    expect(faded).to_have_count(1)
    expect_at(row(page, 2), y)
    page.unroute("**/change/")
    row(page, 1).get_by_label("Value").fill("aur")
    expect_numbers(page, 1, alone="1", remain="1", without="1")
    expect(faded).to_have_count(0)
    settled(page)
    expect_at(row(page, 2), y)


def counts(request):
    return request.headers.get("hx-target") in ("builder-funnel", "builder-afterwards")


@contextmanager
def first_count_held(page):
    """The first request for numbers is answered once the block is over."""
    held = []

    def hold(route):
        if counts(route.request) and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/change/", hold)
    yield
    [first] = held
    with page.expect_event("requestfinished", lambda request: request == first.request):
        first.continue_()


def test_an_answer_about_older_rows_is_dropped(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Prospects", any_of([NEW]))))
    expect_numbers(page, 1, alone="1", remain="1", without="0")
    value = row(page, 1).get_by_label("Value")
    with first_count_held(page):
        with page.expect_request(counts):
            value.select_option(label=["New", "Outreach"])
        value.select_option(label=["New", "Joined"])
        expect_numbers(page, 1, alone="3", remain="3", without="0")
    settled(page)
    expect_numbers(page, 1, alone="3", remain="3", without="0")


def test_a_row_that_is_begun_while_they_are_counted_has_them_counted_again(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Prospects", any_of([NEW]))))
    expect_numbers(page, 1, alone="1", remain="1", without="0")
    page.get_by_role("button", name="And", exact=True).click()
    expect(row(page, 2)).to_be_visible()
    settled(page)
    with first_count_held(page):
        with page.expect_request(counts):
            row(page, 1).get_by_label("Value").select_option(label=["New", "Joined"])
        choose(page, 2, "Contract Stage")
    expect_numbers(page, 1, alone="3", remain="3", without="0")
    expect(page.locator(".counts-old")).to_have_count(0)


def test_after_trouble_they_are_asked_for_once_more(visit, editor, program):
    page = visit(editor)
    page.expected.append("503")
    notice = '<p role="alert"><button type="button" data-retry>Try again</button></p>'
    busy = {"HX-Retarget": "#builder-trouble", "HX-Reswap": "innerHTML"}

    def refuse(route):
        if counts(route.request):
            route.fulfill(status=503, headers=busy, body=notice)
        else:
            route.continue_()

    page.route("**/change/", refuse)
    page.goto(change(saved("Prospects", any_of([NEW]))))
    again = page.get_by_role("alert").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.unroute_all()
    again.click()
    expect_numbers(page, 1, alone="1", remain="1", without="0")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_they_can_be_read_on_every_screen(visit, editor, program):
    definition = any_of(
        [asks("contract_stage", "any_of", ["joined"]), asks("template_term", "contains", "gold")],
        [NEW, asks("partner_group", "none_of", [program.blocked.pk])],
    )
    page = visit(editor)
    page.goto(change(saved("Two groups", definition)))
    expect(beside(page, 4).locator("dd")).to_have_count(3)
    beside(page, 1).locator("summary").click()
    inspect(page, "funnel")


def test_all_of_it_without_javascript(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(change(saved("Prospects", any_of([NEW]))))
    expect(beside(page, 1)).to_have_text("–")
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect_numbers(page, 1, alone="1", remain="1", without="0")
    expect(group(page, 1)).to_contain_text("1 in this group")
