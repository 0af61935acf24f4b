"""What the environment may say about e-mail, and what is said where it can't be so."""

import pytest
from environs import EnvError

from config.mail import TIMEOUT_S, read_mail

pytestmark = pytest.mark.once


@pytest.fixture
def said(monkeypatch):
    def said(**variables):
        for name in ("EMAIL_URL", "EMAIL_FROM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return said


def test_none_is_sent_by_default(said):
    said()
    assert read_mail() == {}


def test_goes_to_the_server_of_the_address(said):
    said(EMAIL_URL="submission://ada:p%40ss@mail.example", EMAIL_FROM="segments@brand.example")
    found = read_mail()
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", 587)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("ada", "p@ss")
    assert found["EMAIL_USE_TLS"]
    assert found["EMAIL_TIMEOUT"] == TIMEOUT_S
    assert found["DEFAULT_FROM_EMAIL"] == "segments@brand.example"


@pytest.mark.parametrize(
    "url", ["", "mail.example", "https://mail.example", "submission://", "smtp://a:b:c", "smtp://a:99999"]
)
def test_an_address_that_is_none_is_refused(said, url):
    said(EMAIL_URL=url, EMAIL_FROM="segments@brand.example")
    with pytest.raises(EnvError, match="EMAIL_URL"):
        read_mail()


@pytest.mark.parametrize(
    "sender", [{}, {"EMAIL_FROM": ""}, {"EMAIL_FROM": "segments"}, {"EMAIL_FROM": "a@b\nc"}]
)
def test_comes_from_an_address(said, sender):
    said(EMAIL_URL="smtp://mail.example", **sender)
    with pytest.raises(EnvError, match="EMAIL_FROM"):
        read_mail()


def test_a_sender_without_a_server_is_refused(said):
    said(EMAIL_FROM="segments@brand.example")
    with pytest.raises(EnvError, match="EMAIL_URL"):
        read_mail()
