"""What was typed survives errors, slow answers, other rows' changes and a login that ran out."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from segments.models import Segment
from tests.browser.inspection import inspect, settled
from tests.browser.program import ADD, choose, expect_count, make_program, row


@pytest.fixture
def program(db):
    return make_program()


@pytest.fixture
def editor_with_password(editor):
    editor.set_password("moss and thistle")
    editor.save()
    return editor


def test_an_error_on_save_keeps_every_row(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    page.get_by_role("button", name="And", exact=True).click()
    choose(page, 2, "Partner ID")
    row(page, 2).get_by_label("Value").fill("700123, seven")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Give the segment a name.")).to_be_visible()
    expect(page.get_by_label("Segment name")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Not saved yet")
    expect(row(page, 2)).to_contain_text("“seven” is not a Partner ID.")
    expect(row(page, 2).get_by_label("Value")).to_have_value("700123, seven")
    expect(row(page, 1).get_by_label("Value")).to_have_values(["joined"])
    assert not Segment.objects.exists()


def test_typing_goes_on_while_the_server_is_slow(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Partner Name", "contains")

    def answer_late(route):
        answer = route.fetch()
        if "and%3A0" not in route.request.post_data or page.get_by_label("Segment name").input_value():
            route.fulfill(response=answer)
            return
        row(page, 1).get_by_label("Value").fill("Aurora")
        page.get_by_label("Segment name").fill("Typed meanwhile")
        route.fulfill(response=answer)

    page.route("**/add/", answer_late)
    page.get_by_role("button", name="And", exact=True).click()
    expect(row(page, 2)).to_be_visible()
    expect(row(page, 1).get_by_label("Value")).to_have_value("Aurora")
    expect(page.get_by_label("Segment name")).to_have_value("Typed meanwhile")


def test_a_search_that_is_open_is_not_drawn_over(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Partner Group")

    searched = []

    def answer_late(route):
        answer = route.fetch()
        if not searched:
            searched.append("VI")
            row(page, 1).get_by_role("searchbox").click()
            page.keyboard.type("VI")
        route.fulfill(response=answer)

    page.route("**/add/", answer_late)
    page.get_by_role("button", name="And", exact=True).click()
    page.get_by_role("option", name="VIP").click()
    expect(row(page, 2)).to_be_visible()
    expect(row(page, 1)).to_contain_text("VIP")


def test_on_a_phone_a_pick_moves_nothing_away(visit, editor, program):
    page = visit(editor, width=390)
    page.goto(ADD)
    choose(page, 1, "Contract Stage")
    settled(page)
    before = row(page, 1).bounding_box()["y"]
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 2)
    assert abs(row(page, 1).bounding_box()["y"] - before) < 100


def test_every_press_counts_however_fast(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    for button in ("And", "And", "Add another", "And"):
        page.get_by_role("button", name=button, exact=True).first.dispatch_event("click")
    expect(page.get_by_role("group", name="Row ")).to_have_count(5)


def test_changing_the_field_of_a_row_leaves_the_others_alone_and_keeps_a_text(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    page.get_by_role("button", name="And", exact=True).click()
    choose(page, 2, "Partner Name", "contains")
    row(page, 2).get_by_label("Value").fill("gold")
    choose(page, 2, "Partner Template Term")
    expect(row(page, 2).get_by_label("Operator")).to_have_value("contains")
    expect(row(page, 2).get_by_label("Value")).to_have_value("gold")
    expect(row(page, 1).get_by_label("Value")).to_have_values(["joined"])
    expect_count(page, 1)
    choose(page, 2, "Partner ID")
    expect(row(page, 2).get_by_label("Value")).to_have_value("")


def test_a_login_that_ran_out_is_made_up_for_on_the_spot(visit, editor_with_password, program):
    page = visit(editor_with_password)
    page.goto(ADD)
    page.get_by_label("Segment name").fill("Typed before")
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 2)
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your login ran out.")).to_be_visible()
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in and go on").click()
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("moss and thistle")
    page.get_by_role("button", name="Log in and go on").click()
    expect(page.get_by_text("You are logged in again.")).to_be_visible()
    expect_count(page, 2)
    assert not Segment.objects.exists()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list")).to_contain_text(["Saved: "])
    assert Segment.objects.get().name == "Typed before"
    page.expected.append("401")


def test_a_login_in_another_tab_lets_the_first_go_on(visit, editor_with_password, program):
    page = visit(editor_with_password)
    page.goto(ADD)
    page.get_by_label("Segment name").fill("Two tabs")
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Expired")
    expect_count(page, 1)
    Session.objects.all().delete()
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect(page.get_by_role("alert")).to_contain_text("Your login ran out.")
    expect_count(page, 1)
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Log in in a new tab").click()
    other = popup.value
    other.get_by_label("Username").fill("editor")
    other.get_by_label("Password").fill("moss and thistle")
    other.get_by_role("button", name="Log in").click()
    expect(other).to_have_url("/admin/")
    page.get_by_role("alert").get_by_role("button", name="Try again").click()
    expect_count(page, 2)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list")).to_contain_text(["Saved: "])
    assert Segment.objects.get().name == "Two tabs"
    page.expected.append("401")


def test_the_second_of_two_who_save_sees_both_versions_and_loses_nothing(visit, editor, superuser, program):
    definition = {
        "version": 1,
        "any": [{"all": [{"field": "prospecting_stage", "operator": "any_of", "value": ["new"]}]}],
    }
    segment = Segment.objects.create(name="Shared", definition=definition)
    address = f"/admin/segments/segment/{segment.pk}/change/"
    mine, theirs = visit(editor), visit(superuser)
    for page, stage in ((mine, "Expired"), (theirs, "Outreach")):
        page.goto(address)
        row(page, 1).get_by_label("Value").select_option(label=stage)
    theirs.get_by_role("button", name="Save").click()
    expect(theirs.get_by_role("list")).to_contain_text(["Saved: "])
    mine.get_by_role("button", name="Save").click()
    notice = mine.get_by_role("alert")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("Not saved yet.")
    expect(notice).to_contain_text("superuser saved this segment while you were editing it.")
    expect(notice).to_contain_text("Partners in prospecting stage Outreach.")
    expect(notice).to_contain_text("Partners in prospecting stage Expired.")
    expect(row(mine, 1).get_by_label("Value")).to_have_values(["expired"])
    mine.get_by_role("button", name="Save").click()
    expect(mine.get_by_role("list")).to_contain_text(["Saved: "])
    segment.refresh_from_db()
    assert segment.definition["any"][0]["all"][0]["value"] == ["expired"]


def test_a_server_that_can_not_answer_is_said_beside_the_rows(visit, editor, program):
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 2)
    page.route("**/add/", lambda route: route.fulfill(status=500, body="<h1>Server Error (500)</h1>"))
    row(page, 1).get_by_label("Value").select_option(label=["Joined", "Expired"])
    trouble = page.get_by_role("alert")
    expect(trouble).to_contain_text("The server could not answer. Nothing you typed is lost.")
    expect_count(page, 2)
    expect(page.locator("#builder-partners")).to_contain_text("Aurora Media")
    page.get_by_role("button", name="And", exact=True).click()
    expect(trouble).to_have_count(1)
    expect(row(page, 2)).to_have_count(0)
    page.unroute_all()
    trouble.get_by_role("button", name="Try again").click()
    expect(row(page, 2)).to_be_visible()
    expect(trouble).to_have_count(0)
    expect(row(page, 1).get_by_label("Value")).to_have_values(["joined", "expired"])
    page.expected.append("500")


@pytest.mark.parametrize("width", [390, 1024, 1400])
def test_trouble_is_in_view_at_every_width(visit, editor, program, width):
    page = visit(editor, width=width)
    page.goto(ADD)
    choose(page, 1, "Contract Stage")
    row(page, 1).get_by_label("Value").select_option(label="Joined")
    expect_count(page, 2)
    page.route("**/add/", lambda route: route.fulfill(status=500, body=""))
    row(page, 1).get_by_label("Value").select_option(label="Expired")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    page.expected.append("500")
    inspect(page, "trouble")
