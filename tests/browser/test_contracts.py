"""The screens of contracts and template terms: by keyboard, and as axe-core and a ruler see them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from contracts.models import ContractStage
from tests.browser.inspection import inspect, open_and_inspect
from tests.factories import ContractFactory, PartnerFactory, TemplateTermFactory

CONTRACTS = reverse("admin:contracts_contract_changelist")
TERMS = reverse("admin:contracts_templateterm_changelist")


@pytest.fixture
def contract(db):
    """A contract among one of each stage, with names that are long, or from right to left."""
    gold = TemplateTermFactory(name="Gold 2026")
    TemplateTermFactory(name="Terms with a name that is long " * 6, archived=True)
    for stage in ContractStage:
        ContractFactory(stage=stage, template_term=gold, partner=PartnerFactory(name="شركة النور للتسويق"))
    return ContractFactory(
        number="S-700",
        partner=PartnerFactory(name="Aurora Media and its many friends " * 5, email="a@aurora.example"),
        template_term=gold,
        start_date=date(2025, 2, 3),
        end_date=timezone.localdate() + timedelta(days=20),
    )


def change(row):
    return reverse(f"admin:contracts_{row._meta.model_name}_change", args=[row.pk])


def test_long_names_and_every_stage_are_in_order(visit, editor, contract):
    page = visit(editor)
    for address in (
        CONTRACTS,
        change(contract),
        reverse("admin:partners_partner_change", args=[contract.partner_id]),
        TERMS,
        change(contract.template_term),
        reverse("admin:contracts_templateterm_delete", args=[contract.template_term_id]),
    ):
        open_and_inspect(page, address)
    page.goto(f"{CONTRACTS}?state=active&end_date__lte=2030-01-01")
    page.locator("summary", has_text="Filter").click()
    inspect(page, "open filters")


def test_a_contract_is_found_opened_and_downloaded_by_keyboard(visit, viewer, contract):
    page = visit(viewer)
    page.goto(CONTRACTS)
    page.get_by_role("searchbox").fill("aurora")
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.get_by_role("link", name="S-700", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("S-700")
    expect(page.get_by_role("region", name="At a glance")).to_contain_text("In force; since")
    expect(page.get_by_role("region", name="History").get_by_role("listitem").first).to_contain_text(
        "Started"
    )
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    page.get_by_role("link", name="Download PDF").focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "contract-S-700.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_filters_work_with_and_without_script(visit, viewer, contract, java_script_enabled):
    page = visit(viewer, java_script_enabled=java_script_enabled)
    page.goto(CONTRACTS)
    page.locator("summary", has_text="Filter").click()
    page.get_by_label("Ends", exact=True).select_option(label="In the next 30 days")
    page.get_by_label("Starts until").fill("2025-12-31")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.get_by_text("Starts until: 31 Dec 2025")).to_be_visible()


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_a_term_is_archived_and_restored_on_its_page(visit, editor, contract, java_script_enabled):
    page = visit(editor, java_script_enabled=java_script_enabled)
    page.goto(TERMS)
    page.get_by_role("link", name="Gold 2026").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.locator(".messagelist")).to_contain_text("Archived Gold 2026")
    page.get_by_role("button", name="Restore").click()
    expect(page.locator(".messagelist")).to_contain_text("Restored Gold 2026")
    expect(page.get_by_text("open: it can be given to new contracts")).to_be_visible()
