"""Messages about one partner and one group, with a button that takes back what they tell."""

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

OUT, BACK = "out", "back"
"""The buttons: take out of a group, put back into it."""
NEXT = "next"
"""In the address to which they post: where to go on."""


def with_undo(text: str, button: str, *, partner: int, group: Model, then: str) -> SafeString:
    """The text with the button, on whatever page it is shown; what comes after the button is shown at `then`.

    It belongs to a form that stands beside the messages of every page (templates/admin/base_site.html).
    """
    address = reverse("admin:partners_partner_groups", args=[partner])
    return format_html(
        '{} <button class="message-undo" type="submit" form="undo-form" formaction="{}" name="{}" value="{}">'
        "{}</button>",
        text,
        f"{address}?{urlencode({NEXT: then})}",
        button,
        group.pk,
        _("Undo"),
    )


def next_address(request: HttpRequest, otherwise: str) -> str:
    """Where to go on: an address of this site that was asked for, or the other one."""
    wanted = request.GET.get(NEXT, "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else otherwise
