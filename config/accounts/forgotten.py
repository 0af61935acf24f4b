"""A new password for those who have forgotten theirs: by a link, where the site can send e-mail."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from axes.utils import reset
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView, PasswordResetView
from django.core.mail import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.accounts.codes import InAdmin
from partners.audit.services import record
from partners.models import AuditEvent, AuditKind

logger = logging.getLogger(__name__)
MAX_ADDRESS_LENGTH = 254
"""As long as Django keeps them with a user."""
LOGIN = reverse_lazy("admin:login")
PAUSE = timedelta(minutes=5)
"""Within it no second link is sent to the same user, however often somebody asks."""


class ForgottenForm(PasswordResetForm):
    """The address of users who have a password here; each gets a link."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=MAX_ADDRESS_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def get_users(self, email: str) -> Iterator[User]:
        recent = AuditEvent.objects.filter(kind=AuditKind.LINK_SENT, at__gt=timezone.now() - PAUSE)
        for user in super().get_users(email):
            if user.is_staff and not recent.filter(about=str(user)).exists():
                yield user

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,  # noqa: ARG002 - Django's signature
    ) -> None:
        """Send a link, and note that; only the log tells where it can't be sent."""
        subject = " ".join(render_to_string(subject_template_name, context).split())
        body = render_to_string(email_template_name, context)
        try:
            EmailMessage(subject, body, from_email, [to_email]).send()
        except OSError:  # smtplib's errors are such ones too
            logger.exception("No link for a new password could be sent to the user %s", context["user"].pk)
        else:
            record(AuditKind.LINK_SENT, str(context["user"]))


class ByMail(InAdmin):
    """A view that is there only where the site sends e-mail, and its passwords let users in."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.PASSWORDS_BY_MAIL:
            raise Http404
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # of the view
        return answer


class Forgotten(ByMail, PasswordResetView):
    """Asks for the address. Whether anybody has it changes the time of the answer, not the answer."""

    form_class = ForgottenForm
    success_url = LOGIN
    template_name = "account/forgotten.html"
    email_template_name = "account/forgotten_mail.txt"
    subject_template_name = "account/forgotten_subject.txt"
    title = gettext_lazy("Password forgotten")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        said = _(
            "If a user here has this address and a password, a link is on its way there. Should none come, "
            "ask a superuser."
        )
        messages.success(self.request, said)
        return answer


class NewPassword(ByMail, PasswordResetConfirmView):
    """Where the link leads to. Who has one-time passwords is asked for one at the next login all the same."""

    success_url = LOGIN
    template_name = "account/new_password.html"
    title = gettext_lazy("New password")

    def get_user(self, uidb64: str) -> User | None:
        """None where it could not log in with a password of its own, whatever it could when it was sent."""
        user = super().get_user(uidb64)
        return user if user and user.is_active and user.is_staff else None

    def form_valid(self, form: Any) -> HttpResponse:
        answer, user = super().form_valid(form), form.user
        record(AuditKind.PASSWORD, str(user), who=user)
        # Not of those with one-time passwords: each link would bring more guesses of a code.
        if not is_mfa_enabled(user) and reset(username=user.get_username()):
            record(AuditKind.UNLOCKED, str(user), who=user)
        messages.success(self.request, _("Your password is set. Log in with it."))
        return answer
