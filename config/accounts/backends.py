"""Users whom the company's login lets in."""

from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

COMPANY_BACKEND = "config.accounts.backends.CompanyBackend"


def is_by_company(request: HttpRequest) -> bool:
    """Whether the company's login let this user in."""
    return bool(request.session.get(BACKEND_SESSION_KEY) == COMPANY_BACKEND)


class CompanyBackend(ModelBackend):
    """Knows their rights, and takes no password."""

    def authenticate(self, *_credentials: Any, **_fields: Any) -> None:
        """Lets in no one: `config.accounts.company_views` does."""
