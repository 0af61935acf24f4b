"""The forms of one-time passwords."""

from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _

from partners.core.one_time_passwords import MAX_CODE_LENGTH, check_code


def code_field() -> forms.CharField:
    """A field that browsers and phones fill in, where they can."""
    attributes = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "autofocus": True,
        "spellcheck": "false",
    }
    return forms.CharField(
        label=_("Code"), max_length=MAX_CODE_LENGTH, widget=forms.TextInput(attrs=attributes)
    )


class CodeForm(AuthenticateForm):
    """The second step of a login: a one-time password or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        self.authenticator = check_code(context.request, self.user, code)
        return code


class SetUpForm(ActivateTOTPForm):
    """The first code, which proves that the app has the right key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()


class PasswordForm(ReauthenticateForm):
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = {"autocomplete": "current-password", "autofocus": True}
        self.fields["password"].widget = forms.PasswordInput(attrs=attributes)
