"""The pages of one-time passwords: allauth's, in the frame of the admin, with a record of what was done."""

from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from config.accounts.forms import CodeForm, PasswordForm, SetUpForm
from partners.audit.services import record
from partners.core.one_time_passwords import are_readable, spend_code
from partners.models import AuditKind


class InAdmin:
    """A view whose page has the admin's sidebar and a title."""

    title: StrOrPromise = gettext_lazy("One-time passwords")
    request: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)  # type: ignore[misc]  # of the view
        return {**admin.site.each_context(self.request), **context, "title": self.title}

    def told(self, done: str, message: str) -> None:
        """Say on the next page, and in the audit log, what the user has done."""
        record(AuditKind.CODES, f"{self.request.user}: {done}")
        messages.success(self.request, message)


class OwnLogin(InAdmin, IndexView):
    """How the user logs in, and what can be changed about it."""

    title = gettext_lazy("Your login")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        readable = are_readable(self.request.user)
        codes = context["authenticators"].get("recovery_codes")
        left = len(codes.get_unused_codes()) if codes and readable else 0
        return {**context, "recovery_codes_left": left, "codes_are_readable": readable}


class SetUp(InAdmin, ActivateTOTPView):
    """The key, as a picture and as text, and the first code."""

    form_class = SetUpForm
    title = gettext_lazy("Set up one-time passwords")

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        spend_code(self.request.user, form.cleaned_data["code"])
        self.told("set up", _("From now on you are asked for a code when you log in."))
        return answer


class SwitchOff(InAdmin, DeactivateTOTPView):
    """No one-time passwords any more."""

    title = gettext_lazy("Switch off one-time passwords")

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        self.told("switched off", _("One-time passwords are switched off, and your recovery codes are gone."))
        return answer


class OfReadableCodes(InAdmin):
    """A view for those whose codes can be checked; the own page of others says what to do."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not are_readable(self.request.user):
            return HttpResponseRedirect(reverse("mfa_index"))
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]  # of the view
        return answer


class RecoveryCodesPage(OfReadableCodes, ViewRecoveryCodesView):
    """The recovery codes, once."""

    title = gettext_lazy("Recovery codes")


class NewRecoveryCodes(OfReadableCodes, GenerateRecoveryCodesView):
    """Others in their place."""

    title = gettext_lazy("Make new recovery codes")

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        self.told("new recovery codes", _("You have new recovery codes. The old ones don't work any more."))
        return answer


class SecondStep(InAdmin, AuthenticateView):
    """Asks for a code once name and password were right."""

    form_class = CodeForm
    title = gettext_lazy("One-time password")

    def _build_forms(self) -> CodeForm | None:
        """The one form that there is: allauth's own takes what has no code for another kind of key."""
        posted = self.request.POST if self.request.method == "POST" else None
        self.webauthn_form = None
        self.auth_form = CodeForm(user=self.stage.login.user, data=posted)
        return self.auth_form if posted is not None else None


class PasswordAgain(InAdmin, ReauthenticateView):
    """Asks for the password before one-time passwords are changed: a screen may have been left alone."""

    form_class = PasswordForm
    title = gettext_lazy("Your password once more")
