"""Logins: written into the audit log, and locked after too many failures."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from config.views import locked_out
from partners.audit.services import record
from partners.core.actor import MAX_USER_NAME_LENGTH
from partners.models import AuditKind


def listen() -> None:
    """Have Django and Axes say what happens; called by `ProgramAdminConfig.ready()`.

    These are the only places where every way to log in passes.
    """
    user_logged_in.connect(_logged_in, dispatch_uid="audit")
    user_logged_out.connect(_logged_out, dispatch_uid="audit")
    user_login_failed.connect(_login_failed, dispatch_uid="audit")
    # Axes listens from its import on; it must not have locked the login yet when a failure is told above.
    import_string("axes.signals.user_locked_out").connect(_locked_out, dispatch_uid="audit")


def answer_locked_out(
    request: HttpRequest, _credentials: Any = None, *_args: Any, **_kwargs: Any
) -> HttpResponse:
    """What Axes answers to who has failed too often."""
    return locked_out(request)


def tried_name(_request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The user name that is tried, as long as Axes can keep it; no user has a longer one."""
    return str((credentials or {}).get("username") or "").replace("\0", "")[:MAX_USER_NAME_LENGTH]


def _logged_in(user: User, **_sent: Any) -> None:
    record(AuditKind.LOGGED_IN, who=user)


def _logged_out(user: User | None, **_sent: Any) -> None:
    if user is not None:
        record(AuditKind.LOGGED_OUT, who=user)


def _login_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_sent: Any) -> None:
    # What comes while the login is locked says nothing new, and could fill the log.
    if not _was_locked(request):
        record(AuditKind.LOGIN_FAILED, who=str(credentials.get("username", "")))


def _locked_out(request: HttpRequest, username: str | None, **_sent: Any) -> None:
    if not _was_locked(request):
        record(AuditKind.LOCKED_OUT, who=username or "")


def _was_locked(request: HttpRequest | None) -> bool:
    """Whether Axes refused to try: it has noted that before the failure is told, which is told first here."""
    if request is None:
        return False
    if not hasattr(request, "was_locked"):
        request.was_locked = getattr(request, "axes_locked_out", False)  # type: ignore[attr-defined]  # noted on it
    return bool(request.was_locked)  # type: ignore[attr-defined]  # noted on it
