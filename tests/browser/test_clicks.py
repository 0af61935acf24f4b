"""What staff do every day, from the start page, in few clicks. To choose from a menu is one click.

Ctrl K and what is typed are no clicks; each task says how many of these commands it takes.
"""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from partners.models import Partner
from partners.stage_edits.services import apply_edit, choose, plan
from tests.browser.program import make_program
from tests.factories import ContractFactory, PartnerFactory
from tests.segments.forms import any_of, asks, saved


class Visitor:
    """Somebody on the start page; counts what they press."""

    def __init__(self, page):
        self.page, self.clicks, self.commands = page, 0, 0
        page.goto("/admin/")

    def click(self, target):
        self.clicks += 1
        target.click()

    def press(self, role, name, within=None, **options):
        self.click((within or self.page).get_by_role(role, name=name, **{"exact": True, **options}))

    def choose(self, label, option):
        self.clicks += 1
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def open(self, name):
        """By Ctrl K, without a click."""
        self.commands += 1
        self.page.keyboard.press("Control+k")
        field = self.page.get_by_role("combobox", name="Search everything")
        expect(field).to_be_focused()
        self.page.keyboard.type(name)
        expect(self.page.locator("[role=option][aria-selected=true]")).to_contain_text(name)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name)

    def open_segment(self, name):
        self.press("link", name, within=self.page.get_by_role("rowheader"))

    def sees(self, text):
        expect(self.page.locator("body")).to_contain_text(text)

    def took(self, clicks, *, commands=0):
        assert (self.clicks, self.commands) == (clicks, commands)


@pytest.fixture
def program(db):
    """Over a hundred joined partners, more than a page, in two segments."""
    cache.clear()
    program = make_program()
    for number in range(110):
        PartnerFactory(name=f"Reader {number:03}", prospecting_stage="joined", email=f"r{number}@example.com")
    joined = any_of([asks("prospecting_stage", "any_of", ["joined"])])
    saved("All joined", joined)
    saved("In VIP", any_of([asks("partner_group", "any_of", [program.vip.pk])]))
    yield program
    cache.clear()


def test_the_e_mails_of_a_segment(visit, editor, program):
    one = Visitor(visit(editor))
    one.open_segment("All joined")
    one.press("link", "Export…")
    with one.page.expect_download() as file:
        one.press("button", "E-mail list only")
    assert file.value.path().read_text("utf-8-sig").count("@") == 110
    one.took(3)


def test_why_a_partner_is_not_in_a_segment(visit, viewer, program):
    one = Visitor(visit(viewer))
    one.open("Moss Diary")
    one.choose("Why not in …", "All joined")
    one.press("button", "Look")
    one.sees("Not in the segment")
    one.took(2, commands=1)


def test_a_segments_partners_into_a_group(visit, editor, program):
    one = Visitor(visit(editor))
    one.open_segment("All joined")
    one.click(one.page.get_by_role("search").get_by_text("Take all 112"))
    one.press("button", "Add to group…")
    one.choose("Group", "Blocked: 112 to add, 0 in it already")
    one.press("button", "Add to group")
    one.sees("112 partners added to Blocked.")
    one.took(5)


def test_the_stage_of_a_segments_partners(visit, superuser, program):
    one = Visitor(visit(superuser))
    one.open_segment("All joined")
    one.click(one.page.get_by_role("search").get_by_text("Take all 112"))
    one.press("button", "Change stage…")
    one.choose("New stage", "Expired")
    one.press("button", "Show what would happen")
    one.page.get_by_label("Reason").fill("Their terms ended")
    one.press("button", "Change 112 partners")
    one.sees("112 partners moved to Expired.")
    one.took(6)


def test_the_stage_of_one_partner(visit, superuser, program):
    one = Visitor(visit(superuser))
    one.open("Moss Diary")
    one.press("button", "Change stage…")
    one.choose("New stage", "Negotiating")
    one.press("button", "Show what would happen")
    one.page.get_by_label("Reason").fill("They answered")
    one.press("button", "Change 1 partner")
    one.sees("1 partner moved to Negotiating.")
    one.took(4, commands=1)


def test_a_bulk_edit_taken_back(visit, superuser, program):
    edit = choose(rows=Partner.objects.filter(name="Moss Diary"), user=superuser)
    plan(edit=edit, to="expired", why="A mistake")
    apply_edit(edit=edit, allows_unusual=True, moves_along=True, user=superuser)
    one = Visitor(visit(superuser))
    one.press("link", "Undo", within=one.page.get_by_role("region", name="Changed today"))
    one.press("button", "Put 1 partner back")
    one.sees("1 partner put back.")
    one.took(2)


def test_a_partner_by_name(visit, viewer, program):
    one = Visitor(visit(viewer))
    one.open("Aurora Media")
    one.took(0, commands=1)


def test_a_partner_out_of_a_group(visit, editor, program):
    one = Visitor(visit(editor))
    one.open("Aurora Media")
    one.press("button", "Take out of VIP", exact=False)
    one.sees("Taken out of VIP.")
    one.took(1, commands=1)


def test_a_term_in_use_into_the_archive(visit, editor, program):
    one = Visitor(visit(editor))
    one.open("Gold 2026")
    one.press("button", "Archive")
    one.sees("archived: it stays on its contracts")
    one.took(1, commands=1)


def test_several_segments_in_one_file(visit, editor, program):
    one = Visitor(visit(editor))
    one.press("link", "Segments", exact=False, within=one.page.get_by_role("navigation", name="Main"))
    for name in ("All joined", "In VIP"):
        one.click(one.page.get_by_role("row", name=name).get_by_role("checkbox"))
    one.press("button", "Export…")
    with one.page.expect_download():
        one.press("button", "Download")
    one.took(5)


def test_the_partners_whose_next_step_is_overdue(visit, editor, program):
    Partner.objects.filter(name="Moss Diary").update(
        next_step="Call", next_step_date=timezone.localdate() - timedelta(days=1)
    )
    one = Visitor(visit(editor))
    one.press("link", "Look", exact=False, within=one.page.get_by_role("region", name="Waiting for you"))
    expect(one.page.locator("#result_list tbody tr")).to_have_count(1)
    one.sees("Moss Diary")
    one.took(1)


def test_the_contracts_that_end_in_30_days(visit, editor, program):
    today = timezone.localdate()
    ContractFactory(number="S-5559001", start_date=today, end_date=today + timedelta(days=3))
    one = Visitor(visit(editor))
    one.press("link", "1", within=one.page.get_by_role("region", name="Contracts ending in 30 days"))
    one.sees("S-5559001")
    one.took(1)
