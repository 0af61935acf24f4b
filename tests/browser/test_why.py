"""Why a partner is in or out, and near misses, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from segments.models import Segment
from tests.browser.inspection import REFUSED, inspect, tab_to, walk
from tests.browser.program import ADD, choose, expect_count, make_program, row
from tests.segments.forms import JOINED, NEW, any_of, asks, change, partners_of, saved


@pytest.fixture
def program(db):
    return make_program()


@pytest.fixture
def gold(program):
    """Joined on Gold, or a prospect in VIP: Aurora and Fern are in it, Éclair and Moss are near."""
    return saved(
        "Gold or VIP",
        any_of(
            [JOINED, asks("template_term", "any_of", [program.gold.pk])],
            [NEW, asks("partner_group", "any_of", [program.vip.pk])],
        ),
    )


def why(page):
    return page.locator("#builder-why")


def test_a_partner_is_looked_up_chosen_and_explained_while_rows_change(visit, editor, gold):
    page = visit(editor)
    page.goto(change(gold))
    expect_count(page, 2)
    page.get_by_label("Segment name").fill("My name")
    page.get_by_role("button", name="Why in, why not").click()
    box = page.get_by_label("Name or Partner ID")
    box.fill("a e")
    box.press("Enter")
    expect(why(page)).to_contain_text("Which of these?")
    why(page).get_by_role("button", name="Éclair Reviews").click()
    expect(why(page)).to_contain_text("none of its groups is met")
    expect(why(page)).to_contain_text("Each of these is met, but not by one and the same contract.")
    expect(why(page).get_by_role("heading")).to_be_focused()
    inspect(page, "why")
    page.get_by_label("Which contract").first.select_option(label="on any contract")
    expect_count(page, 3)
    expect(why(page)).to_contain_text("through group 1")
    choose(page, 3, "Partner Name")
    expect(why(page)).to_contain_text("The rows are not complete yet.")
    expect(why(page)).to_contain_text("Éclair Reviews")
    expect(page.get_by_label("Segment name")).to_have_value("My name")
    expect(box).to_have_value("a e")
    assert Segment.objects.get().name == "Gold or VIP"


def test_near_misses_are_shown_when_asked_for_and_lead_to_all_of_them(visit, editor, gold):
    page = visit(editor)
    page.goto(change(gold))
    expect_count(page, 2)
    button = page.get_by_role("button", name="Near misses")
    tab_to(page, button)
    page.keyboard.press("Enter")
    near = page.locator("#builder-near")
    expect(near).to_contain_text("Kept out by Contract Stage is any of Joined: 1 partner")
    expect(near).to_contain_text("Éclair Reviews")
    inspect(page, "near misses")
    page.get_by_role("button", name="See all 1 kept out by Contract Stage is any of Joined").click()
    expect(page.get_by_role("heading", name="Near misses of “Gold or VIP”")).to_be_visible()
    expect(page.locator("table")).to_contain_text("Éclair Reviews")
    page.get_by_role("link", name="Back to the builder").click()
    expect_count(page, 2)
    row(page, 1).get_by_label("Operator").select_option(label="is none of")
    expect(near).not_to_contain_text("Kept out by")


def test_everything_is_reached_by_keyboard(visit, editor, gold):
    page = visit(editor)
    page.goto(change(gold))
    expect_count(page, 2)
    tab_to(page, page.get_by_role("button", name="Why in, why not"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Name or Partner ID"))
    page.keyboard.type("media")
    page.keyboard.press("Enter")
    expect(why(page)).to_contain_text("through group 1")
    expect(why(page)).to_contain_text("Met: Group 1 all of it is met")
    page.goto(partners_of(gold))
    tab_to(page, page.get_by_label("Name or Partner ID"))
    page.keyboard.type("700161")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Why not?"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why is a partner in “Gold or VIP”, or not?")).to_be_visible()
    expect(page.locator(".why-page")).to_contain_text("Éclair Reviews")
    inspect(page, "why page")
    walk(page, "why page")


def test_an_answer_about_other_rows_than_are_there_now_is_asked_for_again(visit, editor, gold):
    page = visit(editor)
    page.goto(change(gold))
    expect_count(page, 2)
    held = []

    def hold(route):
        if not held and route.request.headers.get("hx-target") == "builder-why":
            held.append(route)
        else:
            route.continue_()

    page.route("**/change/", hold)
    page.get_by_role("button", name="Why in, why not").click()
    page.get_by_label("Name or Partner ID").fill("éclair")
    with page.expect_request(lambda request: request.headers.get("hx-target") == "builder-why"):
        page.get_by_role("button", name="Look up").click()
    page.get_by_label("Which contract").first.select_option(label="on any contract")
    expect(page.locator("#builder-preview")).to_contain_text("3 of 4 partners")
    held[0].continue_()
    expect(why(page)).to_contain_text("through group 1")
    expect(why(page)).not_to_contain_text("on the same contract")


def test_a_server_that_does_not_answer_is_named_and_loses_nothing(visit, editor, gold):
    page = visit(editor)
    page.expected += [REFUSED, "Response Status Error"]
    page.goto(change(gold))
    expect_count(page, 2)
    page.get_by_role("button", name="Why in, why not").click()
    page.get_by_label("Name or Partner ID").fill("media")
    page.route("**/change/", lambda route: route.fulfill(status=500, body="broken"))
    page.get_by_role("button", name="Look up").click()
    expect(why(page)).to_contain_text("The server could not answer.")
    expect(page.locator("#builder-preview")).to_contain_text("2 of 4 partners")
    page.unroute("**/change/")
    page.get_by_role("button", name="Look up").click()
    expect(why(page)).to_contain_text("through group 1")


def test_all_of_it_without_javascript(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(ADD)
    page.get_by_label("Segment name").fill("Mine")
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_role("button", name="Show its values").click()
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    page.get_by_role("button", name="Preview Segment Partners").click()
    page.get_by_role("button", name="Why in, why not").click()
    page.get_by_label("Name or Partner ID").fill("a e")
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("button", name="Éclair Reviews").click()
    expect(why(page)).to_contain_text("In the segment")
    expect(page.get_by_label("Segment name")).to_have_value("Mine")
    page.get_by_role("button", name="And", exact=True).click()
    expect(why(page)).to_contain_text("The rows are not complete yet.")
    choose(page, 2, "Contract Stage")
    row(page, 2).get_by_role("button", name="Show its values").click()
    row(page, 2).get_by_label("Value").select_option(label="Expired")
    page.get_by_role("button", name="Preview Segment Partners").click()
    expect(why(page)).to_contain_text("Not in the segment")
    page.get_by_role("button", name="Near misses").click()
    expect(page.locator("#builder-near")).to_contain_text("Kept out by")
    page.get_by_role(
        "button", name=re.compile("^See all 2 kept out by Contract Stage is any of Expired")
    ).click()
    expect(page.locator("table")).to_contain_text("Aurora Media")
    page.get_by_role("link", name="Back to the builder").click()
    expect(page.get_by_label("Segment name")).to_have_value("Mine")


def test_a_partners_page_says_why_it_is_in_its_segments(visit, editor, program, gold):
    page = visit(editor)
    page.goto(f"/admin/partners/partner/{program.aurora.pk}/change/")
    summary = page.locator("summary", has_text="Why Gold or VIP")
    tab_to(page, summary)
    page.keyboard.press("Enter")
    part = page.get_by_role("region", name="In these segments")
    expect(part).to_contain_text("on the same contract")
    expect(part.get_by_text("Contract Stage is any of Joined")).to_be_visible()
    expect(part).not_to_contain_text("Group 2")
    inspect(page, "a partner's segments")
