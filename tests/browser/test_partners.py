"""The Partners and Groups screens in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from partners.core.row_pages import page_of
from partners.models import PartnerGroup
from segments.models import Segment
from tests.browser.inspection import inspect, open_and_inspect, walk
from tests.browser.program import make_program, menu_of
from tests.factories import PartnerFactory

PARTNERS = "/admin/partners/partner/"
GROUPS = "/admin/partners/partnergroup/"
JOINED = {"field": "contract_stage", "operator": "any_of", "value": ["joined"]}


@pytest.fixture
def program(db):
    program = make_program()
    Segment.objects.create(name="Joined", definition={"version": 1, "any": [{"all": [JOINED]}]})
    return program


def test_filters_empty_lists_and_questions_are_in_order(visit, editor, program):
    page = visit(editor)
    page.goto(f"{PARTNERS}?contract_stage=joined&segment=1")
    page.locator(".filters > summary").click()
    inspect(page, "list with filters")
    open_and_inspect(page, f"{PARTNERS}?q=nobody")
    page.goto(PARTNERS)
    page.get_by_role("checkbox", name=re.compile("Aurora")).check()
    inspect(page, "list with a tick")
    page.get_by_role("button", name="Add to group…", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add 1 partner to a group")
    inspect(page, "question")
    page.get_by_role("button", name="Add to group").click()
    expect(page.get_by_text("Choose a group, or name a new one.")).to_be_visible()
    inspect(page, "question with an error")


@pytest.mark.parametrize("script", [True, False])
def test_several_countries_are_chosen_in_one_menu(visit, editor, program, script):
    for name, country in [("Donau", "AT"), ("Rhein", "DE"), ("Seine", "FR")]:
        PartnerFactory(name=name, country=country)
    page = visit(editor, java_script_enabled=script)
    page.goto(f"{PARTNERS}?country__exact=AT")
    page.locator(".filters > summary").click()
    page.locator("summary", has_text="Country").click()
    menu = page.get_by_role("group", name="Country")
    if script:
        menu.get_by_role("searchbox", name="Find in Country").fill("germ")
        expect(menu.get_by_role("checkbox")).to_have_count(1)
    menu.get_by_role("checkbox", name="Germany").check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_text("2 partners", exact=True)).to_be_visible()
    page.get_by_role("link", name="Remove filter Country").click()
    expect(page.get_by_text("Seine")).to_be_visible()


def test_the_name_of_a_filter_is_in_one_line_however_long_what_was_chosen_is(visit, editor, program):
    group = PartnerGroup.objects.create(name="Trading company for sustainable programs " * 4)
    page = visit(editor, width=390)
    page.goto(f"{PARTNERS}?groups__id__exact={group.pk}")
    name = page.get_by_role("link", name="Remove filter Group:").get_by_text("Group:")
    box = "e => { const range = document.createRange(); range.setStart(e.childNodes[1], 0); "
    box += "range.setEnd(e.childNodes[1], 5); return range.getClientRects().length; }"
    assert name.evaluate(box) == 1


def test_a_field_that_was_refused_has_a_border_of_its_own(visit, editor, program):
    page = visit(editor)
    page.goto(f"{PARTNERS}add/")
    page.locator("#content form").evaluate("form => form.noValidate = true")
    page.get_by_label("E-mail").fill("no address")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    borders = [
        page.locator(field).evaluate("e => { e.blur(); return getComputedStyle(e).borderColor; }")
        for field in ("#id_name", "#id_email", "#id_website")
    ]
    assert borders[0] == borders[1] != borders[2]


@pytest.mark.parametrize("script", [True, False])
def test_a_segments_partners_come_into_a_new_group(visit, editor, program, script):
    page = visit(editor, java_script_enabled=script)
    page.goto(PARTNERS)
    page.locator(".filters > summary").click()
    page.get_by_label("Segment", exact=True).select_option(label="Joined")
    page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_text("2 partners", exact=True)).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("Aurora")).check()
    page.get_by_role("button", name="Add to group…", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add 1 partner to a group")
    page.get_by_role("button", name="Choose all that match the list instead").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add 2 partners to a group")
    page.get_by_label("Or a new group").fill("Chosen")
    page.get_by_role("button", name="Add to group").click()
    expect(page.get_by_text("2 partners added to Chosen.")).to_be_visible()
    page.get_by_role("link", name="Remove filter Segment: Joined").click()
    expect(page.get_by_text("4 partners", exact=True)).to_be_visible()
    assert PartnerGroup.objects.get(name="Chosen").partners.count() == 2


def test_all_across_pages_are_removed_from_a_group(visit, editor, program):
    program.vip.partners.set(PartnerFactory.create_batch(120, name="Moss"))
    page = visit(editor)
    page.goto(f"{PARTNERS}?groups__id__exact={program.vip.pk}")
    page.get_by_role("checkbox", name="Tick all rows of this page").check()
    page.get_by_role("button", name="Take all 120 partners").click()
    expect(page.get_by_text("All 120 taken")).to_be_visible()
    page.get_by_label("More for the ticked rows").click()
    page.get_by_role("button", name="Take out of group…", exact=True).click()
    page.get_by_label("Group").select_option(label="VIP: 120 to take out, 0 not in it")
    page.get_by_role("button", name="Take out of group").click()
    expect(page.get_by_text("120 partners taken out of VIP.")).to_be_visible()
    expect(page.get_by_role("heading", name="No partners match")).to_be_visible()


def test_the_keyboard_alone_filters_and_opens_a_partner(visit, viewer, program):
    page = visit(viewer)
    page.goto(PARTNERS)
    page.locator(".filters > summary").focus()
    page.keyboard.press("Enter")
    page.locator("summary", has_text="Prospecting stage").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Outreach").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Apply filters").focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name=re.compile("Moss Diary"))
    expect(link).to_be_visible()
    expect(page.get_by_text("1 partner", exact=True)).to_be_visible()
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Contracts")).to_be_visible()


def test_a_viewer_downloads_a_groups_e_mail_list(visit, viewer, program):
    page = visit(viewer)
    page.goto(GROUPS)
    with page.expect_download() as download:
        menu_of(page, "VIP").get_by_role("link", name="E-mail list").click()
    assert download.value.suggested_filename.startswith("VIP e-mails 20")


def test_a_groups_page_and_the_page_for_adding_are_in_order(visit, editor, program):
    page = visit(editor)
    for address in (page_of(program.vip), f"{GROUPS}{program.vip.pk}/add-partners/"):
        open_and_inspect(page, address)
        walk(page, address)
    page.goto(page_of(program.vip))
    page.get_by_role("checkbox", name=re.compile("Aurora")).check()
    inspect(page, "a group with a ticked partner")


@pytest.mark.parametrize("script", [True, False])
def test_partners_are_added_to_a_group_by_pasted_ids_and_by_search_and_taken_out(
    visit, editor, program, script
):
    page = visit(editor, java_script_enabled=script)
    page.goto(GROUPS)
    page.get_by_role("link", name="VIP", exact=True).click()
    page.get_by_role("link", name="Add partners…").click()
    page.get_by_label("Partner IDs").fill("700161; 12")
    if script:
        page.get_by_role("searchbox").click()
        page.keyboard.type("Moss")
        page.get_by_role("option", name=re.compile("Moss Diary")).click()
    else:
        page.get_by_label("More of them: IDs or names, one on a line").fill("Moss Diary")
    page.get_by_role("button", name="Add to group").click()
    expect(page.get_by_text("12 is no partner's ID. Nothing was added.")).to_be_visible()
    assert program.vip.partners.count() == 2
    page.get_by_label("Partner IDs").fill("700161")
    page.get_by_role("button", name="Add to group").click()
    expect(page.get_by_text("2 partners added to VIP.")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("Moss")).check()
    page.get_by_role("button", name="Take out of group…", exact=True).click()
    page.get_by_role("button", name="Take out of group").click()
    expect(page.get_by_text("1 partner taken out of VIP.")).to_be_visible()
    expect(page.get_by_role("link", name="3 partners")).to_be_visible()
