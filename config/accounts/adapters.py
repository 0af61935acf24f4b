"""What allauth does in another way here."""

import base64
import logging
from typing import Any

import qrcode
import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import logout
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathImage

from config.accounts.backends import COMPANY_BACKEND
from config.accounts.pages import (
    company_away,
    company_unclear,
    login_cancelled,
    login_inactive,
    login_outdated,
    no_rights,
)
from config.accounts.provider import END
from config.accounts.rights import give_role
from config.accounts.stages import COMPANY_LOGIN
from config.company import company_login
from partners.audit.services import record
from partners.models import AuditKind

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Logins. Pages say themselves what was done."""

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: allauth does in its own words."""

    def get_login_stages(self) -> list[str]:
        return ["config.accounts.stages.CodeStage"]

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        if COMPANY_LOGIN in (kwargs["signal_kwargs"] or {}):
            user.backend = COMPANY_BACKEND  # as Django's `authenticate` sets it
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        if by_company := (kwargs["signal_kwargs"] or {}).get(COMPANY_LOGIN):
            request.session[END] = by_company.end  # only now: that of another user was emptied
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    def respond_user_inactive(self, request: HttpRequest, *_user: User) -> HttpResponse:
        return login_inactive(request)


class CompanyAdapter(DefaultSocialAccountAdapter):
    """Logins with the company's: its groups decide, each time."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Set the rights of a user who is known. Who has none is refused, and loses those of before."""
        user = sociallogin.user if sociallogin.is_existing else None
        role = _role_of(sociallogin)
        if user:
            give_role(user, role, who=company_login().name)
        if role:
            return
        about = f"{company_login().name}, subject {sociallogin.account.uid}: no group with rights here"
        record(AuditKind.LOGIN_REFUSED, about, who=str(user or sociallogin.user))
        logout(request)
        raise ImmediateHttpResponse(no_rights(request, company_login().name, sociallogin.end))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the user of a first login, with the rights of the groups."""
        who = company_login().name
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            record(AuditKind.RIGHTS, f"{user}: new, subject {sociallogin.account.uid}", who=who)
            give_role(user, _role_of(sociallogin), who=who)
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        *_provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
        **_more: Any,
    ) -> None:
        """Say what went wrong: to the user in short, in the log at length."""
        name = company_login().name
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(login_cancelled(request, name))
        # With the state of a login that began here, it is the provider that refuses.
        if exception is None and "state" in (extra_context or {}) and "error" in request.GET:
            exception = OAuth2Error(
                f"{request.GET['error']}: {request.GET.get('error_description', 'no description')}"[:500]
            )
        if exception is None:
            raise ImmediateHttpResponse(login_outdated(request, name))
        logger.warning("%s: %s", name, exception, exc_info=exception)
        if isinstance(exception.__cause__ or exception, requests.RequestException):
            raise ImmediateHttpResponse(company_away(request, name))
        record(AuditKind.LOGIN_REFUSED, f"{name}: an answer that can't be used; the log says why")
        raise ImmediateHttpResponse(company_unclear(request, name))


def _role_of(sociallogin: SocialLogin) -> str | None:
    role: str | None = company_login().role_of(sociallogin.account.extra_data["groups"])
    return role


class CodesAdapter(DefaultMFAAdapter):
    """One-time passwords.

    Their secrets are encrypted with the key of the site: a copy of the database alone is of no use.
    """

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong. Wait for the next one that the app shows.")
    }

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return str(admin.site.site_header)

    def build_totp_svg(self, url: str) -> str:
        """A drawing to stand in the page itself, which needs no exception of the content security policy."""
        drawn = qrcode.make(url, image_factory=SvgPathImage).to_string(encoding="unicode")
        return mark_safe(str(drawn))  # noqa: S308 - squares only

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """InvalidToken where the site has another key now."""
        return _cipher().decrypt(encrypted_text).decode()


def _cipher() -> Fernet:
    key = salted_hmac("config.accounts.codes", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
