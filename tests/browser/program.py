"""A small program to build segments of, and what a person does in the builder."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from contracts.models import TemplateTerm
from partners.models import Partner, PartnerGroup
from tests.browser.inspection import settled
from tests.factories import ContractFactory, PartnerFactory, PartnerGroupFactory, TemplateTermFactory

ADD = "/admin/segments/segment/add/"
LIST = "/admin/segments/segment/"


@dataclass
class Program:
    vip: PartnerGroup
    blocked: PartnerGroup
    gold: TemplateTerm
    silver: TemplateTerm
    aurora: Partner


def make_program() -> Program:
    """Aurora is joined on Gold; Éclair is joined on Silver and was on Gold; the other two are prospects."""
    vip, blocked = PartnerGroupFactory(name="VIP"), PartnerGroupFactory(name="Blocked")
    gold, silver = TemplateTermFactory(name="Gold 2026"), TemplateTermFactory(name="Silver 2026")
    aurora = PartnerFactory(id=700123, name="Aurora Media", prospecting_stage="joined", groups=[vip])
    eclair = PartnerFactory(id=700161, name="Éclair Reviews", prospecting_stage="joined")
    PartnerFactory(id=700208, name="Fern & Finch", prospecting_stage="new", groups=[vip])
    PartnerFactory(id=700377, name="Moss Diary", prospecting_stage="outreach", groups=[blocked])
    ContractFactory(partner=aurora, template_term=gold, stage="joined")
    ContractFactory(partner=eclair, template_term=silver, stage="joined")
    ContractFactory(partner=eclair, template_term=gold, stage="expired")
    return Program(vip, blocked, gold, silver, aurora)


def row(page: Page, number: int):
    # Its lists and boxes do nothing before the scripts have run.
    page.wait_for_load_state()
    return page.get_by_role("group", name=f"Row {number}", exact=True)


def limit(page: Page, number: int, place: int):
    """What limits the rows that this row counts."""
    return page.get_by_role("group", name=f"Row {number}, limit {place}", exact=True)


def expect_count(page: Page, number: int) -> None:
    """The preview says so, and what is asked for after it has been answered too."""
    expect(page.locator("#builder-preview")).to_contain_text(f"{number} of 4 partners")
    settled(page)


def choose(page: Page, number: int, condition: str, operator: str | None = None) -> None:
    """Choose what a row asks about, and wait until its value's input has been drawn for it."""
    shown = row(page, number).locator("input[name$=-shown]")
    [field] = row(page, number).get_by_label("Condition", exact=True).select_option(label=condition)
    if page.evaluate("document.documentElement.classList.contains('js')"):
        expect(shown).to_have_value(re.compile(f"^{field}:"))
    if operator:
        [key] = row(page, number).get_by_label("Operator").select_option(label=operator)
        expect(shown).to_have_value(re.compile(f"^{field}:{key}(:|$)"))


def pick(page: Page, number: int, search: str) -> None:
    """Search a value and take the first that is found."""
    settled(page)
    row(page, number).get_by_role("searchbox").click()
    page.keyboard.type(search)
    page.get_by_role("option", name=search).first.click()
    page.keyboard.press("Escape")


def menu_of(page: Page, name: str):
    """What is behind the ⋯ of a row of a list, once it is open."""
    page.get_by_label(f"More about {name}", exact=True).click()
    return page.locator(".drop[open] .drop-panel")
