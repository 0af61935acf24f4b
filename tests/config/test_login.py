"""Where a login leads: to what was asked for, or to the start page."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
LOGIN = reverse("admin:login")
START = reverse("admin:index")
LOGOUT = reverse("admin:logout")
GROUPS = reverse("admin:partners_partnergroup_changelist")


@pytest.mark.parametrize(
    ("to", "leads_to"),
    [
        ({}, START),
        ({"next": ""}, START),
        ({"next": "https://evil.example/"}, START),
        ({"next": "//evil.example"}, START),
        ({"next": "javascript:alert(1)"}, START),
        ({"next": GROUPS}, GROUPS),
        ({"next": LOGOUT}, START),
        ({"next": f"http://testserver{LOGOUT}?x=1"}, START),
    ],
)
def test_a_login_leads_to_a_page_of_the_site(as_nobody, editor, to, leads_to):
    editor.set_password("a password")
    editor.save()
    answer = as_nobody.post(LOGIN, {"username": "editor", "password": "a password", **to}, follow=True)
    assert answer.request["PATH_INFO"] == leads_to
    assert answer.status_code == 200


def test_who_is_logged_in_already_is_led_to_the_start_page(as_editor):
    answer = as_editor.get(LOGIN, {"next": "https://evil.example/"}, follow=True)
    assert (answer.request["PATH_INFO"], answer.status_code) == (START, 200)


def test_a_part_of_a_page_whose_login_ran_out_loads_the_whole_page_anew(as_nobody):
    """Otherwise htmx would follow the redirect and draw the login into the part."""
    part = reverse("admin:partners_stageedit_change", args=[1])
    answer = as_nobody.get(part, {"effects": 1}, headers={"HX-Request": "true"}, follow=True)
    assert answer.redirect_chain
    assert answer["HX-Refresh"] == "true"
    assert answer.content == b""
