"""The audit log: who came in, who was kept out, whose rights changed, who took personal data away."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.core.actor import UserStamped

MAX_ABOUT_LENGTH = 1_000


class AuditKind(models.TextChoices):
    """What happened."""

    LOGGED_IN = "logged_in", _("Logged in")
    LOGGED_OUT = "logged_out", _("Logged out")
    LOGIN_FAILED = "login_failed", _("Login failed")
    LOGIN_REFUSED = "login_refused", _("Login refused")
    LOCKED_OUT = "locked_out", _("Locked out")
    UNLOCKED = "unlocked", _("Unlocked")
    RIGHTS = "rights", _("Rights changed")
    PASSWORD = "password", _("Password changed")
    LINK_SENT = "link_sent", _("Link for a new password sent")
    CODES = "codes", _("One-time passwords changed")
    USER_DELETED = "user_deleted", _("User deleted")
    EXPORTED = "exported", _("Exported")


class AuditEvent(UserStamped):
    """Something that somebody may have to account for. Nobody changes or deletes it."""

    at = models.DateTimeField(_("when"), auto_now_add=True)
    kind = models.CharField(_("what"), max_length=20, choices=AuditKind)
    about = models.CharField(_("about"), max_length=MAX_ABOUT_LENGTH, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        default_permissions = ()
        ordering = ["-at", "-id"]
        indexes = [
            *UserStamped.Meta.indexes,
            models.Index(fields=["-at", "-id"], name="auditevent_at_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.about}"
