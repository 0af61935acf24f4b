"""A site behind HTTPS, as docs/operating.md says: redirects, cookies and HSTS."""

import runpy
from pathlib import Path

import pytest
from django.conf import settings as in_use
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LOGIN = reverse("admin:login")
THROUGH_HTTPS = {"x-forwarded-proto": "https"}
YEAR = 31_536_000


@pytest.fixture(autouse=True)
def _behind_https(monkeypatch, settings):
    """The settings that SITE_HTTPS=1 adds or changes."""
    monkeypatch.setenv("SITE_HTTPS", "1")
    found = runpy.run_path(str(Path(in_use.BASE_DIR) / "config" / "settings.py"))
    for name in found:
        if name.startswith("SECURE_") or name.endswith("_COOKIE_SECURE"):
            setattr(settings, name, found[name])


def test_a_plain_request_is_sent_to_https(client):
    answer = client.get(f"{LOGIN}?next=/")
    assert (answer.status_code, answer.url) == (301, f"https://testserver{LOGIN}?next=/")
    assert client.get(LOGIN, headers={"x-forwarded-proto": "http"}).status_code == 301


def test_what_came_through_https_is_answered_and_not_sent_in_a_circle(client):
    answer = client.get(LOGIN, headers=THROUGH_HTTPS)
    assert answer.status_code == 200
    assert answer.wsgi_request.is_secure()


def test_browsers_are_told_to_use_nothing_else_for_a_year(client):
    answer = client.get(LOGIN, headers=THROUGH_HTTPS)
    assert answer["Strict-Transport-Security"] == f"max-age={YEAR}; includeSubDomains; preload"


def test_cookies_are_kept_to_https(client):
    user = UserFactory(username="editor")
    user.set_password("a long password")
    user.save()
    data = {"username": "editor", "password": "a long password"}
    answer = client.post(LOGIN, data, headers=THROUGH_HTTPS)
    assert answer.status_code == 302
    assert {name: cookie["secure"] for name, cookie in answer.cookies.items()} == {
        "sessionid": True,
        "csrftoken": True,
    }


def test_forms_are_taken_from_the_own_origin_only():
    client = Client(enforce_csrf_checks=True)
    client.get(LOGIN, headers=THROUGH_HTTPS)
    data = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    own = {**THROUGH_HTTPS, "host": "testserver", "origin": "https://testserver"}
    assert client.post(LOGIN, data, headers=own).status_code == 200
    other = {**own, "origin": "https://elsewhere.example"}
    assert client.post(LOGIN, data, headers=other).status_code == 403
