"""Numbers in addresses that no database holds are no row's."""

import re

import pytest
from django.urls import URLResolver, get_resolver

TOO_LARGE = str(10**19)
NUMBER = re.compile(r"<(?:int|path):\w+>")

pytestmark = pytest.mark.django_db


def routes(resolver, before=""):
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif NUMBER.search(route):
            yield "/" + re.sub(r"<str:\w+>", "x", route)


def addresses():
    """Each with one of its numbers too large, and with all of them."""
    for route in sorted(routes(get_resolver())):
        places = len(NUMBER.findall(route))
        for large in [*({place} for place in range(places)), set(range(places))]:
            numbers = iter(TOO_LARGE if place in large else "1" for place in range(places))
            yield NUMBER.sub(lambda _place, numbers=numbers: next(numbers), route)


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_address_fails_on_a_number_that_is_too_large(as_superuser, method):
    as_superuser.raise_request_exception = False
    found = set(addresses())
    assert len(found) > 50
    answers = {address: getattr(as_superuser, method)(address).status_code for address in found}
    assert {address: status for address, status in answers.items() if status >= 500} == {}
