"""The company's OpenID Connect provider. allauth looks for providers in modules of this name."""

from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from config.accounts.passwords import after_login
from config.company import company_login

SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""With a key of the provider's: neither unsigned, nor by the client's secret."""
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
CLOCKS_DIFFER_BY_S = 60
STATE_LENGTH = 32
END = "end_session_endpoint"
"""What the provider calls the address of its own logout; the session keeps it."""


def nonce_of(state: str) -> str:
    """The nonce of a login. It is bound to the session, which keeps the state; and that is used once."""
    return salted_hmac("config.accounts.nonce", state, algorithm="sha256").hexdigest()


class CompanyOAuth2Adapter(OpenIDConnectOAuth2Adapter):
    """What is asked of the provider, and how its answers are checked."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description. OAuth2Error where that is of another provider, or none."""
        try:
            found: dict[str, Any] = super().openid_config
            issuer, here = found["issuer"], self.get_provider().app.provider_id
        except (requests.RequestException, KeyError, TypeError, AttributeError) as error:
            raise OAuth2Error("The provider does not describe itself.") from error
        if issuer != here:
            message = f"The provider says that it is {issuer}, not {here}."
            raise OAuth2Error(message)
        return found

    def get_callback_url(self, request: HttpRequest, _app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("company_callback"))

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Check the ID token: its signature too, and that it answers this very request.

        allauth does neither: it lets the connection stand for the signature, and knows no nonce.
        """
        try:
            claims = self._checked(app, kwargs["response"]["id_token"])
            if not constant_time_compare(str(claims["nonce"]), nonce_of(request.GET["state"])):
                raise OAuth2Error("The nonce is that of another login.")
            told = self._fetch_user_info(token.token) if "userinfo_endpoint" in self.openid_config else {}
            if told and told.get("sub") != claims["sub"]:
                raise OAuth2Error("The provider tells of another user.")
            found = self.get_provider().sociallogin_from_response(request, {**claims, **told})
            found.end = self.openid_config.get(END, "")
            return found
        except (
            jwt.PyJWTError,
            KeyError,
            TypeError,
            AttributeError,
            ValueError,
            ImproperlyConfigured,
        ) as error:
            raise OAuth2Error("The provider's answer can't be used.") from error

    def _checked(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            keys = jwt.PyJWKSet.from_dict(session.get(self.openid_config["jwks_uri"]).json())
        named = jwt.get_unverified_header(id_token).get("kid")
        claims: dict[str, Any] = jwt.decode(
            id_token,
            keys[named] if named else keys.keys[0],
            algorithms=SIGNED_BY,
            audience=app.client_id,
            issuer=app.provider_id,
            leeway=CLOCKS_DIFFER_BY_S,
            options={"require": REQUIRED},
        )
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The ID token was made for another program.")
        return claims


class CompanyProvider(OpenIDConnectProvider):
    """Its users are told apart by their subject alone: an e-mail address may be given to somebody else."""

    id = "company"
    oauth2_adapter_class = CompanyOAuth2Adapter

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Just a login: an address can't ask for other scopes, or to tie the login to another user."""
        state = get_random_string(STATE_LENGTH)
        return {
            "process": AuthProcess.LOGIN,
            "next_url": after_login(get_next_redirect_url(request) or reverse("admin:index")),
            "state_id": state,
            "auth_params": {"nonce": nonce_of(state)},
        }

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["sub"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """The groups; nothing else of what the provider tells is kept with the user's subject."""
        groups = data.get(company_login().groups_claim, [])
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        return {"groups": [group for group in listed if isinstance(group, str)]}

    def extract_email_addresses(self, _data: dict[str, Any]) -> list[Any]:
        """None: a user is never found, refused or told apart by an address."""
        return []

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "username": data.get("preferred_username"),
            "first_name": data.get("given_name"),
            "last_name": data.get("family_name"),
            "name": data.get("name"),
        }


def is_reached(address: str) -> bool:
    """Whether a form may lead there."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" in company_login().origins


provider_classes = [CompanyProvider]
