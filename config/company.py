"""The company's login as the environment describes it: an OpenID Connect provider, and its groups."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404
from environs import EnvError, ValidationError

from config.environment import env

MAX_ISSUER_LENGTH = 200
"""As long as allauth keeps it."""
ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
"""Where a provider may do without HTTPS: for trying it out."""
ROLES = ("superuser", "editor", "viewer")
"""From the one that may do most; a user in groups of several gets the first."""


@dataclass(frozen=True)
class CompanyLogin:
    """A provider; its issuer and its subjects are what tells users apart."""

    issuer: str
    client_id: str
    secret: str
    name: str
    scopes: tuple[str, ...]
    groups_claim: str
    groups: dict[str, frozenset[str]]
    """The provider's groups of each role."""
    origins: tuple[str, ...]
    """Where the browser is sent on its way; forms may lead to no other site."""

    def as_app(self) -> dict[str, Any]:
        """As allauth takes it."""
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        return {
            "provider_id": self.issuer,
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.secret,
            "settings": {"server_url": address, "scope": self.scopes, "oauth_pkce_enabled": True},
        }

    def role_of(self, groups: Iterable[str]) -> str | None:
        """The role that these groups give; None where none of them has one."""
        return next((role for role in ROLES if self.groups[role] & set(groups)), None)


def company_login() -> CompanyLogin:
    """That of the settings. Http404 where there is none: its addresses lead to nothing then."""
    found: CompanyLogin | None = settings.COMPANY
    if found is None:
        raise Http404
    return found


def read_company_login() -> CompanyLogin | None:
    """What the variables OIDC_… say; None without OIDC_ISSUER. EnvError where they make no sense."""
    issuer = env.issuer("OIDC_ISSUER", None)
    if issuer is None:
        if said := sorted(name for name in os.environ if name.startswith("OIDC_")):
            message = f"{said[0]} is set, but OIDC_ISSUER is not, which says whose login it is."
            raise EnvError(message)
        return None
    groups = {
        "superuser": env.listed("OIDC_SUPERUSERS", ""),
        "editor": env.listed("OIDC_EDITORS", ""),
        "viewer": env.listed("OIDC_VIEWERS", ""),
    }
    if not any(groups.values()):
        raise EnvError("OIDC_VIEWERS, OIDC_EDITORS and OIDC_SUPERUSERS name no group, so none could log in.")
    scopes = env.listed("OIDC_SCOPES", "openid,profile")
    if "openid" not in scopes:
        raise EnvError("OIDC_SCOPES does not name openid, without which this is no OpenID Connect.")
    parts = urlsplit(issuer)
    return CompanyLogin(
        issuer=issuer,
        client_id=env.given("OIDC_CLIENT_ID", ""),
        secret=env.given("OIDC_CLIENT_SECRET", ""),
        name=env.given("OIDC_NAME", "your company login"),
        scopes=tuple(scopes),
        groups_claim=env.given("OIDC_GROUPS_CLAIM", "groups"),
        groups={role: frozenset(named) for role, named in groups.items()},
        origins=(f"{parts.scheme}://{parts.netloc}", *env.origins("OIDC_ORIGINS", "")),
    )


def read_local_login(*, company: CompanyLogin | None) -> bool:
    """Whether passwords of this site let users in. EnvError where nothing would."""
    is_on: bool = env.bool("LOCAL_LOGIN", True)
    if not is_on and company is None:
        raise EnvError("LOCAL_LOGIN is 0, but OIDC_ISSUER is not set: none could log in.")
    return is_on


@env.parser_for("issuer")
def read_issuer(text: str | None) -> str | None:
    """The address that a provider calls itself by; None where nothing is said."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ON_THIS_MACHINE)
    if not parts.hostname or not is_safe or parts.query or parts.fragment:
        message = f"“{text}” is no address of a provider, such as https://login.example/realms/staff."
        raise ValidationError(message)
    if len(text) > MAX_ISSUER_LENGTH:
        message = f"It is longer than {MAX_ISSUER_LENGTH} characters."
        raise ValidationError(message)
    return text


@env.parser_for("given")
def read_given(text: str) -> str:
    """Something that has to be said."""
    if not text.strip():
        raise ValidationError("It is empty. OIDC_ISSUER needs it.")
    return text.strip()
