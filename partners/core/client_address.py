"""The address of who sends a request, also behind proxies."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """What the outermost of our own proxies saw; None where that is no address.

    Each proxy adds to X-Forwarded-For whom it was asked by. Only the last `PROXIES` of these can be
    believed: what stands before them was sent along by the client.
    """
    seen = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    chain = [*seen, str(request.META.get("REMOTE_ADDR", ""))]
    try:
        return str(ip_address(chain[max(0, len(chain) - 1 - settings.PROXIES)]))
    except ValueError:
        return None
