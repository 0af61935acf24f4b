"""One-time passwords (TOTP, RFC 6238) and recovery codes: who has them, and whether a code is right.

allauth makes and keeps them. A code is checked here and not there: allauth notes in the memory of one process
which were used, so another process would take the same one again, and it counts failures there too.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from axes.handlers.proxy import AxesProxyHandler
from cryptography.fernet import InvalidToken
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

MAX_CODE_LENGTH = 20
"""Recovery codes have eight digits; some write blanks between them."""
LAST_STEP = "last_step"
"""What is kept beside the secret of an authenticator: the time step of the last code that was taken."""


def has_codes(user: AbstractBaseUser) -> bool:
    """Whether this user is asked for a one-time password."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def are_readable(user: AbstractBaseUser) -> bool:
    """Whether this user's codes can be checked: the key of the site is still that of their set-up."""
    try:
        for one in Authenticator.objects.filter(user_id=user.pk):
            decrypt(one.data["secret" if one.type == Authenticator.Type.TOTP else "seed"])
    except InvalidToken:
        return False
    return True


def forget_codes(user: AbstractBaseUser) -> bool:
    """Delete a user's one-time passwords and recovery codes; whether there were any."""
    deleted, _of_each = Authenticator.objects.filter(user_id=user.pk).delete()
    return bool(deleted)


def check_code(request: HttpRequest, user: AbstractBaseUser, code: str) -> Authenticator:
    """What the code belongs to; it is used up. ValidationError where it is wrong, used, or the login locked.

    A failure counts like a wrong password: so does Axes lock the login.
    """
    credentials = {"username": user.get_username()}
    message = _("This code is wrong, or was used already. Wait for the next one.")
    if AxesProxyHandler.is_allowed(request, credentials):
        try:
            if found := spend_code(user, code):
                return found
        except InvalidToken:
            message = _(
                "The key of the site has changed, so no code can be checked. Ask a superuser to reset yours."
            )
    else:
        request.axes_locked_out = True  # type: ignore[attr-defined]  # as Axes' own backend says it
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    raise ValidationError(message)


@transaction.atomic
def spend_code(user: AbstractBaseUser, code: str) -> Authenticator | None:
    """What the code belongs to; it is used up. None where it is wrong, or was used before."""
    digits = "".join(code.split())
    for one in Authenticator.objects.select_for_update().filter(user_id=user.pk):
        is_totp = one.type == Authenticator.Type.TOTP
        if _spend_step(one, digits) if is_totp else one.wrap().validate_code(digits):
            return one
    return None


def _spend_step(authenticator: Authenticator, code: str) -> bool:
    """Each code is that of a step of 30 seconds; none is taken after one of the same or a later step."""
    secret = decrypt(authenticator.data["secret"])
    for step in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, step))
        if step > authenticator.data.get(LAST_STEP, 0) and constant_time_compare(code, expected):
            authenticator.data[LAST_STEP] = step
            authenticator.save(update_fields=["data"])
            return True
    return False
