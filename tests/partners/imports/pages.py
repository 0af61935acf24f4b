"""How the tests go through the pages of an import."""

import html
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

ADD = reverse("admin:partners_import_add")
LIST = reverse("admin:partners_import_changelist")
HEADINGS = ["Partner ID", "Name", "Stage"]


def page_of(record):
    return reverse("admin:partners_import_change", args=[record.pk])


def send(client, file, *, kind="partners", name="partners.csv", follow=True):
    upload = SimpleUploadedFile(name, file.getvalue())
    return client.post(ADD, {"kind": kind, "file": upload}, follow=follow)


def text_of(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", response.content.decode())))


def match(record, **changes):
    """What the page of the columns posts."""
    data = {f"column-{place}": key for place, key in enumerate(record.columns)}
    return {**data, "order": "", **changes}
