"""The start page as a test reads it."""

import re
from datetime import timedelta
from html import unescape

from django.urls import reverse
from django.utils import timezone

START = reverse("admin:index")


def definition(field="prospecting_stage", value=("new",)):
    return {
        "version": 1,
        "any": [{"all": [{"field": field, "operator": "any_of", "value": list(value)}]}],
    }


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def dashboard(client):
    return client.get(START).context["dashboard"]


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())
