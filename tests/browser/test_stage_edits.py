"""A superuser moves three hundred contracts of many, looks first, and takes it back."""

import re

import pytest
from playwright.sync_api import expect

from contracts.models import Contract, ContractStage
from partners.models import StageEdit
from partners.stage_edits.services import choose, plan
from segments.models import Segment
from tests.browser.inspection import inspect
from tests.factories import PartnerFactory, TemplateTermFactory

LIST = "/admin/contracts/contract/"
JOINED = {
    "version": 1,
    "any": [{"all": [{"field": "prospecting_stage", "operator": "any_of", "value": ["joined"]}]}],
}


@pytest.fixture
def program(db):
    """Two terms with 160 contracts each, of which 150 on Gold are joined; a segment of joined partners."""
    gold, silver = TemplateTermFactory(name="Gold 2026"), TemplateTermFactory(name="Silver 2026")
    partners = [PartnerFactory(prospecting_stage="joined") for _n in range(5)]
    Contract.objects.bulk_create(
        Contract(
            number=f"S-{term.pk}{n:04}",
            partner=partners[n % 5],
            template_term=term,
            stage=ContractStage.JOINED if n < 150 and term == gold else ContractStage.SUSPENDED,
        )
        for term in (gold, silver)
        for n in range(160)
    )
    Segment.objects.create(name="In the program", definition=JOINED)


def choose_all_on_gold(page):
    page.goto(LIST)
    if page.viewport_size["width"] < 900:
        expect(page.get_by_role("heading", level=1)).to_have_text("Contracts")
    page.locator("details.filters > summary").click()
    for menu, choice in (("Stage", "Joined"), ("Template term", "Gold 2026")):
        page.locator("#changelist-filter summary", has_text=menu).first.click()
        page.get_by_role("group", name=menu, exact=True).get_by_role("checkbox", name=choice).check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".page-subtitle")).to_have_text("150 contracts")
    page.locator("#action-toggle").check()
    page.get_by_role("button", name="Take all 150 contracts").click()
    page.get_by_role("button", name="Change stage…", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change the stage of 150 contracts")


def stages():
    return dict.fromkeys(Contract.objects.values_list("stage", flat=True)).keys()


@pytest.mark.parametrize("width", [1400, 390])
def test_from_a_filtered_list_to_the_deed_and_back(visit, superuser, program, width):
    page = visit(superuser, width=width)
    choose_all_on_gold(page)
    page.get_by_label("New stage").select_option(label="Expired")
    page.get_by_role("button", name="Show what would happen").click()
    segments = page.locator("#stage-effects")
    expect(segments.get_by_role("link", name="In the program")).to_be_visible()
    expect(segments).to_contain_text(re.compile(r"In the program\s*(Partners now)?\s*5\s*(Afterwards)?\s*0"))
    along = page.get_by_label("Move 5 partners to the prospecting stage Expired too")
    expect(along).to_be_checked()
    along.uncheck()
    page.get_by_role("button", name="Change 150 contracts").click()
    expect(page.get_by_text("Say why: it is kept in the history.")).to_be_visible()
    expect(along).not_to_be_checked()
    page.get_by_label("Reason").fill("Gold terms ended")
    page.get_by_role("button", name="Change 150 contracts").click()
    message = page.locator(".messagelist")
    expect(message).to_contain_text("150 contracts moved to Expired.")
    expect(page).to_have_url(re.compile(r"/contract/\?.*stage__exact=joined"))
    assert stages() == {"expired", "suspended"}
    message.get_by_role("link", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Undo stage edit")
    page.get_by_role("button", name="Put 150 contracts back").click()
    expect(page.locator(".messagelist")).to_contain_text("150 contracts put back.")
    assert stages() == {"joined", "suspended"}


def test_everything_by_keyboard(visit, superuser, program):
    page = visit(superuser)
    page.goto(f"{LIST}?stage__exact=joined")
    page.locator("input.action-select").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Change stage…").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Change the stage of 1 contract")
    page.get_by_label("New stage").focus()
    page.keyboard.type("Cancelled")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    page.get_by_label("Reason").focus()
    page.keyboard.type("Data put right")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("1 contract moved to Cancelled.")


def test_everything_without_javascript(visit, superuser, program):
    page = visit(superuser, java_script_enabled=False)
    page.goto(f"{LIST}?stage__exact=joined")
    page.locator("input.action-select").first.check()
    page.get_by_role("button", name="Change stage…", exact=True).click()
    page.get_by_label("New stage").select_option(label="Cancelled")
    page.get_by_role("button", name="Show what would happen").click()
    page.get_by_role("link", name="Show how large segments would be afterwards").click()
    expect(page.locator("#stage-effects")).to_contain_text("No segment would change its size.")
    page.get_by_label("Reason").fill("Data put right")
    page.get_by_role("button", name="Change 1 contract").click()
    expect(page.locator(".messagelist")).to_contain_text("1 contract moved to Cancelled.")


@pytest.mark.parametrize("script", [True, False])
def test_the_last_button_says_how_many_it_moves_with_the_tick_and_without(visit, superuser, program, script):
    page = visit(superuser, java_script_enabled=script)
    few = Contract.objects.filter(stage="joined").values("pk")[:3]
    rows = Contract.objects.filter(pk__in=list(few.values_list("pk", flat=True)))
    Contract.objects.filter(pk=few[0]["pk"]).update(stage="publisher_declined")
    edit = choose(rows=rows, user=superuser)
    plan(edit=edit, to="expired", why="")
    page.goto(f"/admin/partners/stageedit/{edit.pk}/plan/")
    expect(page.get_by_role("button", name="Change 2 contracts", exact=True)).to_be_visible()
    page.get_by_label("Make the unusual moves too").check()
    expect(page.get_by_role("button", name="Change 3 contracts", exact=True)).to_be_visible()


def test_the_steps_are_in_order_for_everybody(visit, superuser, program):
    edit = choose(rows=Contract.objects.all(), user=superuser)
    page = visit(superuser)
    page.goto(f"/admin/partners/stageedit/{edit.pk}/plan/")
    inspect(page, "before a stage is chosen")
    page.get_by_label("New stage").select_option(label="Suspended")
    page.get_by_role("button", name="Show what would happen").click()
    expect(page.get_by_role("heading", name="Segments that would change")).to_be_visible()
    inspect(page, "what would happen")
    page.get_by_role("button", name="Change 150 contracts").click()
    expect(page.get_by_text("Say why: it is kept in the history.")).to_be_visible()
    inspect(page, "without a reason")


def test_the_page_says_that_it_works_and_can_not_be_sent_twice(visit, superuser, program):
    page = visit(superuser)
    choose_all_on_gold(page)
    page.get_by_label("New stage").select_option(label="Suspended")
    page.get_by_role("button", name="Show what would happen").click()
    page.get_by_label("Reason").fill("On hold")
    button = page.get_by_role("button", name="Change 150 contracts")
    # What is sent is held here, as a slow server would.
    page.evaluate("() => addEventListener('submit', (event) => event.preventDefault())")
    button.click()
    expect(page.get_by_text("Working… this can take a few seconds.")).to_be_visible()
    expect(button).to_be_disabled()
    expect(page.get_by_role("button", name="Show what would happen")).to_be_disabled()
    assert not StageEdit.objects.applied().exists()


def test_one_contract_is_asked_about_once_before_an_unusual_move(visit, superuser, program):
    page = visit(superuser)
    page.goto(f"{LIST}?stage__exact=joined")
    page.locator("th.field-contract_id a").first.click()
    page.get_by_label("Stage:", exact=True).select_option(label="Publisher Declined")
    page.get_by_label("Reason").fill("Entered by mistake")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("From Joined to Publisher Declined is unusual.")).to_be_visible()
    page.get_by_label("Make this unusual move").check()
    page.get_by_role("button", name="Save and continue editing").click()
    history = page.get_by_role("region", name="History")
    expect(history).to_contain_text("from Joined by superuser")
    expect(history).to_contain_text("Entered by mistake")


def test_what_fails_while_sizes_are_counted_is_said_in_their_place(visit, superuser, program, monkeypatch):
    monkeypatch.setattr("segments.extensions.sizes_after", None)
    edit = choose(rows=Contract.objects.filter(stage="joined"), user=superuser)
    plan(edit=edit, to="suspended", why="")
    page = visit(superuser)
    page.expected.append("500")
    page.goto(f"/admin/partners/stageedit/{edit.pk}/plan/")
    expect(page.locator("#stage-effects")).to_contain_text("Something went wrong.")
    expect(page.locator("#stage-effects")).not_to_contain_text("Counting")
    expect(page.get_by_role("button", name="Change 150")).to_be_visible()
