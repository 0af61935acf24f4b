"""Where e-mail is given to be sent, as the environment says."""

import os
from typing import Any

import dj_email_url
from environs import EnvError, ValidationError

from config.environment import env

WITH_HOSTS = ("smtp", "submission")
SCHEMES = (*WITH_HOSTS, "console", "file")
TIMEOUT_S = 10
"""How long a page waits for a server of mail."""


def read_mail() -> dict[str, Any]:
    """Django's settings of e-mail; empty without EMAIL_URL. EnvError where they make no sense."""
    found: dict[str, Any] | None = env.mail("EMAIL_URL", None)
    if found is None:
        if "EMAIL_FROM" in os.environ:
            raise EnvError("EMAIL_FROM is set, but EMAIL_URL is not, which says who sends it.")
        return {}
    return {"EMAIL_TIMEOUT": TIMEOUT_S, **found, "DEFAULT_FROM_EMAIL": env.sender("EMAIL_FROM", "")}


@env.parser_for("mail")
def read_mail_url(text: str | None) -> dict[str, Any] | None:
    """The settings that an address stands for; None where nothing is said."""
    if text is None:
        return None
    scheme = text.partition("://")[0]
    try:
        found = dj_email_url.parse(text) if scheme in SCHEMES else {}
    except ValueError:
        found = {}
    if not found or (scheme in WITH_HOSTS and not found["EMAIL_HOST"]):
        raise ValidationError("It is no address such as submission://user:password@mail.example:587.")
    return {name: value for name, value in found.items() if value is not None}


@env.parser_for("sender")
def read_sender(text: str) -> str:
    """The address that mail comes from."""
    if "@" not in text or not text.isprintable():
        raise ValidationError("It is no e-mail address. EMAIL_URL needs one, such as segments@brand.example.")
    return text.strip()
