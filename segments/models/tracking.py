"""The history of tracked segments: who was a member from when to when, and the runs that found it out.

A stay is a half-open interval [entered, left). Partner IDs are kept without a foreign key, so that the
history outlives deleted partners.
"""

from datetime import datetime
from typing import ClassVar, cast

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from partners.core.actor import UserStamped
from partners.models import Partner
from segments.causes import Cause


class Frequency(models.TextChoices):
    """How often a tracked segment is run by itself."""

    HOURLY = "hourly", _("Every hour")
    DAILY = "daily", _("Every day")


def frequency_of(key: str) -> Frequency | None:
    """The frequency that this is the key of; None if it is none."""
    return Frequency(key) if key in Frequency.values else None


class RunKind(models.TextChoices):
    """What started a run."""

    BASELINE = "baseline", _("Start of tracking")
    SCHEDULED = "scheduled", _("Scheduled")
    BULK = "bulk", _("Import or bulk change")
    SAVE = "save", _("Saved definition")
    MANUAL = "manual", _("Track now")


class RunState(models.TextChoices):
    """How far a run is."""

    DUE = "due", _("Due")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    HELD = "held", _("Held")
    FAILED = "failed", _("Failed")
    DISCARDED = "discarded", _("Discarded")


MAX_REASON_LENGTH = 500
DEFAULT_GUARD_PERCENT = 20


class Tracking(UserStamped):
    """That a segment is tracked, how, and how it stood at its last good run. `user` switched it on."""

    segment = models.OneToOneField("segments.Segment", models.CASCADE, related_name="tracking")
    frequency = models.CharField(_("how often"), max_length=10, choices=Frequency, default=Frequency.DAILY)
    paused = models.BooleanField(_("paused"), default=False)
    guard_percent = models.PositiveSmallIntegerField(
        _("hold a run that moves more than"),
        default=DEFAULT_GUARD_PERCENT,
        null=True,
        blank=True,
        help_text=_("Percent of the segment. Empty: no run is held."),
    )
    created_at = models.DateTimeField(_("switched on"), auto_now_add=True)
    since = models.DateTimeField(_("tracked since"), null=True, editable=False)
    """When the first run was; what was before is not known."""
    kept_since = models.DateTimeField(null=True, editable=False)
    """Stays that ended before are deleted; None as long as none is."""
    last_run = models.ForeignKey(
        "segments.Run", models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    """The last good one."""
    size = models.PositiveBigIntegerField(_("partners"), null=True, editable=False)
    asked: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict, editable=False)
    """The revision of the segment and of each that it names, as the last good run asked them, by key."""

    class Meta:
        verbose_name = _("tracking")
        verbose_name_plural = _("tracking")
        default_permissions = ()
        indexes = UserStamped.Meta.indexes
        constraints = [
            models.CheckConstraint(
                condition=Q(guard_percent__isnull=True) | Q(guard_percent__gt=0), name="tracking_guard_check"
            )
        ]

    def __str__(self) -> str:
        return str(self.segment)


class Run(UserStamped):
    """One asking of a segment, from the moment it is due to what it found. `user` asked for it, if anybody.

    The queue of the worker is the runs that are due, and those whose lease ended while they were running.
    """

    # Four bytes: each stay names two runs.
    id = models.AutoField(primary_key=True)
    segment = models.ForeignKey("segments.Segment", models.CASCADE, related_name="runs", db_index=False)
    kind = models.CharField(_("started by"), max_length=10, choices=RunKind)
    reason = models.CharField(_("reason"), max_length=MAX_REASON_LENGTH, blank=True)
    """The import, bulk change or save that started it, in words."""
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.DUE)
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.CharField(_("worker"), max_length=200, blank=True)
    leased_until = models.DateTimeField(null=True)
    """While running: when another worker may take it over. Renewed by the one that runs it."""
    confirmed = models.PositiveBigIntegerField(null=True)
    """How many moves somebody has confirmed who saw the run held; None if it was not."""
    at = models.DateTimeField(_("when"), null=True)
    """When it asked; later than every earlier good run of the segment, whatever the clock said."""
    day = models.DateField(null=True)
    """The local day that it asked about."""
    revision = models.PositiveIntegerField(_("version"), null=True)
    size = models.PositiveBigIntegerField(_("partners"), null=True)
    entered = models.PositiveBigIntegerField(_("entered"), default=0)
    left = models.PositiveBigIntegerField(_("left"), default=0)
    guarded = models.PositiveBigIntegerField(null=True)
    """How many of these moves the guard counts: no saved definition has made them."""
    error = models.TextField(_("error"), blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True)

    WAITING: ClassVar = (RunState.DUE, RunState.RUNNING)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        default_permissions = ()
        ordering = ["-id"]
        indexes = [
            *UserStamped.Meta.indexes,
            models.Index(
                fields=["due_at"], condition=Q(state__in=("due", "running")), name="run_waiting_idx"
            ),
            models.Index(fields=["segment", "at"], name="run_segment_at_idx"),
            models.Index(fields=["segment"], condition=Q(state="failed"), name="run_failed_idx"),
            models.Index(fields=["at"], condition=Q(state="done"), name="run_done_at_idx"),
        ]
        constraints = [
            # Of each segment one run waits, one runs, and one is held, at most.
            *(
                models.UniqueConstraint(
                    fields=["segment"], condition=Q(state=state), name=f"run_{state}_uniq"
                )
                for state in ("due", "running", "held")
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(leased_until__isnull=False), name="run_lease_check"
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(at__isnull=False, day__isnull=False, size__isnull=False, revision__isnull=False),
                name="run_done_check",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment}, {self.due_at}"

    @property
    def seconds(self) -> float | None:
        """How long it took; None if it has not come to an end."""
        return None if self.milliseconds is None else self.milliseconds / 1000


class StayQuerySet(models.QuerySet["Stay"]):
    """Stays by intention."""

    def open(self) -> "StayQuerySet":
        """Those of partners who are in it, as of the last good run."""
        return self.filter(left_run=None)

    def with_runs(self) -> "StayQuerySet":
        """With both runs, which say when."""
        return self.select_related("entered_run", "left_run")

    def of_deleted(self) -> "StayQuerySet":
        """Those of partners who are not there any more, though another may have the Partner ID by now."""
        return self.exclude(_is_of_present())

    def of_present(self) -> "StayQuerySet":
        """The others."""
        return self.filter(_is_of_present())

    def of_same_partner(self) -> "StayQuerySet":
        """Without those of somebody who was deleted, of whose Partner ID another may have stays since."""
        return self.exclude(_was_deleted())

    def number_deleted(self) -> int:
        """How many are of deleted partners: all but the others, whom PostgreSQL counts with a join."""
        return self.count() - self.of_present().count()

    def with_names(self) -> "StayQuerySet":
        """With the partner's name as `partner_name`; None of partners who are not there any more."""
        name = Partner.objects.filter(pk=OuterRef("partner_id")).values("name")[:1]
        return self.annotate(partner_name=Case(When(_is_of_present(), then=Subquery(name))))


def _is_of_present() -> Q:
    return Exists(Partner.objects.filter(pk=OuterRef("partner_id"))) & ~_was_deleted()


def _was_deleted() -> Exists:
    """The partner was, at the end of this stay or of a later one."""
    same = Stay.objects.filter(partner_id=OuterRef("partner_id"), segment=OuterRef("segment"))
    return Exists(same.filter(left_cause=Cause.DELETED, left_run__at__gte=OuterRef("left_run__at")))


class Stay(models.Model):
    """A partner was in a segment from one run until before another, whose moments are those of the stay.

    A year of a large segment is hundreds of thousands of them, so each keeps no more than it has to.
    """

    # Written in this order, the index of the key stays dense; and a run is of one segment.
    pk = models.CompositePrimaryKey("entered_run_id", "partner_id")
    partner_id = models.BigIntegerField(_("Partner ID"))
    # That of both runs, with which stays go: no index has it, so deleting a segment must not look for it.
    segment = models.ForeignKey(
        "segments.Segment", models.DO_NOTHING, related_name="stays", db_index=False, db_constraint=False
    )
    entered_run = models.ForeignKey(Run, models.CASCADE, related_name="+", db_index=False)
    left_run = models.ForeignKey(Run, models.DO_NOTHING, null=True, related_name="+", db_index=False)
    entered_cause = models.PositiveSmallIntegerField(_("cause"), choices=Cause)
    left_cause = models.PositiveSmallIntegerField(_("cause"), choices=Cause, null=True)

    objects = StayQuerySet.as_manager()

    class Meta:
        verbose_name = _("stay")
        verbose_name_plural = _("stays")
        default_permissions = ()
        indexes = [
            models.Index(fields=["partner_id"], name="stay_partner_idx"),
            models.Index(fields=["left_run"], condition=Q(left_run__isnull=False), name="stay_left_run_idx"),
            models.Index(
                fields=["partner_id", "segment"],
                condition=Q(left_cause=Cause.DELETED),
                name="stay_deleted_idx",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "partner_id"], condition=Q(left_run=None), name="stay_open_uniq"
            ),
            models.CheckConstraint(
                condition=Q(left_run__isnull=True, left_cause__isnull=True)
                | (
                    Q(left_run__isnull=False, left_cause__isnull=False) & ~Q(left_run=models.F("entered_run"))
                ),
                name="stay_left_check",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id}, {self.entered}"

    @property
    def entered(self) -> datetime:
        """When it began."""
        return cast("datetime", self.entered_run.at)

    @property
    def left(self) -> datetime | None:
        """When it ended; None of a partner who is in it still."""
        return self.left_run.at if self.left_run else None

    @property
    def was_there_at_start(self) -> bool:
        """Whether the baseline found the partner in it."""
        return self.entered_cause == Cause.START


class SegmentDay(models.Model):
    """The size of a tracked segment after the last run of a local day, and all moves of that day.

    The baseline moves no partner.

    Kept when stays are not kept any longer.
    """

    segment = models.ForeignKey("segments.Segment", models.CASCADE, related_name="days", db_index=False)
    day = models.DateField(_("day"))
    size = models.PositiveBigIntegerField(_("partners"))
    entered = models.PositiveBigIntegerField(_("entered"), default=0)
    left = models.PositiveBigIntegerField(_("left"), default=0)

    class Meta:
        verbose_name = _("day of a segment")
        verbose_name_plural = _("days of segments")
        default_permissions = ()
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segmentday_day_uniq")]

    def __str__(self) -> str:
        return f"{self.segment}, {self.day}"


class Worker(models.Model):
    """A process of `manage.py work`, and when it last said that it lives."""

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last sign of life"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        default_permissions = ()
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return self.name
