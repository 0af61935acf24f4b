"""Every page of the admin, Django's own included: axe-core, a ruler and the policy find nothing to say."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from playwright.sync_api import expect

from contracts.models import Contract
from partners.models import AuditEvent, Export, Import, Partner, StageEdit
from partners.models.exports import Format
from partners.stage_edits.services import apply_edit, choose, plan
from segments.models import Run, Segment
from tests.browser.inspection import inspect, measure, open_and_inspect, walk
from tests.browser.program import make_program
from tests.factories import UserFactory
from tests.laws import IN_FULL
from tests.partners.imports.files import checked, csv_file, imported, received

DEFINITION = {
    "version": 1,
    "any": [{"all": [{"field": "prospecting_stage", "operator": "any_of", "value": ["new"]}]}],
}
OF_ONE_TEMPLATE = ("/delete/", "/history/")
"""Where not all of it is run, axe and Tab see these pages of partners, and the ruler those of every model."""
TOO_MANY_PARAMETERS = "&".join("a" * 10_001)


@pytest.fixture
def program(db):
    Group.objects.create(name="Segment editors")
    Segment.objects.create(name="New ones", definition=DEFINITION)
    program = make_program()
    anna = UserFactory(username="anna")
    contracts = Contract.objects.filter(stage="joined")
    done, planned = (choose(rows=contracts, user=anna) for _ in range(2))
    plan(edit=done, to="expired", why="They ran out")
    plan(edit=planned, to="publisher_declined", why="")
    apply_edit(edit=done, allows_unusual=False, moves_along=True, user=anna)
    rows = [["Id", "Name", "Stage"], [700123, "Aurora", "Joined"], [7, "Birch", ""], [8, "", "Joinde"]]
    imported(csv_file(*rows), user=anna)
    checked(csv_file(*rows))
    received(csv_file(*rows))
    Export.begin(what="Partners", asked="", columns=["Name"], format=Format.CSV).finish(3)
    return program


def addresses_of(model):
    """The list, the forms to add and to change, the deletion and the history of a registered model."""
    name, row = f"admin:{model._meta.app_label}_{model._meta.model_name}", model._default_manager.first()
    if model is StageEdit:
        row = StageEdit.objects.applied().get()
        yield from (reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "undo", "history"))
        yield f"{reverse(f'{name}_plan', args=[StageEdit.objects.get(applied_at=None).pk])}?effects=1"
        yield reverse(f"{name}_changelist")
        return
    yield reverse(f"{name}_changelist")
    if model in (AuditEvent, Run):
        return
    if model is Export:
        yield from (reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history"))
        return
    yield reverse(f"{name}_add")
    if model is Import:
        yield from (reverse(f"{name}_change", args=[one.pk]) for one in Import.objects.all())
        yield reverse(f"{name}_history", args=[row.pk])
        return
    yield from (reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "delete", "history"))


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_every_list_and_form_is_in_order(visit, superuser, program, model):
    page = visit(superuser)
    for address in addresses_of(model):
        if address.endswith(OF_ONE_TEMPLATE) and model is not Partner and not IN_FULL:
            assert page.goto(address).status == 200, address
            measure(page, address)
            continue
        open_and_inspect(page, address)
        walk(page, address)


def test_every_other_page_of_django_is_in_order(visit, superuser, program):
    superuser.set_password("moss and thistle")
    superuser.save()
    page = visit(superuser)
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
        walk(page, address)
    page.goto("/admin/auth/group/")
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Delete…", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delete")
    inspect(page, "deleting several")
    page.goto("/admin/password_change/")
    for field in ("Old password", "New password", "New password confirmation"):
        page.get_by_label(f"{field}:", exact=True).fill("nettle")
    page.get_by_role("button", name="Change my password").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    inspect(page, "a form with errors")
    page.goto("/admin/")
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


def test_every_page_for_what_goes_wrong_is_in_order(visit, editor, monkeypatch):
    def fail(*arguments):
        raise RuntimeError

    page = visit(editor)
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
    links = sidebar.get_by_role("link")
    names = [
        "Start",
        "Partners",
        "Groups",
        "Segments",
        "Contracts",
        "Template terms",
        "Imports",
        "Stage edits",
        "Exports",
        "Work",
        "Audit log",
        "Users",
        "Permission groups",
    ]
    expect(links).to_have_text(names)
    links.first.focus()
    for number in range(1, len(names)):
        page.keyboard.press("Tab")
        expect(links.nth(number)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/admin/auth/group/")
    expect(sidebar.locator("[aria-current=page]")).to_have_text("Permission groups")
    walk(page, "the whole page", within="body")


def test_on_a_phone_the_sidebar_is_a_drawer_that_escape_closes(visit, superuser, program):
    page = visit(superuser, width=390)
    page.goto("/admin/")
    sidebar = page.get_by_role("navigation", name="Main")
    expect(sidebar).to_be_hidden()
    menu = page.locator("details.menu summary")
    menu.focus()
    page.keyboard.press("Enter")
    expect(sidebar).to_be_visible()
    inspect(page, "the open drawer", screens=[(390, "light"), (390, "dark")])
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
