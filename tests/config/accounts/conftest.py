"""The company's login, switched on: a provider that is asked over HTTP."""

import pytest

from config.company import CompanyLogin
from tests.config.accounts.codes import PASSWORD, keep_half_minute
from tests.config.accounts.provider import CLIENT_ID, SECRET, running


@pytest.fixture(autouse=True)
def _half_minute(monkeypatch):
    keep_half_minute(monkeypatch)


@pytest.fixture(scope="session")
def running_provider():
    with running() as provider:
        yield provider


@pytest.fixture
def provider(running_provider):
    """It tells the truth, and knows what the test tells it."""
    running_provider.lie, running_provider.key = {}, None
    running_provider.asked.clear()
    return running_provider


@pytest.fixture
def switch_on(settings):
    """Switches the company's login on: `switch_on(issuer=…, name=…)`."""

    def switch_on(issuer, **changes):
        company = CompanyLogin(
            **{
                "issuer": issuer,
                "client_id": CLIENT_ID,
                "secret": SECRET,
                "name": "Fern & Co",
                "scopes": ("openid", "profile", "email"),
                "groups_claim": "groups",
                "groups": {
                    "viewer": frozenset({"staff"}),
                    "editor": frozenset({"partner managers"}),
                    "superuser": frozenset({"admins"}),
                },
                "origins": (issuer,),
                **changes,
            }
        )
        settings.COMPANY = company
        settings.SOCIALACCOUNT_PROVIDERS = {"company": {"APPS": [company.as_app()]}}
        settings.AUTHENTICATION_BACKENDS = [
            *settings.AUTHENTICATION_BACKENDS,
            "config.accounts.backends.CompanyBackend",
        ]
        settings.CONTENT_SECURITY_POLICY = {
            "DIRECTIVES": {"default-src": ["'self'"], "form-action": ["'self'", *company.origins]}
        }
        return company

    return switch_on


@pytest.fixture
def company(provider, switch_on):
    return switch_on(provider.issuer)


@pytest.fixture
def person(editor):
    editor.set_password(PASSWORD)
    editor.save()
    return editor
