"""A partner's page in a real browser."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from segments.models import Segment
from tests.browser.inspection import inspect, open_and_inspect
from tests.browser.program import make_program
from tests.factories import NoteFactory, PartnerGroupFactory

JOINED = {"field": "contract_stage", "operator": "any_of", "value": ["joined"]}
NEW = {"field": "prospecting_stage", "operator": "any_of", "value": ["new"]}


@pytest.fixture
def aurora(db, editor):
    aurora = make_program().aurora
    for name, condition in (("Joined " * 20, JOINED), ("New " * 40, NEW)):
        Segment.objects.create(name=name, definition={"version": 1, "any": [{"all": [condition]}]})
    aurora.name = "مجلة Aurora & her many friends " * 6
    aurora.owner, aurora.website = editor, f"https://aurora.example/{'x' * 150}"
    aurora.next_step, aurora.next_step_date = "Send the offer " * 12, timezone.localdate() - timedelta(days=1)
    aurora.save()
    aurora.groups.add(PartnerGroupFactory(name="A very long group " * 10))
    NoteFactory.create_batch(22, partner=aurora, text="What was said, " * 30, user=editor)
    return aurora


def address(partner):
    return reverse("admin:partners_partner_change", args=[partner.pk])


def test_the_page_is_in_order_with_long_names_too(visit, editor, aurora):
    page = visit(editor)
    open_and_inspect(page, address(aurora))
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("Write what is to be kept.")).to_be_visible()
    inspect(page, "a note that is refused")
    page.goto(address(aurora))
    page.get_by_role("link", name=re.compile("^Change Call")).first.click()
    inspect(page, "the page of a note")


@pytest.mark.parametrize("login", ["viewer", "editor", "superuser"])
@pytest.mark.parametrize("width", [320, 390, 700])
def test_the_menu_opens_within_the_window(visit, request, aurora, login, width):
    page = visit(request.getfixturevalue(login), width=width)
    page.goto(address(aurora))
    page.get_by_label("More about this partner").click()
    panel = page.locator(".drop[open] .drop-panel").bounding_box()
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= width


def test_a_viewers_page_is_in_order(visit, viewer, aurora):
    open_and_inspect(visit(viewer), address(aurora))


@pytest.mark.parametrize("script", [True, False])
def test_a_note_is_written_and_changed(visit, editor, aurora, script):
    page = visit(editor, java_script_enabled=script)
    page.goto(f"{address(aurora)}?only=notes")
    form = page.get_by_role("form", name="Add a note")
    form.get_by_label("Kind").select_option(label="Meeting")
    form.get_by_label("What was said, what was agreed").fill("They plan a guide.")
    form.get_by_role("button", name="Add note").click()
    expect(page.get_by_text("They plan a guide.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Change Meeting")).click()
    page.get_by_label("What was said, what was agreed").fill("They plan two guides.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("They plan two guides.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_groups_are_taken_away_brought_back_and_added(visit, editor, aurora, script):
    page = visit(editor, java_script_enabled=script)
    page.goto(address(aurora))
    page.get_by_role("button", name="Take out of VIP").click()
    expect(page.get_by_text("Taken out of VIP.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Put into VIP.")).to_be_visible()
    if script:
        page.locator(".groups-add .select2-selection").click()
        page.locator(".select2-search__field").fill("Block")
        page.get_by_role("option", name="Blocked").click()
    else:
        page.locator(".groups-add textarea").fill("blocked")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Put into Blocked.")).to_be_visible()


def test_the_page_tells_why_the_partner_is_not_in_a_segment(visit, viewer, aurora):
    page = visit(viewer)
    page.goto(address(aurora))
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("Not in the segment")).to_be_visible()


@pytest.mark.parametrize("clipboard", ["allowed", "denied", "missing"])
def test_the_partner_id_is_copied_and_said_to_be(visit, viewer, aurora, clipboard):
    page = visit(viewer)
    page.goto(address(aurora))
    page.evaluate(
        """(clipboard) => {
            window.kept = [];
            const writeText = async (text) => {
                if (clipboard === "denied") throw new DOMException("no", "NotAllowedError");
                window.kept.push(text);
            };
            const value = clipboard === "missing" ? undefined : { writeText };
            Object.defineProperty(navigator, "clipboard", { value });
            document.addEventListener("copy", () => window.kept.push(getSelection().toString()));
        }""",
        clipboard,
    )
    page.get_by_role("button", name="Copy the Partner ID").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("window.kept") == ["700123"]


def test_where_nothing_can_be_copied_the_partner_id_is_selected(visit, viewer, aurora):
    page = visit(viewer)
    page.goto(address(aurora))
    page.evaluate(
        """() => {
            Object.defineProperty(navigator, "clipboard", { value: undefined });
            document.execCommand = () => false;
        }"""
    )
    page.get_by_role("button", name="Copy the Partner ID").click()
    expect(page.get_by_text("Selected: press Ctrl C")).to_be_visible()
    assert page.evaluate("getSelection().toString()") == "700123"


def test_without_script_there_is_no_button_to_copy(visit, viewer, aurora):
    page = visit(viewer, java_script_enabled=False)
    page.goto(address(aurora))
    expect(page.get_by_role("button", name="Copy the Partner ID")).to_be_hidden()


@pytest.mark.parametrize("script", [True, False])
def test_who_is_taken_out_on_a_groups_page_is_put_back_there(visit, editor, aurora, script):
    page = visit(editor, java_script_enabled=script)
    group = aurora.groups.get(name="VIP")
    page.goto(reverse("admin:partners_partnergroup_change", args=[group.pk]))
    page.get_by_role("row", name=re.compile("Fern")).get_by_role("checkbox").check()
    page.get_by_role("button", name="Take out of group…").click()
    page.get_by_role("button", name="Take out of group").click()
    page.get_by_text("1 partner taken out of VIP.").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("VIP")
    expect(page.get_by_text("Put into VIP.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Fern"))).to_be_visible()
