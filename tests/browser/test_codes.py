"""One-time passwords in a real browser: set up and asked for, with and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.inspection import inspect, measure, walk
from tests.config.accounts.codes import PASSWORD, code_of, keep_half_minute, set_up, wrong_code


@pytest.fixture(autouse=True)
def _half_minute(monkeypatch):
    keep_half_minute(monkeypatch)


@pytest.fixture
def person(editor):
    editor.set_password(PASSWORD)
    editor.save()
    return editor


def log_in(page):
    page.goto("/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Log in")


def looked(page, what):
    expect(page.get_by_role("heading", level=1)).to_have_text(what)
    if page.runs_scripts:
        inspect(page, what)
        measure(page, what)
        walk(page, what)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_user_sets_them_up_and_is_asked_for_one_from_then_on(visit, person, scripts):
    page = visit(java_script_enabled=scripts)
    log_in(page)
    page.goto("/account/")
    looked(page, "Your login")
    page.get_by_role("link", name="Set up").click()
    looked(page, "Set up one-time passwords")
    drawn = page.get_by_role("img", name="QR code with the key").locator("svg").bounding_box()
    assert drawn["width"] > 150
    secret = page.locator(".code-key").inner_text()
    page.get_by_label("Code", exact=True).fill(code_of(secret))
    page.keyboard.press("Enter")
    looked(page, "Recovery codes")
    page.get_by_role("link", name="I have them").click()
    looked(page, "Your login")
    page.get_by_role("link", name="Make new recovery codes").click()
    looked(page, "Make new recovery codes")
    page.goto("/account/codes/switch-off/")
    looked(page, "Switch off one-time passwords")
    page.context.clear_cookies()
    log_in(page)
    looked(page, "One-time password")
    page.get_by_label("Code", exact=True).fill(wrong_code(secret))
    page.keyboard.press("Enter")
    expect(page.locator(".field-error")).to_contain_text("This code is wrong")
    page.get_by_label("Code", exact=True).fill(code_of(secret, later=1))
    page.keyboard.press("Enter")
    expect(page).to_have_url("/admin/")


def test_the_password_is_asked_for_again_before_they_are_changed(visit, person):
    page = visit(person)
    page.goto("/account/codes/set-up/")
    looked(page, "Your password once more")
    page.get_by_label("Password").fill("a wrong one")
    page.keyboard.press("Enter")
    expect(page.locator(".field-error")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up one-time passwords")


def test_the_builder_asks_for_one_on_the_spot(visit, person):
    secret, _recovery = set_up(person)
    page = visit(person, java_script_enabled=False)
    page.expected.append("401")
    page.goto("/admin/segments/segment/add/")
    page.get_by_label("Name").first.fill("Kept")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in and go on").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("One-time password").fill(code_of(secret))
    page.get_by_role("button", name="Log in and go on").click()
    expect(page.get_by_label("Name").first).to_have_value("Kept")
