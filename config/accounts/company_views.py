"""The way to the company's login, and back."""

import logging
from typing import Any

from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from config.accounts.pages import company_unclear
from config.accounts.provider import CompanyOAuth2Adapter, is_reached
from config.company import company_login

logger = logging.getLogger(__name__)


@never_cache
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    answer = _ask(request, OAuth2LoginView)
    if "Location" in answer.headers and not is_reached(answer.headers["Location"]):
        logger.error(
            "OIDC_ORIGINS does not name where the provider has its login: %s", answer.headers["Location"]
        )
        return company_unclear(request, company_login().name)
    return answer


@never_cache
@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    """Where the provider sends it back to."""
    return _ask(request, OAuth2CallbackView)


def _ask(request: HttpRequest, view: Any) -> HttpResponse:
    adapter = CompanyOAuth2Adapter(request, company_login().issuer)
    try:
        answer: HttpResponse = view.adapter_view(adapter)(request)
    except OAuth2Error as error:
        answer = render_authentication_error(request, adapter.get_provider(), exception=error)
    return answer
