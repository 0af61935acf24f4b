"""A program without a row: lists say what comes first, and nothing that makes no sense yet."""

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import open_and_inspect
from tests.segments.forms import saved

PARTNERS, SEGMENTS = "/admin/partners/partner/", "/admin/segments/segment/"


@pytest.mark.parametrize("address", [PARTNERS, "/admin/partners/import/", f"{SEGMENTS}add/"])
def test_an_empty_page_is_in_order(visit, editor, address):
    open_and_inspect(visit(editor), address)


def test_an_empty_list_offers_the_beginning_and_neither_search_nor_count(visit, editor):
    page = visit(editor)
    page.goto(PARTNERS)
    expect(page.get_by_text("No partners yet")).to_be_visible()
    expect(page.get_by_text("Import a file, or add the first one")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_text("0 partners")).to_be_hidden()
    page.goto(f"{PARTNERS}?q=nobody")
    expect(page.get_by_role("searchbox")).to_be_visible()
    expect(page.get_by_text("No partners match")).to_be_visible()


def test_an_archive_can_be_opened_though_nothing_else_is_there(visit, editor):
    segment = saved("Of old")
    segment.archived_at = segment.changed_at
    segment.save()
    page = visit(editor)
    page.goto(SEGMENTS)
    page.get_by_role("link", name="Archived").click()
    expect(page.get_by_role("link", name="Of old", exact=True)).to_be_visible()
