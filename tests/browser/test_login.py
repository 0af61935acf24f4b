"""The way in."""

from playwright.sync_api import expect

from tests.factories import UserFactory


def test_a_user_logs_in_with_name_and_password(visit, db):
    user = UserFactory.build(username="ada", is_superuser=True)
    user.set_password("moss and thistle")
    user.save()
    page = visit()
    page.goto("/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("moss and thistle")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/admin/")


def test_the_form_for_a_new_partner_opens_for_an_editor(visit, editor):
    page = visit(editor)
    page.goto("/admin/partners/partner/add/")
    expect(page.get_by_label("Partner ID")).to_be_visible()
