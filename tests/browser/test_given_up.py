"""What is asked for and then not wanted any more is no error: the console stays empty."""

import pytest
from playwright.sync_api import expect

from tests.browser.program import ADD, LIST, choose, expect_count, make_program, row


@pytest.fixture
def page(visit, editor):
    make_program()
    page = visit(editor)
    page.goto(ADD)
    choose(page, 1, "Partner Name", "contains")
    return page


def type_and_wait_for_the_request(page, text):
    with page.expect_request(lambda request: request.method == "POST"):
        row(page, 1).get_by_label("Value").fill(text)
        row(page, 1).get_by_label("Value").press("Tab")


def test_a_preview_that_a_newer_one_replaces(page):
    held = []

    def hold(route):
        held.append(route)

    page.route("**/add/", hold, times=1)
    type_and_wait_for_the_request(page, "au")
    type_and_wait_for_the_request(page, "aurora")
    expect_count(page, 1)
    assert len(held) == 1


def test_a_preview_under_way_when_the_page_is_left(page):
    page.route("**/add/", lambda route: None, times=1)
    type_and_wait_for_the_request(page, "au")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(LIST)
    expect(page.get_by_role("heading", level=1)).to_have_text("Segments")


def test_a_server_that_is_away_is_reported_all_the_same(page):
    page.route("**/add/", lambda route: route.abort(), times=1)
    type_and_wait_for_the_request(page, "au")
    expect(page.get_by_role("alert")).to_contain_text("The server could not answer")
    assert any(problem.startswith("htmx:sendError") for problem in page.problems)
    page.expected += ["htmx:sendError", "ERR_FAILED"]
