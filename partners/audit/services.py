"""Writing the audit log."""

import logging

from django.utils.text import Truncator

from partners.core.actor import MAX_USER_NAME_LENGTH, Actor, UserOrName, current_actor
from partners.core.names import without_invisible
from partners.models.audit import MAX_ABOUT_LENGTH, AuditEvent, AuditKind

logger = logging.getLogger("audit")


def record(kind: AuditKind, about: str = "", *, who: UserOrName | None = None) -> None:
    """Write down what happened, by `who` or, without it, by the current actor; in the log as well."""
    address = current_actor().address
    stamp = (current_actor() if who is None else Actor(who)).stamp()
    # What was typed as a user name may be anything; PostgreSQL stores no NUL.
    stamp["user_name"] = without_invisible(stamp["user_name"].replace("\0", ""))[:MAX_USER_NAME_LENGTH]
    event = AuditEvent(kind=kind, about=Truncator(about).chars(MAX_ABOUT_LENGTH), address=address, **stamp)
    event.save(force_insert=True)
    facts = {"kind": kind.value, "who": event.user_name, "about": event.about, "address": address}
    logger.info("%s", event, extra=facts)
