"""An import: the file, what its columns mean, what would happen, what happened."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.core.actor import UserStamped

MAX_WORD_LENGTH = 100


class DayOrder(models.TextChoices):
    """Which number of 03/04/2025 is the day."""

    UNKNOWN = "", _("Refuse dates like 03/04/2025")
    DAY_FIRST = "day", _("03/04/2025 is 3 April")
    MONTH_FIRST = "month", _("03/04/2025 is 4 March")


class ImportStatus(models.TextChoices):
    """How far an import has come."""

    RECEIVING = "receiving", _("Being received")
    RECEIVED = "received", _("To be matched")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("To be confirmed")
    WRITING = "writing", _("Being written")
    APPLIED = "applied", _("Imported")


class RowOutcome(models.TextChoices):
    """What becomes of a row of a file.

    Rows that change nothing, or only say one more group, are counted; they are kept if a cell was left out.
    """

    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("Unchanged")
    REFUSED = "refused", _("Refused")
    REPEATED = "repeated", _("More groups of the same partners")
    OVERTAKEN = "overtaken", _("Left alone")


class ImportQuerySet(models.QuerySet["Import"]):
    """Imports by intention."""

    def applied(self) -> "ImportQuerySet":
        """Those that were carried out."""
        return self.filter(status=ImportStatus.APPLIED)

    def whole(self) -> "ImportQuerySet":
        """Those of which all rows are here."""
        return self.exclude(status=ImportStatus.RECEIVING)


class Import(UserStamped):
    """A file that was sent to be imported."""

    kind = models.CharField(_("what"), max_length=40)
    file_name = models.CharField(_("file"), max_length=255)
    digest = models.CharField("SHA-256", max_length=64, db_index=True)
    read_as = models.CharField(_("read as"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=ImportStatus, default=ImportStatus.RECEIVED)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    applied_at = models.DateTimeField(_("imported"), null=True, editable=False)

    reading = models.JSONField(default=dict)
    """What can be chosen and what is reported about reading the file: `Reading.summary`."""
    headings = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    """For each heading the key of the column that it means, or nothing."""
    creates = models.BooleanField(default=False)
    """Whether groups or template terms that the file names and nobody has are made."""
    overwrites = models.BooleanField(default=False)
    """Whether a row may make somebody else of a partner or contract."""
    order = models.CharField(max_length=10, choices=DayOrder, default=DayOrder.UNKNOWN, blank=True)
    words = models.JSONField(default=dict)
    """Of words in the column of the stage that are none of ours, what each means."""
    created_names = models.JSONField(default=list)
    """The groups or template terms that would be made."""

    rows = models.PositiveIntegerField(_("rows"), default=0)
    checks = models.PositiveIntegerField(default=0)
    """How many times a check was begun."""
    parts_checked = models.PositiveIntegerField(default=0)
    rows_checked = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    repeated = models.PositiveIntegerField(_("repeated"), default=0)
    """Rows that only say one more group of a partner of another row."""
    left_out = models.PositiveIntegerField(_("with cells left out"), default=0)
    """Rows of which a cell that can't be read was left out, whatever became of the rest."""
    overtaken = models.PositiveIntegerField(_("left alone"), default=0)
    """Of the new and changed rows those that somebody changed after they had been checked."""

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        ordering = ["-created_at", "-id"]
        indexes = [
            *UserStamped.Meta.indexes,
            models.Index(fields=["-created_at", "-id"], name="import_created_idx"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ImportStatus.values), name="import_status_check")
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def asks_for_encoding(self) -> bool:
        """Whether somebody has to say first which characters its bytes are."""
        return bool(self.reading.get("encodings")) and not self.reading["encoding"]

    @property
    def to_do(self) -> int:
        """How many rows confirming would write."""
        return self.new + self.changed

    @property
    def done(self) -> int:
        """How many rows were written."""
        return self.to_do - self.overtaken

    def refuse(self, row: "ImportRow", column: str, reason: str) -> None:
        """Refuse a row after all that was new or changed; the numbers are not saved yet."""
        setattr(self, row.outcome, getattr(self, row.outcome) - 1)
        self.refused += 1
        self.left_out -= row.left_out is not None
        row.left_out = None
        row.outcome, row.changes, row.column, row.reason = RowOutcome.REFUSED, {}, column, reason
        row.save()


class StageWord(UserStamped):
    """What a word of another system means in files of one kind: one of our stages, or nothing."""

    kind = models.CharField(_("what"), max_length=40)
    word = models.CharField(_("word"), max_length=MAX_WORD_LENGTH)
    """As it is compared: letters and digits alone."""
    stage = models.CharField(_("stage"), max_length=40, blank=True)
    """Empty: cells with it are left out."""
    at = models.DateTimeField(_("when"), auto_now=True)

    class Meta:
        default_permissions = ()
        indexes = UserStamped.Meta.indexes
        constraints = [models.UniqueConstraint(fields=["kind", "word"], name="stageword_word_uniq")]

    def __str__(self) -> str:
        return f"{self.word}: {self.stage}"


class ImportPart(models.Model):
    """Some rows of the file as it has them: of each its number in the file, and its cells."""

    record = models.ForeignKey(Import, models.CASCADE, related_name="parts", db_index=False)
    position = models.PositiveIntegerField()
    rows = models.JSONField()

    class Meta:
        ordering = ["position"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["record", "position"], name="importpart_position_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.position}"


class OriginalPart(models.Model):
    """Some bytes of a file that can be read in several ways, as it was sent."""

    record = models.ForeignKey(Import, models.CASCADE, related_name="original", db_index=False)
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ["position"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["record", "position"], name="originalpart_position_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.position}"


class ImportRow(models.Model):
    """What would become of a row, or has: the changes by column, each with the value before and after."""

    record = models.ForeignKey(Import, models.CASCADE, related_name="planned", db_index=False)
    number = models.PositiveIntegerField(_("row"))
    key = models.TextField()
    outcome = models.CharField(max_length=20, choices=RowOutcome)
    changes = models.JSONField(default=dict)
    column = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    left_out = models.JSONField(null=True)
    """By column, why a cell was left out, or a part of it; NULL if none was."""
    partner_id = models.BigIntegerField(null=True)
    """The Partner ID of the partner that the row is about, who may not be there yet, or no more."""

    class Meta:
        ordering = ["number", "id"]
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["record", "number", "id"],
                name="importrow_left_out_idx",
                condition=Q(left_out__isnull=False),
            ),
            models.Index(fields=["record", "outcome", "number", "id"], name="importrow_outcome_idx"),
            models.Index(fields=["partner_id"], name="importrow_partner_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"
