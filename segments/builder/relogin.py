"""A login that ran out while somebody was building: they log in on the spot, and nothing is lost."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from partners.core.one_time_passwords import MAX_CODE_LENGTH, check_code, has_codes
from partners.core.requests import Allowed
from segments.builder.actions import BUTTONS

CREDENTIALS = ("username", "password", "code")
OTHER_BUTTONS = (
    *("save", "see_all", "export", "entering", "leaving", "preview", "update"),
    *("look_up", "explain", "near", "starters"),
)


class LoginForm(AdminAuthenticationForm):
    """Name and password of somebody who may open the builder."""

    request: HttpRequest

    def __init__(
        self, request: HttpRequest, *args: Any, may_open: Allowed = lambda _user: True, **kwargs: Any
    ) -> None:
        super().__init__(request, *args, **kwargs)
        self.may_open = may_open
        if "code" in self.data:
            self.ask_for_code()

    def ask_for_code(self) -> None:
        """Only those who have one-time passwords are asked."""
        self.fields["code"] = forms.CharField(
            label=_("One-time password"),
            required=False,
            max_length=MAX_CODE_LENGTH,
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        )

    def confirm_login_allowed(self, user: Any) -> None:
        """Refuse those who may not, while the form still holds everything."""
        super().confirm_login_allowed(user)
        if not self.may_open(user):
            raise ValidationError(_("This login has no right to open the segment. Use another one."))
        if settings.SUPERUSERS_NEED_CODES and user.is_superuser and not has_codes(user):
            raise ValidationError(_("Set up one-time passwords first, at the usual login."))
        if has_codes(user):
            if not self.cleaned_data.get("code"):
                self.ask_for_code()
                raise ValidationError(_("Type the password once more, and a one-time password."))
            check_code(self.request, user, self.cleaned_data["code"])


class Login:
    """A request for the builder without a login; succeeded if it brought a right name and password."""

    def __init__(self, request: HttpRequest, form: LoginForm | None = None) -> None:
        self.request = request
        self.form = form or LoginForm(request)
        self.succeeded = self.form.is_valid()

    def answer(self, site: AdminSite) -> HttpResponse:
        """Ask for name and password and hold what was posted; for htmx, say it beside what is shown."""
        if HtmxDetails(self.request):
            response = render(self.request, "segments/builder/logged_out.html", status=401)
            response["HX-Retarget"] = "#builder-trouble"
            response["HX-Reswap"] = "innerHTML"
            return response
        held = without_buttons(self.request.POST)
        held.pop("csrfmiddlewaretoken", None)
        context = {
            **site.each_context(self.request),
            "title": _("Log in again"),
            "form": self.form if settings.LOCAL_LOGIN else None,
            "company": settings.COMPANY,
            "held": [(name, value) for name, values in held.lists() for value in values],
        }
        return render(self.request, "segments/log_in_again.html", context, status=401)


def attempt(request: HttpRequest, *, may_open: Allowed) -> Login:
    """Log in with the name and password that came with the form, if they did and are right."""
    if "password" not in request.POST:
        return Login(request)
    attempted = Login(request, LoginForm(request, data=request.POST, may_open=may_open))
    if attempted.succeeded:
        login(request, attempted.form.get_user())
    return attempted


def without_buttons(data: QueryDict) -> QueryDict:
    """What was posted besides a button, and besides name and password."""
    rest = data.copy()
    for name in data:
        if name in (*CREDENTIALS, *OTHER_BUTTONS) or name.partition(":")[0] in (*BUTTONS, "fix"):
            del rest[name]
    return rest
