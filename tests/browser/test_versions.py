"""The versions of a segment and where something is used, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from partners.core.moment import Moment
from segments.definition import Definition
from segments.models import Segment
from segments.services import save_segment
from tests.browser.inspection import inspect, tab_to, walk
from tests.browser.program import LIST, make_program, row
from tests.segments.forms import JOINED, NEW, any_of, asks

GOLD = asks("template_term", "contains", "gold")


def save(*groups, segment=None, name="Prospects", user=None):
    definition = Definition.from_json(any_of(*groups))
    return save_segment(segment=segment, name=name, definition=definition, user=user, moment=Moment.now())


@pytest.fixture
def program(db):
    return make_program()


@pytest.fixture
def segment(program, editor):
    """Three versions, the last with another name."""
    made = save([NEW], user=editor)
    save([NEW], [JOINED], segment=made, user=editor)
    blocked = asks("partner_group", "none_of", [program.blocked.pk])
    return save([NEW, blocked], [JOINED, GOLD], segment=made, user=editor, name="New, or joined gold")


def test_a_version_is_kept_found_compared_and_restored(visit, editor, segment):
    page = visit(editor)
    page.goto(LIST)
    page.get_by_role("link", name="New, or joined gold").first.click()
    page.get_by_role("link", name="Edit", exact=True).click()
    row(page, 1).get_by_label("Value").first.select_option(label="Outreach")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="New, or joined gold")).to_be_visible()
    page.get_by_role("link", name="Versions 4").click()
    expect(page).to_have_title(re.compile("^Versions of New, or joined gold"))
    first = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Version 4"))
    expect(first).to_contain_text("changed: Prospecting Stage is any of New → Outreach")
    inspect(page, "versions")
    page.get_by_label("Version", exact=True).fill("1")
    page.get_by_label("With version").fill("3")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Version 1 and version 3")).to_be_visible()
    expect(page.get_by_text("Group 1, added: Partner Group is none of “Blocked”")).to_be_visible()
    inspect(page, "comparison")
    page.get_by_role("link", name=re.compile("See all 1")).click()
    expect(page.locator("table")).to_contain_text("Aurora Media")
    page.get_by_role("link", name="Back to the versions").click()
    page.get_by_role("link", name="Restore… version 1").click()
    expect(page.get_by_text("renamed: “New, or joined gold” → “Prospects”")).to_be_visible()
    inspect(page, "restoration")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Version 1 is back, as version 5: 1 partner.")).to_be_visible()
    expect(page.get_by_text("Version 1 restored")).to_be_visible()
    assert (Segment.objects.get().name, Segment.objects.get().definition) == ("Prospects", any_of([NEW]))


def test_versions_by_keyboard(visit, editor, segment):
    page = visit(editor)
    address = f"{LIST}{segment.pk}/versions/"
    page.goto(address)
    walk(page, address)
    tab_to(page, page.get_by_label("With version"))
    page.keyboard.press("Control+A")
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no version 99 of this segment.")).to_be_visible()
    inspect(page, "a version that is not there")
    tab_to(page, page.get_by_role("link", name="Restore… version 1"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Restore"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Version 1 is back, as version 4")).to_be_visible()


def test_versions_without_javascript_and_for_a_viewer(visit, editor, viewer, segment):
    page = visit(viewer, java_script_enabled=False)
    page.goto(f"{LIST}{segment.pk}/versions/")
    expect(page.get_by_role("link", name=re.compile("Restore"))).to_have_count(0)
    page.get_by_role("link", name="Compare with the newest version 1").click()
    expect(page.get_by_text("renamed: “Prospects” → “New, or joined gold”")).to_be_visible()
    assert page.goto(f"{LIST}{segment.pk}/versions/1/restore/").status == 403
    page.expected.append("403")
    page = visit(editor, java_script_enabled=False)
    page.goto(f"{LIST}{segment.pk}/versions/1/restore/")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Version 1 is back, as version 4")).to_be_visible()


def test_where_a_group_is_used_and_what_asks_about_a_field(visit, viewer, program):
    save([asks("partner_group", "any_of", [program.vip.pk])], name="Very important")
    save([NEW], name="Unrelated")
    page = visit(viewer)
    page.goto("/admin/partners/partnergroup/")
    page.get_by_role("row", name="VIP").get_by_role("link", name="1").click()
    expect(page.get_by_role("row", name=re.compile("Very important"))).to_be_visible()
    expect(page.get_by_text("Unrelated")).to_have_count(0)
    inspect(page, "segments that name a group")
    address = f"/admin/partners/partnergroup/{program.vip.pk}/change/"
    page.goto(address)
    expect(page.get_by_role("heading", name="Named in segments")).to_be_visible()
    inspect(page, "a group")
    walk(page, address)
    page.get_by_role("link", name="Very important").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Very important")
    page.goto(LIST)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Asks about").select_option(label="Prospecting Stage")
    page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_role("row", name=re.compile("Unrelated"))).to_be_visible()
    expect(page.get_by_text("Very important")).to_have_count(0)
    expect(page.get_by_role("link", name="Remove filter Asks about: Prospecting Stage")).to_be_visible()
