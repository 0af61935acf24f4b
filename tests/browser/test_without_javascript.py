"""Forms whose choices are found as one types take IDs and names where no script runs."""

import re

import pytest
from playwright.sync_api import expect

from contracts.models import Contract
from tests.browser.program import make_program


@pytest.fixture
def program(db):
    return make_program()


def test_a_contract_is_added_and_moved_to_another_term(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto("/admin/contracts/contract/add/")
    partner, term = (page.locator(f".field-{field} .typed input") for field in ("partner", "template_term"))
    partner.fill("Nobody")
    term.fill("gold 2026")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".field-partner .errorlist")).to_have_text(
        "There is none with this ID or name, or several have the name."
    )
    expect(partner).to_have_value("Nobody")
    expect(page.get_by_label("Template term:", exact=True)).to_contain_text("Gold 2026")
    partner.fill("700377")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("Added the ")
    term.fill("Silver 2026")
    page.get_by_role("button", name="Save", exact=True).click()
    assert Contract.objects.get(partner=700377).template_term == program.silver


def test_a_partner_comes_into_groups_and_out_of_them(visit, editor, program):
    page = visit(editor, java_script_enabled=False)
    page.goto(f"/admin/partners/partner/{program.aurora.pk}/edit/")
    groups = page.get_by_label("Groups:", exact=True)
    page.locator(".typed textarea").fill("blocked\nnone of ours")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("There is no group with this ID or name: none of ours.")).to_be_visible()
    expect(page.locator(".typed textarea")).to_have_value(re.compile(r"^none of ours\s*$"))
    page.locator(".typed textarea").fill("")
    page.get_by_role("button", name="Save and continue editing").click()
    assert list(program.aurora.groups.all()) == [program.blocked, program.vip]
    groups.select_option(label="VIP")
    page.get_by_role("button", name="Save", exact=True).click()
    assert list(program.aurora.groups.all()) == [program.vip]
