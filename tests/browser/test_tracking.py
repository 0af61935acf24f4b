"""A tracked segment in a real browser: switched on, its changes and why, as of yesterday, a held run."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from partners.models import Partner
from segments.models import Run, SegmentDay, Tracking
from segments.tracking import running
from segments.tracking.services import switch_on, track_now
from tests.browser.inspection import open_and_inspect, tab_to, walk
from tests.browser.program import LIST, make_program
from tests.factories import PartnerFactory
from tests.segments.forms import any_of, asks, partners_of, saved

JOINED = any_of([asks("prospecting_stage", "any_of", ["joined"])])


@pytest.fixture
def segment(db):
    make_program()
    PartnerFactory.create_batch(8, prospecting_stage="joined")
    return saved("All joined", JOINED)


def make_it_yesterday():
    """What has been tracked, was a day ago."""
    yesterday = timezone.now() - timedelta(days=1)
    Run.objects.update(at=yesterday)
    Tracking.objects.update(since=yesterday)
    SegmentDay.objects.update(day=timezone.localdate(yesterday))


@pytest.fixture
def tracked(segment):
    """Since yesterday; today Moss Diary entered and Éclair Reviews left."""
    switch_on(segment=segment, user=None)
    track_now(segment=segment, user=None)
    make_it_yesterday()
    move()
    track_now(segment=segment, user=None)
    return segment


def move():
    for name, stage in (("Moss Diary", "joined"), ("Éclair Reviews", "expired")):
        partner = Partner.objects.get(name=name)
        partner.prospecting_stage = stage
        partner.save()


@pytest.mark.parametrize("script", [True, False])
def test_a_segment_is_tracked_and_tells_who_entered_why_and_who_was_in_it_yesterday(
    visit, editor, segment, script
):
    page = visit(editor, java_script_enabled=script)
    page.goto(partners_of(segment))
    page.get_by_role("link", name="Track it", exact=True).click()
    page.get_by_label("Every hour").check()
    page.get_by_role("button", name="Track it").click()
    expect(page.get_by_text("The first run is still to come")).to_be_visible()
    page.get_by_role("button", name="Track now").click()
    expect(page.get_by_text("Tracking began: 10 partners were in it.")).to_be_visible()
    make_it_yesterday()
    move()
    page.get_by_role("button", name="Track now").click()
    expect(page.locator(".messagelist")).to_contain_text("The run is made: 1 entered, 1 left.")
    expect(page.locator(".move-entered")).to_contain_text("Moss Diary")
    expect(page.locator(".move-left")).to_contain_text("Éclair Reviews")
    page.get_by_role("link", name="Why Moss Diary entered").click()
    expect(page.get_by_text("In the segment")).to_be_visible()
    page.goto(f"{LIST}{segment.pk}/size/")
    page.get_by_label("As of").fill((timezone.localdate() - timedelta(days=1)).isoformat())
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".as-of-note")).to_contain_text("10 partners at the end of")
    page.get_by_role("link", name="Show the partners of").click()
    expect(page.get_by_role("rowheader").filter(has_text="Éclair Reviews")).to_be_visible()
    expect(page.get_by_role("rowheader").filter(has_text="Moss Diary")).to_have_count(0)
    page.get_by_role("link", name="back to today").click()
    expect(page.get_by_role("rowheader").filter(has_text="Moss Diary")).to_be_visible()


def test_a_held_run_is_looked_at_and_confirmed_by_keyboard(visit, editor, tracked, monkeypatch):
    monkeypatch.setattr(running, "ALWAYS_ALLOWED", 0)
    for partner in Partner.objects.filter(prospecting_stage="joined")[:4]:
        partner.prospecting_stage = "expired"
        partner.save()
    track_now(segment=tracked, user=None)
    page = visit(editor)
    page.goto(partners_of(tracked))
    tab_to(page, page.get_by_role("link", name="Look who would move"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Would leave now")).to_contain_text("\N{MINUS SIGN}4")
    open_and_inspect(page, page.url)
    tab_to(page, page.get_by_role("button", name="Confirm the held run"))
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("0 entered, 4 left.")
    expect(page.get_by_role("region", name="A run is held")).to_have_count(0)


@pytest.mark.parametrize("tab", ["changes", "size", "tracking"])
def test_nothing_sticks_out_and_the_keyboard_reaches_all(visit, editor, tracked, tab):
    page = visit(editor)
    address = f"{LIST}{tracked.pk}/{tab}/"
    open_and_inspect(page, address)
    walk(page, address)


def test_the_partners_of_a_day_lead_back_to_the_curve(visit, viewer, tracked):
    page = visit(viewer)
    address = f"{LIST}{tracked.pk}/as-of/{timezone.localdate() - timedelta(days=1)}/"
    open_and_inspect(page, address)
    page.get_by_role("link", name="Another day").click()
    expect(page.get_by_role("group", name="Partners at the end of each day")).to_be_visible()
