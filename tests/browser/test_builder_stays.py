"""The builder's bar and number stay in view, what is known stays while a row is incomplete, nothing jumps."""

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import inspect, settled, walk
from tests.browser.program import ADD, choose, expect_count, make_program, row
from tests.factories import PartnerFactory
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, change, saved

MAX_SHIFT = 0.05
WATCH = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def program(db):
    return make_program()


@pytest.fixture
def long(program):
    """A segment with more rows than a window holds."""
    PartnerFactory.create_batch(10, prospecting_stage="new")
    return saved("Long", any_of(*[[NEW, JOINED, EXPIRED]] * 5, [NEW]))


def is_in_view(page, element):
    box = element.bounding_box()
    return box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]


@pytest.mark.parametrize("width", [390, 1024, 1400])
def test_the_number_and_save_are_in_view_wherever_one_scrolls(visit, editor, long, width):
    page = visit(editor, width=width)
    page.goto(change(long))
    settled(page)
    number = page.locator(".big-number" if width >= 1280 else "#builder-brief b")
    expect(number).to_have_text("11")
    for y in (0, 400, 900):
        page.evaluate("(y) => scrollTo(0, y)", y)
        assert is_in_view(page, number), y
        assert is_in_view(page, page.get_by_role("button", name="Save")), y
        assert is_in_view(page, page.get_by_role("button", name="Preview Segment Partners")), y


@pytest.mark.parametrize("width", [390, 1400])
def test_nothing_jumps_whatever_is_done(visit, editor, program, width):
    page = visit(editor, width=width)
    page.goto(change(saved("Prospects", any_of([NEW], [JOINED]))))
    expect_count(page, 3)
    page.evaluate(WATCH)

    def expect_calm(what):
        settled(page)
        shifted = page.evaluate("new Promise((done) => requestAnimationFrame(() => done(window.shifted)))")
        assert shifted < MAX_SHIFT, what
        page.evaluate("window.shifted = 0")

    page.get_by_role("button", name="And", exact=True).last.click()
    expect(row(page, 3)).to_be_visible()
    expect_calm("and")
    choose(page, 3, "Prospecting Stage")
    expect_calm("choose")
    row(page, 3).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 3)
    expect_calm("value")
    page.get_by_role("button", name="Add another").click()
    expect(row(page, 4)).to_be_visible()
    expect_calm("add another")
    row(page, 4).get_by_role("button", name="Remove").click()
    expect(row(page, 4)).to_have_count(0)
    expect_calm("remove")
    page.get_by_role("button", name="Why in, why not").click()
    expect_calm("tab")


def test_an_incomplete_row_leaves_the_number_and_leads_to_what_it_needs(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Prospects", any_of([NEW], [JOINED]))))
    expect_count(page, 3)
    unsaved = page.get_by_text("Unsaved changes")
    expect(unsaved).to_be_hidden()
    page.get_by_role("button", name="And", exact=True).first.click()
    wait = page.locator("#builder-wait")
    expect(wait).to_contain_text("as of the last complete rows · Row 2: Choose a condition.")
    expect(unsaved).to_be_visible()
    expect_count(page, 3)
    expect(page.locator("#builder-partners")).to_contain_text("Aurora Media")
    choose(page, 2, "Partner Group")
    expect(wait).to_contain_text("Row 2, Partner Group: Choose at least one value.")
    expect_count(page, 3)
    inspect(page, "an incomplete row")
    page.get_by_role("link", name="Row 2, Partner Group").click()
    expect(row(page, 2).get_by_role("searchbox")).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved yet")
    expect(row(page, 2).get_by_role("searchbox")).to_be_focused()
    expect(row(page, 2)).to_contain_text("Choose at least one value.")
    expect_count(page, 3)


def test_a_text_counts_after_a_pause(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Partner Name", "contains")
    row(page, 1).get_by_label("Value").press_sequentially("media")
    expect_count(page, 1)
    expect(row(page, 1).get_by_label("Value")).to_be_focused()


def test_the_name_is_the_first_stop(visit, editor, program):
    segment = saved("Prospects", any_of([NEW]))
    page = visit(editor)
    page.goto(ADD)
    expect(page.get_by_label("Segment name")).to_be_focused()
    page.goto(change(segment))
    settled(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Segment name")).to_be_focused()
    walk(page, "builder")


def test_what_is_behind_the_dots(visit, editor, program):
    page = visit(editor)
    page.goto(change(saved("Prospects", any_of([NEW]))))
    page.locator("summary", has_text="More about this segment").click()
    for name in ("Versions", "History", "Download definition", "Clone", "Delete"):
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    inspect(page, "the menu of the builder")
