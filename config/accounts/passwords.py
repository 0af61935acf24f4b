"""The login with name and password."""

from urllib.parse import urlsplit

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.urls import reverse


class PasswordLogin(LoginView):
    """Django's, with a second step for users who have one-time passwords: before it they are not in."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if self.request.user.is_authenticated and self.request.user != user:
            # Django would do so once they are in, and empty the session of what is noted in it before.
            logout(self.request)
        # A password that was typed a moment ago is not asked for again before codes are set up.
        record_authentication(self.request, user, "password", reauthenticated=True)
        answer: HttpResponse = perform_login(self.request, user, redirect_url=self.get_success_url())
        return answer

    def get_success_url(self) -> str:
        return after_login(super().get_success_url())


def after_login(asked_for: str) -> str:
    """Where a login leads: a user who logged out on the page that was asked for goes to the start page."""
    return reverse("admin:index") if urlsplit(asked_for).path == reverse("admin:logout") else asked_for
