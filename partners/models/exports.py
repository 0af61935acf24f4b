"""The record of exports: their files hold personal data, so it can be looked up who took what, and when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.audit.services import record
from partners.core.actor import UserStamped, current_actor
from partners.models.audit import AuditKind

MAX_WHAT_LENGTH = 300


class Format(models.TextChoices):
    """What kind of file: its ending."""

    CSV = "csv", _("CSV")
    EXCEL = "xlsx", _("Excel")

    @property
    def content_type(self) -> str:
        """As browsers know it."""
        excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return excel if self == Format.EXCEL else "text/csv; charset=utf-8"


class Export(UserStamped):
    """Somebody took a file of partners: written down before its first line leaves, and after its last."""

    at = models.DateTimeField(_("when"), auto_now_add=True)
    what = models.CharField(_("what"), max_length=MAX_WHAT_LENGTH)
    asked = models.TextField(_("asked for"), blank=True)
    columns = models.TextField(_("columns"))
    format = models.CharField(_("file"), max_length=10, choices=Format)
    rows = models.PositiveBigIntegerField(_("rows"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        default_permissions = ()
        ordering = ["-at", "-id"]
        indexes = [
            *UserStamped.Meta.indexes,
            models.Index(fields=["-at", "-id"], name="export_at_idx"),
        ]

    def __str__(self) -> str:
        return self.what

    @classmethod
    def begin(cls, *, what: str, asked: str, columns: list[str], format: Format) -> "Export":  # noqa: A002 - the field's name
        """Record that the current actor begins to take this, in the audit log as well."""
        record(AuditKind.EXPORTED, f"{what} ({Format(format).label}): {', '.join(columns)}")
        return cls.objects.create(
            what=what[:MAX_WHAT_LENGTH],
            asked=asked,
            columns=", ".join(columns),
            format=format,
            **current_actor().stamp(),
        )

    def finish(self, rows: int) -> None:
        """Write down that all of it has left, and how many rows that were."""
        self.rows = rows
        self.save(update_fields=["rows"])
