"""Segments side by side in a real browser: from the list to a part's partners, and to a new segment."""

import pytest
from playwright.sync_api import expect

from segments.models import Segment
from tests.browser.inspection import inspect, tab_to, walk
from tests.browser.program import LIST, expect_count, make_program, menu_of
from tests.segments.forms import any_of, asks, saved


@pytest.fixture
def segments(db):
    program = make_program()
    return [
        saved("Joined", any_of([asks("contract_stage", "any_of", ["joined"])])),
        saved("VIPs", any_of([asks("partner_group", "any_of", [program.vip.pk])])),
        saved("On Gold", any_of([asks("template_term", "any_of", [program.gold.pk])])),
    ]


def open_comparison(page, *names):
    page.goto(LIST)
    for name in names:
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Compare segments")).to_be_visible()


def part(page, words):
    return page.locator(".venn").get_by_role("link", name=words)


def test_from_the_list_to_the_partners_of_a_part_and_back(visit, viewer, segments):
    page = visit(viewer)
    open_comparison(page, "Joined", "VIPs")
    expect(part(page, "Only in A: 1 partner")).to_be_visible()
    part(page, "In A and B: 1 partner").click()
    expect(page.get_by_role("heading", name="In “Joined” and “VIPs”")).to_be_visible()
    expect(page.locator("table")).to_contain_text("Aurora Media")
    expect(page.locator("table")).not_to_contain_text("Éclair Reviews")
    page.get_by_role("link", name="Back to the comparison").click()
    part(page, "Only in B").click()
    expect(page.locator("table")).to_contain_text("Fern & Finch")


def test_a_part_is_saved_as_a_new_segment(visit, editor, segments):
    page = visit(editor)
    open_comparison(page, "Joined", "VIPs")
    page.get_by_role("link", name="Save as a new segment… Only in A").click()
    expect_count(page, 1)
    expect(page.get_by_label("Segment name")).to_have_value("Only in Joined")
    assert Segment.objects.count() == 3
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list")).to_contain_text(["Saved: 1 partner."])


@pytest.mark.parametrize("script", [True, False])
def test_the_partners_of_a_part_come_into_a_group(visit, editor, segments, script):
    page = visit(editor, java_script_enabled=script)
    open_comparison(page, "Joined", "VIPs")
    menu_of(page, "Only in A").get_by_role("button", name="Add to group…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add 1 partner to a group")
    page.get_by_label("Or a new group").fill("Chosen")
    page.get_by_role("button", name="Add to group").click()
    expect(page.get_by_text("1 partner added to Chosen.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Only in “Joined”")
    if script:
        inspect(page, "the partners of a part")


def test_by_keyboard(visit, editor, segments):
    page = visit(editor)
    open_comparison(page, "Joined", "VIPs", "On Gold")
    tab_to(page, part(page, "In A, B and C"))
    page.keyboard.press("Enter")
    expect(page.locator("table")).to_contain_text("Aurora Media")
    page.go_back()
    walk(page, page.url)


def test_on_every_screen(visit, editor, segments):
    page = visit(editor)
    open_comparison(page, "Joined", "VIPs")
    inspect(page, "two compared")
    open_comparison(page, "Joined", "VIPs", "On Gold")
    inspect(page, "three compared")


def test_without_javascript(visit, editor, segments):
    page = visit(editor, java_script_enabled=False)
    open_comparison(page, "VIPs", "On Gold")
    part(page, "In A and B").click()
    expect(page.locator("table")).to_contain_text("Aurora Media")
