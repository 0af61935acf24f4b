"""What looks wrong, one click that mends it, and who enters and leaves, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from segments.models import Segment
from tests.browser.inspection import inspect, settled, tab_to
from tests.browser.program import ADD, choose, expect_count, make_program, row
from tests.segments.forms import EXPIRED, JOINED, NEW, any_of, asks, change, saved


@pytest.fixture
def program(db):
    return make_program()


def found(page):
    return page.locator(".finding")


def test_an_error_keeps_it_from_being_saved_and_one_click_mends_it(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    page.get_by_label("Segment name").fill("Joined")
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 2)
    page.get_by_role("button", name="And", exact=True).click()
    choose(page, 2, "Contract Stage")
    row(page, 2).get_by_label("Value").select_option(label="None")
    expect(found(page).first).to_contain_text("Error")
    expect(row(page, 2).locator(".finding")).to_contain_text("asks for None")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Not saved yet")
    expect(row(page, 2).get_by_label("Condition", exact=True)).to_be_focused()
    expect(page.get_by_label("Segment name")).to_have_value("Joined")
    settled(page)
    page.get_by_role("button", name="Remove row 2 (Contract Stage)").click()
    expect(row(page, 2)).to_have_count(0)
    expect(page.get_by_role("button", name="And", exact=True)).to_be_focused()
    expect_count(page, 2)
    expect(page.get_by_label("Segment name")).to_have_value("Joined")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list")).to_contain_text(["Saved: 2 partners."])


def test_who_enters_and_who_leaves_is_said_after_the_number(visit, editor, program):
    segment = saved("Prospects", any_of([NEW]))
    saved("Twin", any_of([JOINED, JOINED]))
    page = visit(editor)
    page.goto(change(segment))
    expect_count(page, 1)
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 2)
    expect(page.get_by_role("heading", name="Before you save")).to_be_visible()
    expect(page.locator(".before-save")).to_contain_text("+2 enter")
    expect(page.locator(".before-save")).to_contain_text("Fern & Finch")
    expect(page.get_by_role("link", name="Twin")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="See all 2 Enter").click()
    expect(page.get_by_role("heading", name="Who enters “Prospects”")).to_be_visible()
    expect(page.locator("table")).to_contain_text("Éclair Reviews")
    page.get_by_role("link", name="Back to the builder").click()
    expect(page.locator(".before-save")).to_contain_text("+2 enter")
    inspect(page, "before you save")


def test_findings_by_keyboard_and_on_every_screen(visit, editor, program):
    definition = any_of(
        [NEW, NEW, asks("partner_group", "any_of", [program.vip.pk])],
        [JOINED, EXPIRED],
        [asks("contract_stage", "any_of", ["expired"]), JOINED],
    )
    segment = saved("Much is wrong", definition)
    page = visit(editor)
    page.goto(change(segment))
    expect(found(page).filter(has_text="No contract can ever meet")).to_have_count(1)
    inspect(page, "findings")
    button = page.get_by_role("button", name=re.compile("^Remove row 2"))
    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.get_by_text("repeats")).to_have_count(0)
    expect(page.get_by_role("button", name="And", exact=True).first).to_be_focused()
    page.goto("/admin/segments/segment/")
    expect(page.get_by_role("row", name=re.compile("Much is wrong"))).to_contain_text("Needs attention")
    inspect(page, "segments")


def test_all_of_it_without_javascript(visit, editor, program):
    segment = saved("Prospects", any_of([NEW, NEW]))
    page = visit(editor, java_script_enabled=False)
    page.goto(change(segment))
    page.get_by_role("button", name=re.compile("^Remove row 2")).click()
    expect(row(page, 2)).to_have_count(0)
    row(page, 1).get_by_label("Value").select_option(label="Outreach")
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect(page.locator(".before-save")).to_contain_text("+1 enters")
    page.get_by_role("button", name="See all 1 Leave").click()
    expect(page.locator("table")).to_contain_text("Fern & Finch")
    assert Segment.objects.get().definition == any_of([NEW, NEW])
