"""What the head of a partner's page shows."""

import pytest

from partners.profile.presenters import mark_of, web_address


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("aurora", "A"),
        ("éclair", "É"),
        ("e\u0301clair", "E\u0301"),
        ("ßtraße", "ß"),
        ("Північ", "П"),
        ("晨光", "晨"),
        ("نجوم", "ن"),
        ("👩‍🚀 Stars", "👩‍🚀"),
        ("7 days", "7"),
    ],
)
def test_the_mark_is_the_first_sign_of_the_name(name, mark):
    assert mark_of(name) == mark


@pytest.mark.parametrize(
    ("website", "address"),
    [("https://a.example", "https://a.example"), ("javascript:alert(1)", ""), ("", "")],
)
def test_only_addresses_of_the_web_are_links(website, address):
    assert web_address(website) == address
