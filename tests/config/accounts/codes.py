"""What an app for one-time passwords does, and how a user with one logs in."""

import re
import time
from types import SimpleNamespace

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.urls import reverse

PASSWORD = "the right password"
LOGIN = reverse("admin:login")
SECOND_STEP = reverse("mfa_authenticate")
START = reverse("admin:index")
OWN_LOGIN = reverse("mfa_index")
SET_UP = reverse("mfa_activate_totp")
SWITCH_OFF = reverse("mfa_deactivate_totp")
RECOVERY = reverse("mfa_view_recovery_codes")
NEW_RECOVERY = reverse("mfa_generate_recovery_codes")
PASSWORD_AGAIN = reverse("account_reauthenticate")


def keep_half_minute(monkeypatch):
    """Codes stay those of the half minute in which the test begins, however long it takes."""
    began = time.time()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: began))


def code_of(secret, later=0):
    """What the app shows now, or so many half minutes later; taken at the middle of what is accepted."""
    now = list(yield_hotp_counters_from_time())[1]
    return format_hotp_value(hotp_value(secret, now + later))


def wrong_code(secret):
    right = {code_of(secret, later) for later in (-2, -1, 0, 1, 2)}
    return next(
        code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in right
    )


def set_up(user):
    """Give the user a password and one-time passwords; the secret, and the recovery codes."""
    user.set_password(PASSWORD)
    user.save()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret, RecoveryCodes.activate(user).generate_codes()


def has_set_up(user):
    return Authenticator.objects.filter(user=user).exists()


def first_step(client, user, **fields):
    return client.post(LOGIN, {"username": user.username, "password": PASSWORD, **fields})


def second_step(client, code):
    return client.post(SECOND_STEP, {"code": code})


def key_on(page):
    return re.search(r'<code class="code-key">(\w+)</code>', page.content.decode())[1]


def is_in(client):
    return client.get(START).status_code == 200
