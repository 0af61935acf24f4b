"""Every form of the admin with the keyboard alone: filled in, sent with Enter, left again."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from playwright.sync_api import expect

from contracts.models import Contract, TemplateTerm
from partners.models import Partner, PartnerGroup
from segments.models import Segment
from tests.browser.inspection import tab_to
from tests.browser.program import make_program

NEW = {
    Partner: {"Name": "Larch Letters"},
    PartnerGroup: {"Name": "Larches"},
    TemplateTerm: {"Name": "Larch 2026", "Currency": "eur"},
    Group: {"Name": "Readers"},
}
"""What is typed into a new one, by label."""


@pytest.fixture
def program(db):
    Group.objects.create(name="Editors")
    return make_program()


def page_of(row, page):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def fill_in(page, label, text):
    tab_to(page, page.get_by_label(f"{label}:", exact=True))
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


@pytest.mark.parametrize("model", NEW, ids=lambda model: model.__name__)
def test_one_is_added_and_changed(visit, superuser, program, model):
    page = visit(superuser)
    page.goto(list_of(model))
    tab_to(page, page.locator(".object-tools .addlink"))
    page.keyboard.press("Enter")
    for label, text in NEW[model].items():
        fill_in(page, label, text)
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Added the ")
    name = NEW[model]["Name"]
    tab_to(page, page.locator("#result_list").get_by_role("link", name=re.compile(f"^{name}")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    edit = page.get_by_role("main").get_by_role("link", name="Edit", exact=True)
    if edit.count():
        tab_to(page, edit)
        page.keyboard.press("Enter")
    fill_in(page, "Name", f"{name} II")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Saved the ")
    assert model.objects.filter(name=f"{name} II").exists()


def test_a_contract_is_added(visit, superuser, program):
    page = visit(superuser)
    page.goto(reverse("admin:contracts_contract_add"))
    for label, text in (("Partner", "moss"), ("Template term", "silver")):
        tab_to(page, page.locator(".field-" + label.lower().replace(" ", "_")).get_by_role("combobox"))
        page.keyboard.press("Enter")
        search, found = (
            page.locator(".select2-search__field"),
            page.locator(".select2-results__option--highlighted"),
        )
        expect(search).to_be_focused()
        page.keyboard.type(text)
        expect(found).to_contain_text(re.compile(text, re.IGNORECASE))
        # What a screen reader says is under the cursor.
        expect(search).to_have_attribute("aria-activedescendant", found.get_attribute("id"))
        page.keyboard.press("Enter")
    fill_in(page, "End", "2099-12-31")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Added the ")
    contract = Contract.objects.get(partner__name="Moss Diary")
    assert (contract.template_term, str(contract.end_date)) == (program.silver, "2099-12-31")


def test_a_user_is_added_and_given_a_password(visit, superuser, program):
    page = visit(superuser)
    page.goto(reverse("admin:auth_user_add"))
    fill_in(page, "Username", "anna")
    fill_in(page, "Password", "moss and thistle")
    fill_in(page, "Password confirmation", "moss and thistle")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Added the ")
    fill_in(page, "First name", "Anna")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Saved the ")
    assert User.objects.get(username="anna").first_name == "Anna"


def test_lists_of_choices_and_calendars_open_with_enter_and_close_with_escape(visit, superuser, program):
    page = visit(superuser)
    page.goto(reverse("admin:contracts_contract_add"))
    partner = page.locator(".field-partner").get_by_role("combobox")
    tab_to(page, partner)
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="Moss Diary")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option", name="Moss Diary")).to_have_count(0)
    expect(partner).to_be_focused()
    tab_to(page, page.locator("#calendarlink0"))
    page.keyboard.press("Enter")
    expect(page.locator("#calendarbox0")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#calendarbox0")).to_be_hidden()
    assert not Contract.objects.filter(partner__name="Moss Diary").exists()


@pytest.mark.parametrize(
    "model", [Partner, PartnerGroup, Contract, User, Group, Segment], ids=lambda model: model.__name__
)
def test_a_deletion_is_called_off_and_then_done(visit, superuser, program, model):
    Segment.objects.create(name="Joined", definition={"version": 2})
    User.objects.create(username="anna")
    if model is Partner:
        # A partner with contracts can't be deleted.
        Contract.objects.all().delete()
    row = model.objects.last()
    page = visit(superuser)
    page.goto(page_of(row, "change"))
    if model in (Partner, PartnerGroup, Segment):
        tab_to(page, page.locator(":is(.page-actions, .builder-bar) summary"))
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("main").get_by_role("link", name="Delete", exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="No, go back"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{page_of(row, 'change')}$"))
    page.goto(page_of(row, "delete"))
    tab_to(page, page.get_by_role("button", name=re.compile("^Yes")))
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Deleted the ")
    assert not model.objects.filter(pk=row.pk).exists()


def test_ticked_partners_come_into_a_new_group_and_out_of_it(visit, superuser, program):
    page = visit(superuser)

    def choose(action):
        page.goto(list_of(Partner))
        tab_to(page, page.get_by_role("checkbox", name=re.compile("Moss")))
        page.keyboard.press("Space")
        if action == "Take out of group…":
            page.get_by_label("More for the ticked rows").press("Enter")
        page.get_by_role("button", name=action).press("Enter")

    choose("Add to group…")
    expect(page.get_by_role("heading", level=1)).to_have_text("Add 1 partner to a group")
    tab_to(page, page.get_by_role("link", name="Cancel"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(list_of(Partner))
    choose("Add to group…")
    tab_to(page, page.get_by_label("Or a new group"))
    page.keyboard.type("Larches")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 partner added to Larches.")).to_be_visible()
    choose("Take out of group…")
    tab_to(page, page.get_by_label("Group", exact=True))
    page.keyboard.type("Larches")
    tab_to(page, page.get_by_role("button", name="Take out of group"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 partner taken out of Larches.")).to_be_visible()


def test_a_list_is_searched_sorted_and_turned_over(visit, superuser, program):
    Partner.objects.bulk_create(
        Partner(name=f"Larch {n:03}", name_folded=f"larch {n:03}") for n in range(150)
    )
    page = visit(superuser)
    page.goto(list_of(Partner))
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("larch")
    page.keyboard.press("Enter")
    expect(page.get_by_text("150 partners", exact=True)).to_be_visible()
    tab_to(page, page.locator("th.column-partner .text a"))
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody th").first).to_contain_text("Larch 149")
    page.get_by_role("link", name="Next").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody th").first).to_contain_text("Larch 049")
