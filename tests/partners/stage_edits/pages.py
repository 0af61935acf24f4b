"""The screens of bulk edits of stages, as tests walk through them."""

import re

from contracts.models import Contract
from partners.models import StageEdit

CONTRACTS = "/admin/contracts/contract/"
PARTNERS = "/admin/partners/partner/"
EDITS = "/admin/partners/stageedit/"


def choose(client, *rows, address=CONTRACTS, across=False):
    """Tick these rows, or all that match, and run the action; the page that follows."""
    data = {"action": "change_stage", "_selected_action": [row.pk for row in rows], "index": 0}
    return client.post(address, data | {"select_across": "1" if across else "0"})


def plan(client, *rows, to, **options):
    """Choose rows and have shown what would happen; the address of that page."""
    address = choose(client, *rows, **options).url
    assert client.post(address, {"to_stage": to, "why": "", "preview": "1"}).url == address
    return address


def confirm(client, address, **data):
    edit = StageEdit.objects.get(pk=re.search(r"stageedit/(\d+)/", address)[1])
    posted = {"to_stage": edit.to_stage, "why": "It ended", "moves_along": "on", "confirm": "1"}
    return client.post(address, posted | data, follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def stages(model=Contract):
    return sorted(model.objects.values_list(model.stage_field, flat=True))
