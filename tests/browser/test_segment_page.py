"""A segment's own page in a real browser: where saving leads, its ticks, its bar, its menus."""

import pytest
from playwright.sync_api import expect

from partners.models import Partner
from tests.browser.inspection import inspect, open_and_inspect, resize, tab_to, walk
from tests.browser.program import LIST, make_program
from tests.factories import PartnerFactory
from tests.segments.forms import any_of, asks, partners_of, saved

JOINED = any_of([asks("prospecting_stage", "any_of", ["joined"])])


@pytest.fixture
def program(db):
    program = make_program()
    program.segment = saved("All joined", JOINED)
    return program


def tick(page, name):
    return page.get_by_role("checkbox", name=f"Tick {name}")


def bar(page):
    return page.get_by_role("group", name="The ticked partners")


def top_of_table(page):
    return page.locator(".partner-list").bounding_box()["y"]


@pytest.mark.parametrize("script", [True, False])
def test_ticked_partners_come_into_a_group_and_the_page_is_there_again(visit, editor, program, script):
    page = visit(editor, java_script_enabled=script)
    page.goto("/admin/")
    page.get_by_role("rowheader").get_by_role("link", name="All joined", exact=True).click()
    before = top_of_table(page)
    expect(bar(page)).to_be_hidden()
    tick(page, "Éclair Reviews").check()
    expect(bar(page)).to_be_visible()
    expect(page.get_by_role("search", name="Filter partners")).to_be_hidden()
    assert top_of_table(page) == before
    if script:
        expect(page.get_by_role("status")).to_have_text("1 ticked")
    page.get_by_role("button", name="Add to group…").click()
    page.get_by_label("Group", exact=True).select_option(label="VIP: 1 to add, 0 in it already")
    page.get_by_role("button", name="Add to group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All joined")
    expect(page.locator(".messagelist")).to_contain_text("VIP")
    assert program.vip.partners.filter(name="Éclair Reviews").exists()


@pytest.mark.parametrize("script", [True, False])
def test_all_are_taken_out_of_a_group(visit, editor, program, script):
    program.vip.partners.set(Partner.objects.all())
    page = visit(editor, java_script_enabled=script)
    page.goto(partners_of(program.segment))
    tick(page, "Éclair Reviews").check()
    bar(page).get_by_text("Take all 2").click()
    if script:
        expect(page.get_by_role("status")).to_have_text("All 2 taken")
    page.get_by_role("button", name="Take out of group…").click()
    page.get_by_label("Group", exact=True).select_option(label="VIP: 2 to take out, 0 not in it")
    page.get_by_role("button", name="Take out of group").click()
    expect(page.locator(".messagelist")).to_contain_text("2 partners taken out of VIP.")
    assert program.vip.partners.count() == 2


@pytest.mark.parametrize("script", [True, False])
def test_none_unticks_all_and_the_filters_are_there_again(visit, editor, program, script):
    page = visit(editor, java_script_enabled=script)
    page.goto(partners_of(program.segment))
    tick(page, "Éclair Reviews").check()
    bar(page).get_by_text("Take all 2").click()
    bar(page).get_by_role("button", name="None").click()
    expect(tick(page, "Éclair Reviews")).not_to_be_checked()
    expect(bar(page)).to_be_hidden()
    expect(page.get_by_role("search", name="Filter partners")).to_be_visible()


def test_the_box_in_the_heading_ticks_the_page(visit, editor, program):
    page = visit(editor)
    page.goto(partners_of(program.segment))
    heading = page.get_by_role("checkbox", name="Tick all partners of this page")
    heading.check()
    expect(page.get_by_role("status")).to_have_text("2 ticked")
    tick(page, "Éclair Reviews").uncheck()
    expect(page.get_by_role("status")).to_have_text("1 ticked")
    assert heading.evaluate("box => box.indeterminate")


def test_a_superuser_plans_the_stage_of_all_and_comes_back(visit, superuser, program):
    page = visit(superuser)
    page.goto(partners_of(program.segment))
    page.get_by_role("checkbox", name="Tick all partners of this page").check()
    page.get_by_role("button", name="Change stage…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change the stage of 2 partners")
    page.get_by_label("New stage").select_option(label="Expired")
    page.get_by_role("button", name="Show what would happen").click()
    page.get_by_label("Reason").fill("Their terms ended")
    page.get_by_role("button", name="Change 2 partners").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All joined")
    expect(page.get_by_role("heading", name="No partner is in this segment today")).to_be_visible()


def test_ticked_partners_are_exported_and_back_leads_to_the_page(visit, editor, program):
    page = visit(editor)
    page.goto(partners_of(program.segment))
    tick(page, "Éclair Reviews").check()
    bar(page).get_by_role("button", name="Export…").click()
    expect(page.get_by_text("1 partner", exact=True)).to_be_visible()
    with page.expect_download():
        page.get_by_role("button", name="Download", exact=True).click()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All joined")


def test_the_keyboard_alone_ticks_acts_and_closes_menus(visit, editor, program):
    page = visit(editor)
    page.goto(partners_of(program.segment))
    more = page.locator("summary", has=page.get_by_text("⋯")).first
    tab_to(page, more)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Clone")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Clone")).to_be_hidden()
    expect(more).to_be_focused()
    tab_to(page, tick(page, "Éclair Reviews"))
    page.keyboard.press("Space")
    add = bar(page).get_by_role("button", name="Add to group…")
    tab_to(page, add, key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add 1 partner to a group")


def test_the_keyboard_alone_takes_all_without_a_row_ticked(visit, editor, program):
    PartnerFactory.create_batch(120, prospecting_stage="joined")
    page = visit(editor)
    page.goto(partners_of(program.segment))
    tab_to(page, page.get_by_role("checkbox", name="Take all 122"))
    expect(page.locator(".take-all:visible")).to_have_css("outline-style", "solid")
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_have_text("All 122 taken")
    inspect(page, "all are taken")
    page.get_by_role("checkbox", name="Take all 122").focus()
    tab_to(page, bar(page).get_by_role("button", name="Add to group…"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add 122 partners to a group")


def test_after_the_page_the_keyboard_takes_all(visit, editor, program):
    PartnerFactory.create_batch(120, prospecting_stage="joined")
    page = visit(editor)
    page.goto(partners_of(program.segment))
    tab_to(page, page.get_by_role("checkbox", name="Tick all partners of this page"))
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_have_text("100 ticked")
    tab_to(page, page.get_by_role("checkbox", name="Take all 122"), key="Shift+Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_have_text("All 122 taken")
    tab_to(page, bar(page).get_by_role("button", name="None"))
    page.keyboard.press("Enter")
    expect(bar(page)).to_be_hidden()


def test_a_row_leads_to_why_the_partner_is_in_it(visit, viewer, program):
    page = visit(viewer)
    page.goto(partners_of(program.segment))
    page.get_by_label("More about Éclair Reviews").click()
    page.get_by_role("link", name="Why in it").click()
    expect(page.get_by_text("In the segment")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All joined")


def test_a_search_for_a_partner_who_is_not_in_it_says_why_not(visit, viewer, program):
    page = visit(viewer)
    page.goto(partners_of(program.segment))
    page.get_by_label("Name or Partner ID").fill("moss")
    page.keyboard.press("Enter")
    expect(page.locator(".empty-state")).to_contain_text("Moss Diary 700377 is not in it.")
    inspect(page, "a search for a partner who is not in it")
    page.get_by_role("link", name="Why not? Moss Diary").click()
    expect(page.get_by_text("Not in the segment")).to_be_visible()


def test_nothing_sticks_out_with_ticks_menus_and_many_partners(visit, superuser, program):
    for number in range(110):
        PartnerFactory(name=f"Moss {number:03}", prospecting_stage="joined")
    page = visit(superuser)
    address = partners_of(program.segment)
    open_and_inspect(page, address)
    walk(page, address)
    tick(page, "Moss 000").check()
    page.get_by_label("More about this segment").click()
    inspect(page, "ticked")
    resize(page, 390, 844)
    expect(bar(page)).to_be_in_viewport()
    expect(page.get_by_role("search", name="Filter partners")).to_be_visible()


def test_a_broken_segment_shows_its_trouble_and_edit(visit, editor, program):
    page = visit(editor)
    broken = saved("Broken", {"version": 7})
    open_and_inspect(page, partners_of(broken))
    expect(page.get_by_text("Needs attention: ")).to_be_visible()
    expect(page.get_by_role("region", name="At a glance")).to_have_count(0)
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Segment name")).to_have_value("Broken")
    page.goto(f"{LIST}{broken.pk}/versions/")
    expect(page.get_by_text("Needs attention: ")).to_be_visible()
