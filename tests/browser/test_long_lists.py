"""Long lists are searched while they are open: select2 stands in their place then."""

import re

import pytest
from playwright.sync_api import expect

from partners.models import PartnerGroup
from segments.builder.forms import MAX_NAMED_PICKS
from tests.browser.inspection import inspect, tab_to
from tests.browser.program import ADD, expect_count, limit, make_program, row
from tests.segments.forms import NEW, any_of, asks, change, saved

OPEN = ".select2-container--open .long-list"


@pytest.fixture
def program(db):
    return make_program()


@pytest.fixture
def condition(visit, editor, program):
    """The condition of an empty row."""
    page = visit(editor)
    page.goto(ADD)
    return row(page, 1).get_by_label("Condition", exact=True)


def search(page):
    return page.locator(OPEN).get_by_role("combobox")


def options(page):
    return page.locator(OPEN).get_by_role("option")


@pytest.mark.parametrize("key", ["Enter", "Space", "ArrowDown"])
def test_a_key_opens_it_letters_narrow_it_and_enter_takes_what_is_found(condition, key):
    page = condition.page
    tab_to(page, condition)
    page.keyboard.press(key)
    expect(search(page)).to_be_focused()
    page.keyboard.type("template")
    expect(options(page)).to_have_text(["Partner Template Term"])
    page.keyboard.press("Enter")
    expect(page.locator(OPEN)).to_have_count(0)
    expect(condition).to_have_value("template_term")
    expect(condition).to_be_focused()
    expect(row(page, 1).get_by_label("Operator")).to_be_visible()


def test_escape_closes_it_and_nothing_has_changed(condition):
    page = condition.page
    tab_to(page, condition)
    page.keyboard.press("Enter")
    expect(search(page)).to_be_focused()
    page.keyboard.type("template")
    page.keyboard.press("Escape")
    expect(page.locator(OPEN)).to_have_count(0)
    expect(condition).to_be_focused()
    expect(condition).to_have_value("")
    expect(page.get_by_text("Unsaved changes")).to_be_hidden()


def test_it_opens_by_mouse_as_often_as_rows_are_drawn(condition):
    page = condition.page
    for number, name in enumerate(["Contract Stage", "Prospecting Stage"], 1):
        if number > 1:
            page.get_by_role("button", name="And", exact=True).click()
        row(page, number).get_by_label("Condition", exact=True).click()
        options(page).get_by_text(name, exact=True).click()
        expect(row(page, number).get_by_label("Value")).to_have_count(1)
    second = row(page, 2).get_by_label("Condition", exact=True)
    assert [one.input_value() for one in (condition, second)] == ["contract_stage", "prospecting_stage"]


def test_a_click_elsewhere_leaves_the_focus_there(condition):
    page = condition.page
    condition.click()
    expect(search(page)).to_be_focused()
    page.get_by_label("Segment name").click()
    expect(page.locator(OPEN)).to_have_count(0)
    expect(page.get_by_label("Segment name")).to_be_focused()


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1400])
def test_it_stays_within_the_window_and_axe_finds_nothing(visit, editor, program, width):
    page = visit(editor, width=width)
    page.goto(change(saved("Prospects", any_of([NEW]))))
    expect_count(page, 1)
    row(page, 1).get_by_label("Condition", exact=True).click()
    expect(page.locator(OPEN).get_by_role("group").first).to_be_visible()
    box = page.locator(OPEN).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    scheme = "dark" if width == 390 else "light"
    inspect(page, "the list of conditions", screens=[(width, scheme)])


def test_days_are_searched_too_and_the_preview_follows(condition):
    page = condition.page
    condition.select_option(label="Contract End")
    days = row(page, 1).get_by_label("Which days")
    days.click()
    expect(search(page)).to_be_focused()
    page.keyboard.type("last 30")
    page.keyboard.press("Escape")
    days.click()
    options(page).get_by_text("this year").click()
    expect(row(page, 1).get_by_label("Number of days")).to_have_count(0)
    expect_count(page, 0)


def test_rows_of_limits_have_their_help(condition):
    page = condition.page
    condition.select_option(label="Contracts")
    page.get_by_role("button", name="And, of the same contract").click()
    expect(limit(page, 1, 1).get_by_label("Condition", exact=True)).to_be_focused()
    expect(limit(page, 1, 1).locator("summary")).to_have_count(0)
    limit(page, 1, 1).get_by_label("Condition", exact=True).select_option(label="Contract Stage")
    limit(page, 1, 1).locator("summary", has_text="What this row asks").click()
    expect(limit(page, 1, 1).locator(".drop-note")).to_contain_text("Met if at least one of the values fits.")


def test_groups_are_searched_where_partners_are_put_into_one(visit, superuser, program):
    PartnerGroup.objects.bulk_create(
        PartnerGroup(name=f"Group {n:02}", name_folded=f"group {n:02}") for n in range(20)
    )
    page = visit(superuser)
    page.goto("/admin/partners/partner/")
    page.get_by_role("checkbox", name=re.compile("Moss")).check()
    page.get_by_role("button", name="Add to group…").click()
    page.wait_for_load_state()
    page.wait_for_function("Boolean(window.django?.jQuery?.fn.select2)")
    page.get_by_label("Group", exact=True).press("Enter")
    expect(search(page)).to_be_focused()
    page.keyboard.type("17")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add to group").click()
    expect(page.get_by_text("1 partner added to Group 17.")).to_be_visible()


def test_more_values_than_are_named_stay_a_text_that_can_be_read(visit, editor, program):
    ids = [*range(1, MAX_NAMED_PICKS + 2)]
    segment = saved("Many groups", any_of([asks("partner_group", "any_of", ids)]))
    page = visit(editor)
    page.goto(change(segment))
    page.wait_for_function("Boolean(window.django?.jQuery?.fn.select2)")
    text = row(page, 1).get_by_label("Value")
    expect(text).to_have_value(re.compile("^1\\n2\\n"))
    expect(text).not_to_have_css("color", "rgba(0, 0, 0, 0)")


def test_without_a_script_it_is_the_list_of_the_browser(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(ADD)
    condition = row(page, 1).get_by_label("Condition", exact=True)
    assert condition.locator("optgroup").count() > 3
    condition.select_option(label="Contract Stage")
