"""Building a segment in a real browser, from the first row to deleting it."""

import re

import pytest
from playwright.sync_api import expect

from segments.models import Segment
from tests.browser.inspection import tab_to
from tests.browser.program import ADD, LIST, choose, expect_count, make_program, pick, row


@pytest.fixture
def program(db):
    return make_program()


def test_an_editor_creates_previews_saves_reopens_edits_clones_and_deletes(visit, editor, program):
    page = visit(editor)
    page.goto(LIST)
    page.get_by_role("link", name="Create Segment").click()
    page.get_by_label("Segment name").fill("  Joined gold partners ")
    expect(page.locator("#builder-preview")).to_contain_text("Row 1: Choose a condition.")

    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 2)
    page.get_by_role("button", name="And", exact=True).click()
    expect(row(page, 2).get_by_label("Condition", exact=True)).to_be_focused()
    expect_count(page, 2)
    expect(page.locator("#builder-wait")).to_contain_text("as of the last complete rows")
    choose(page, 2, "Partner Template Term")
    pick(page, 2, "Gold 2026")
    expect_count(page, 1)
    expect(page.get_by_label("Which contract")).to_have_value("same")
    page.get_by_label("Which contract").select_option(label="on any contract")
    expect_count(page, 2)
    page.get_by_label("Which contract").select_option(label="on the same contract")
    expect_count(page, 1)

    page.get_by_role("button", name="Add another").click()
    choose(page, 3, "Prospecting Stage")
    row(page, 3).get_by_label("Value").select_option(label="New")
    expect_count(page, 2)
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect(page.locator("#builder-partners")).to_contain_text("Aurora Media")
    expect(page.locator("#builder-partners")).to_contain_text("700123")
    expect(page.locator("#builder-preview")).to_contain_text(
        "Partners with one contract that is Joined and on “Gold 2026”; or partners in prospecting stage New."
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list")).to_contain_text(["Saved: 2 partners."])
    saved = Segment.objects.get()
    assert saved.name == "Joined gold partners"
    assert saved.owner == editor
    assert saved.definition["any"][0]["all"][1]["value"] == [program.gold.pk]

    page.get_by_role("link", name="Edit", exact=True).click()
    expect(row(page, 2)).to_contain_text("Gold 2026")
    row(page, 3).get_by_role("button", name="Remove").click()
    expect_count(page, 1)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="At a glance")).to_contain_text("1 of 4")

    page.get_by_label("More about this segment").click()
    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_label("Segment name")).to_have_value("Copy of Joined gold partners")
    expect_count(page, 1)
    page.get_by_role("button", name="Save").click()
    page.get_by_label("More about this segment").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name=re.compile("^Yes")).click()
    expect(page.locator(".messagelist")).to_contain_text("Deleted the ")
    expect(page.get_by_role("row", name=re.compile("Copy of"))).to_have_count(0)
    assert [segment.name for segment in Segment.objects.all()] == ["Joined gold partners"]


def test_the_same_works_without_javascript(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(ADD)
    page.get_by_label("Segment name").fill("Plain")
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_role("button", name="Show its values").click()
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    page.get_by_role("button", name="And", exact=True).click()
    choose(page, 2, "Partner Group")
    row(page, 2).get_by_role("button", name="Show its values").click()
    row(page, 2).get_by_label("Value").fill(f"vip\n{program.blocked.pk}")
    page.get_by_role("button", name="Add another").click()
    choose(page, 3, "Prospecting Stage")
    row(page, 3).get_by_role("button", name="Show its values").click()
    row(page, 3).get_by_role("button", name="Select All").click()
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect_count(page, 4)
    row(page, 3).get_by_role("button", name="Remove").click()
    expect_count(page, 1)
    expect(row(page, 2)).to_contain_text("VIP")
    page.get_by_role("button", name="See all 1").click()
    expect(page.get_by_role("heading", name="Plain")).to_be_visible()
    page.get_by_role("link", name="Back to the builder").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    row(page, 1).get_by_label("Value").select_option(label="Expired")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("More about this segment").click()
    page.get_by_role("link", name="Clone").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_label("More about this segment").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name=re.compile("^Yes")).click()
    expect(page.locator(".messagelist")).to_contain_text("Deleted the ")
    assert [segment.name for segment in Segment.objects.all()] == ["Plain"]


def test_the_keyboard_alone_is_enough(visit, editor, program):
    page = visit(editor)
    press = page.keyboard.press

    page.goto(ADD)
    expect(page.get_by_label("Segment name")).to_be_focused()
    page.keyboard.type("By keyboard")
    press("Enter")
    expect(page.get_by_label("Segment name")).to_have_value("By keyboard")
    tab_to(page, row(page, 1).get_by_label("Condition", exact=True))
    page.keyboard.type("Contract Stage")
    expect(row(page, 1).locator("input[name$=-shown]")).to_have_value("contract_stage:any_of")
    tab_to(page, row(page, 1).get_by_role("searchbox"))
    page.keyboard.type("susp")
    press("Enter")
    page.keyboard.type("join")
    press("Enter")
    press("Escape")
    expect_count(page, 2)
    tab_to(page, page.get_by_role("button", name="And", exact=True))
    press("Enter")
    expect(row(page, 2).get_by_label("Condition", exact=True)).to_be_focused()
    page.keyboard.type("Partner Template")
    expect(row(page, 2).locator("input[name$=-shown]")).to_have_value("template_term:any_of")
    expect(row(page, 2).get_by_label("Condition", exact=True)).to_be_focused()
    tab_to(page, row(page, 2).get_by_role("searchbox"))
    page.keyboard.type("gold")
    expect(page.get_by_role("option", name="Gold 2026")).to_be_visible()
    press("Enter")
    press("Escape")
    expect_count(page, 1)
    page.get_by_label("Segment name").focus()
    tab_to(page, page.get_by_role("button", name="Save"))
    press("Enter")
    expect(page.get_by_role("list")).to_contain_text(["Saved: 1 partner."])
    assert Segment.objects.get().partner_count == 1


def test_each_stage_says_what_it_means_where_it_is_chosen(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Contract Stage")
    row(page, 1).locator("summary", has_text="What this row asks").click()
    expect(page.get_by_text("the brand answered with other terms")).to_be_visible()
    page.keyboard.press("Escape")
    row(page, 1).get_by_role("searchbox").click()
    expect(page.get_by_role("option", name=re.compile("Advertiser Countered"))).to_contain_text(
        "the brand answered with other terms"
    )


def test_see_all_shows_an_unsaved_definition_and_back_brings_it_back(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    page.get_by_label("Segment name").fill("Not saved yet")
    choose(page, 1, "Partner Name", "contains")
    row(page, 1).get_by_label("Value").fill("MEDIA")
    page.keyboard.press("Tab")
    expect_count(page, 1)
    page.get_by_role("button", name="See all 1").click()
    expect(page.get_by_role("heading", name="Not saved yet")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Aurora Media"))).to_contain_text("Joined")
    page.go_back()
    expect(page.get_by_label("Segment name")).to_have_value("Not saved yet")
    expect(row(page, 1).get_by_label("Value")).to_have_value("MEDIA")
    assert not Segment.objects.exists()


def test_the_filter_bar_narrows_the_list(visit, editor, program):
    segment = Segment.objects.create(
        name="All joined",
        definition={
            "version": 1,
            "any": [{"all": [{"field": "prospecting_stage", "operator": "any_of", "value": ["joined"]}]}],
        },
    )
    page = visit(editor)
    page.goto(f"/admin/segments/segment/{segment.pk}/partners/")
    expect(page.get_by_role("row")).to_have_count(3)
    page.locator("summary", has_text="Contract stage").click()
    page.get_by_role("group", name="Contract stage").get_by_label("Expired", exact=True).check()
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row", name=re.compile("Éclair Reviews"))).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_role("row")).to_have_count(3)
