"""Logging in with the company's login, as a browser does."""

from urllib.parse import urlsplit

import requests
from django.urls import reverse

from partners.models import AuditEvent

GO, BACK = reverse("company_login"), reverse("company_callback")


def sent_to(client, **fields):
    """Where the browser is sent when the button is pressed."""
    return client.post(GO, fields).headers["Location"]


def returned_by(address, subject):
    """Where the provider sends the browser back to, once the user has logged in there."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    assert parts.path == BACK
    return f"{parts.path}?{parts.query}"


def log_in(client, subject="7", **fields):
    return client.get(returned_by(sent_to(client, **fields), subject))


def told(kind):
    return list(AuditEvent.objects.filter(kind=kind).order_by("pk").values_list("user_name", "about"))
