"""The start page as one uses it in the morning: from a bar, a number or a line to the rows behind it."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from segments.models import Segment
from tests.browser.inspection import open_and_inspect
from tests.browser.program import make_program
from tests.factories import ContractFactory


@pytest.fixture
def program(db):
    """The small program, with a contract that ends soon and a segment that needs attention."""
    cache.clear()
    program = make_program()
    today = timezone.localdate()
    ContractFactory(
        number="S-5559001", partner=program.aurora, start_date=today, end_date=today + timedelta(days=3)
    )
    Segment.objects.create(name="Lapsed coupons", definition={"version": 2})
    yield program
    cache.clear()


@pytest.mark.parametrize("script", [True, False])
def test_bars_numbers_and_lines_lead_to_their_rows(visit, editor, program, script):
    LogEntry.objects.log_actions(editor.pk, [program.vip], CHANGE, single_object=True)
    page = visit(editor, java_script_enabled=script)

    def follow(part, link, url, rows):
        page.goto("/admin/")
        page.get_by_role("region", name=part).get_by_role("link", name=link, exact=True).click()
        expect(page).to_have_url(url)
        for row in rows:
            expect(page.locator("#content")).to_contain_text(row)

    partners, contracts = "/admin/partners/partner/", "/admin/contracts/contract/"
    follow("Partners by prospecting stage", "New 1", f"{partners}?prospecting_stage__exact=new", ["Fern"])
    expect(page.locator("#content")).not_to_contain_text("Aurora Media")
    follow("Contracts by stage", "Expired 1", f"{contracts}?stage__exact=expired", ["Éclair Reviews"])
    follow("Joined", "2", f"{partners}?prospecting_stage__exact=joined", ["Aurora Media", "Éclair Reviews"])
    for part, name in (("Contracts ending in 30 days", "1"), ("Waiting for you", "Look")):
        page.goto("/admin/")
        page.get_by_role("region", name=part).get_by_role("link", name=name).click()
        expect(page.locator("#content")).to_contain_text("S-5559001")
        expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.goto("/admin/")
    page.get_by_role("region", name="Your recent work").get_by_role("link", name="VIP").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("VIP")
    page.goto("/admin/")
    page.get_by_role("region", name="Segments needing attention").get_by_role("link").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.goto("/admin/")
    page.get_by_role("region", name="Waiting for you").get_by_role("link", name="Mend").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lapsed coupons")
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Segment name")).to_have_value("Lapsed coupons")
    page.goto("/admin/")
    news = page.get_by_role("region", name="Changed today")
    news.get_by_role("link", name="1 segment was saved").click()
    expect(page).to_have_url("/admin/segments/segment/")
    page.goto("/admin/")
    news.get_by_role("link", name="Lapsed coupons").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lapsed coupons")
    page.goto("/admin/")
    page.get_by_role("link", name="Create Segment").click()
    expect(page).to_have_url("/admin/segments/segment/add/")


def test_a_bar_says_how_much_without_its_colour_and_what_its_stage_means(visit, editor, program):
    page = visit(editor)
    page.goto("/admin/")
    bars = page.get_by_role("region", name="Partners by prospecting stage").get_by_role("link")
    expect(bars).to_have_count(8)
    expect(bars.first).to_have_attribute("title", "tagged as a prospect; nothing sent yet")
    full, half = (
        page.locator(f"a[href$='prospecting_stage__exact={stage}'] rect").evaluate(
            "bar => bar.getBoundingClientRect().width"
        )
        for stage in ("joined", "new")
    )
    assert full == pytest.approx(2 * half, rel=0.02)


def test_an_empty_program_is_in_order_and_leads_to_the_first_import(visit, editor):
    cache.clear()
    page = visit(editor)
    open_and_inspect(page, "/admin/")
    page.get_by_role("region", name="First steps").get_by_role("link", name="Choose a file").click()
    expect(page.get_by_label("What the file holds")).to_have_value("partners")
