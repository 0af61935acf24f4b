"""Every page of the admin, Django's own included: axe-core, a ruler and the policy find nothing to say."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from playwright.sync_api import expect

from partners.models import Partner
from segments.models import Segment
from tests.browser.program import make_program

SCREENS = pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
REFUSED = "Failed to load resource: the server responded with a status of"
DEFINITION = {
    "version": 1,
    "any": [{"all": [{"field": "prospecting_stage", "operator": "any_of", "value": ["new"]}]}],
}
ONLY_VIOLATIONS = {"resultTypes": ["violations"], "preload": False}
TOO_MANY_PARAMETERS = "&".join("a" * 10_001)


@pytest.fixture
def program(transactional_db):
    Group.objects.create(name="Segment editors")
    Segment.objects.create(name="New ones", definition=DEFINITION)
    return make_program()


def inspect(page, address):
    """Axe finds nothing, nothing sticks out, and the policy refused nothing."""
    expect(page.locator("h1")).to_have_count(1)
    assert [problem for problem in page.problems if REFUSED not in problem] == [], address
    found = Axe().run(page, options=ONLY_VIOLATIONS).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], address
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], address
    # axe measures with inline styles, which the policy refuses.
    page.problems.clear()


def open_and_inspect(page, address, status=200):
    assert page.goto(address).status == status, address
    inspect(page, address)


def addresses_of(model):
    """The list, the forms to add and to change, the deletion and the history of a registered model."""
    name, row = f"admin:{model._meta.app_label}_{model._meta.model_name}", model._default_manager.first()
    yield from (reverse(f"{name}_changelist"), reverse(f"{name}_add"))
    yield from (reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "delete", "history"))


@SCREENS
def test_every_list_and_form_is_in_order(visit, superuser, program, width, scheme):
    page = visit(superuser, width=width, color_scheme=scheme)
    for model in admin.site._registry:
        for address in addresses_of(model):
            open_and_inspect(page, address)


@SCREENS
def test_every_other_page_of_django_is_in_order(visit, superuser, program, settings, width, scheme):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    superuser.set_password("moss and thistle")
    superuser.save()
    page = visit(superuser, width=width, color_scheme=scheme)
    for address in (
        "/admin/",
        "/admin/theme/",
        "/admin/auth/",
        "/admin/password_change/",
        f"/admin/auth/user/{superuser.pk}/password/",
        "/admin/partners/partner/add/?_popup=1",
        "/admin/partners/partner/?q=nobody&prospecting_stage__exact=new",
    ):
        open_and_inspect(page, address)
    page.goto("/admin/auth/group/")
    page.get_by_role("checkbox").last.check()
    page.locator("select[name=action]").select_option(label="Delete selected groups")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delete")
    inspect(page, "deleting several")
    page.goto("/admin/password_change/")
    for field in ("Old password", "New password", "New password confirmation"):
        page.get_by_label(f"{field}:", exact=True).fill("nettle")
    page.get_by_role("button", name="Change my password").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    inspect(page, "a form with errors")
    page.goto("/admin/")
    if width < 900:
        page.locator("details.menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are logged out")
    inspect(page, "logged out")
    page.get_by_role("link", name="Log in again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    inspect(page, "login")
    page.get_by_label("Username").fill("superuser")
    page.get_by_label("Password").fill("nettle")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".errornote")).to_be_visible()
    inspect(page, "a refused login")


@SCREENS
def test_every_page_for_what_goes_wrong_is_in_order(visit, editor, monkeypatch, width, scheme):
    def fail(*arguments):
        raise RuntimeError

    page = visit(editor, width=width, color_scheme=scheme)
    open_and_inspect(page, "/admin/auth/user/", status=403)
    open_and_inspect(page, "/nowhere/", status=404)
    assert page.goto(f"/admin/partners/partner/?{TOO_MANY_PARAMETERS}").status == 400
    inspect(page, "too many parameters")
    monkeypatch.setattr("config.admin_site.build_dashboard", fail)
    open_and_inspect(page, "/admin/", status=500)


def test_the_keyboard_skips_the_sidebar_or_walks_through_it(visit, superuser, program):
    page = visit(superuser)
    page.goto("/admin/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto("/admin/")
    sidebar = page.get_by_role("navigation", name="Main")
    links = sidebar.get_by_role("link").all()
    assert [link.inner_text() for link in links] == [
        "Start",
        "Partners",
        "Groups",
        "Segments",
        "Contracts",
        "Template terms",
        "Users",
        "Permission groups",
    ]
    links[0].focus()
    for link in links[1:]:
        page.keyboard.press("Tab")
        expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/admin/auth/group/")
    expect(sidebar.locator("[aria-current=page]")).to_have_text("Permission groups")


def test_on_a_phone_the_sidebar_is_a_drawer_that_escape_closes(visit, superuser, program):
    page = visit(superuser, width=390)
    page.goto("/admin/")
    sidebar = page.get_by_role("navigation", name="Main")
    expect(sidebar).to_be_hidden()
    menu = page.locator("details.menu summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(sidebar).to_be_visible()
    inspect(page, "the open drawer")
    page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    sidebar.get_by_role("link", name="Groups", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Groups")


def test_without_javascript_the_drawer_and_the_logout_work(visit, superuser, program):
    page = visit(superuser, width=390, java_script_enabled=False)
    page.goto("/admin/")
    page.locator("details.menu summary").click()
    page.get_by_role("link", name="Partners", exact=True).click()
    expect(page.locator("body")).to_contain_text(Partner.objects.first().name)
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are logged out")
