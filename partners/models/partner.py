"""Partners, the groups that staff put them in, and who is in which."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import connections, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from partners.core.names import Named, NamedQuerySet
from partners.models.exports import Export
from partners.models.imports import Import, ImportPart, ImportRow, StageWord
from partners.models.stage_edits import StageEdit
from partners.stages.choices import ProspectingStage
from partners.stages.history import HasStage, StageChange, StagedQuerySet, stage_checks

__all__ = [
    "BusinessModel",
    "Export",
    "Import",
    "ImportPart",
    "ImportRow",
    "Membership",
    "Partner",
    "PartnerGroup",
    "PartnerStageChange",
    "ProspectingStage",
    "StageEdit",
    "StageWord",
]


MAX_STEP_LENGTH = 200
NOON = time(12)
"""Where only the day is known: the same day in almost every time zone."""


class BusinessModel(models.TextChoices):
    """How a partner earns."""

    CONTENT_REVIEWS = "content_reviews", _("Content/Reviews")
    SOCIAL_INFLUENCER = "social_influencer", _("Social Influencer")
    LOYALTY_REWARDS = "loyalty_rewards", _("Loyalty/Rewards")
    DEAL_COUPONS = "deal_coupons", _("Deal/Coupons")
    EMAIL_NEWSLETTER = "email_newsletter", _("Email/Newsletter")
    SEARCH = "search", _("Search")
    NETWORK = "network", _("Network")
    OTHER = "other", _("Other")


class PartnerGroupQuerySet(NamedQuerySet["PartnerGroup"]):
    """Groups by intention."""


class PartnerGroup(Named):
    """A label that staff put on partners. Partners never see it."""

    taken_message = _("There is a group with this name already.")

    objects = PartnerGroupQuerySet.as_manager()

    class Meta(Named.Meta):
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name_folded", "id"]
        # Under names of their own: Django has a "Can add group" too, for groups of users.
        default_permissions = ()
        permissions = [
            (f"{may}_partnergroup", f"Can {may} partner group") for may in ("add", "change", "delete", "view")
        ]
        constraints = [
            *Named.Meta.constraints,
            models.UniqueConstraint(fields=["name_folded"], name="partnergroup_name_uniq"),
        ]


class PartnerQuerySet(StagedQuerySet["Partner"], NamedQuerySet["Partner"]):  # type: ignore[override]  # managers
    """Partners by intention."""


class Partner(HasStage, Named):
    """A publisher, affiliate or media partner. Its primary key is the Partner ID that staff quote."""

    stages = ProspectingStage
    stage_field = "prospecting_stage"
    derived_columns = {
        "last_transition_date": "%(day)s",
        "original_joined_date": "CASE WHEN move.joined_date IS NULL THEN staged.original_joined_date"
        " WHEN NOT %(back)s THEN move.joined_date END",
    }
    recorded = {
        "joined_date": "CASE WHEN %(back)s THEN"
        " CASE WHEN staged.original_joined_date = move.undoes THEN move.undoes END"
        " WHEN staged.original_joined_date IS NULL THEN"
        " coalesce(move.undoes, CASE WHEN move.to_stage = 'joined' AND NOT %(again)s THEN %(day)s END) END",
    }

    id = models.BigAutoField(_("Partner ID"), primary_key=True)
    email = models.EmailField(_("e-mail"), blank=True, help_text=_("Empty while it is not known."))
    website = models.URLField(_("website"), blank=True, max_length=500)
    prospecting_stage = models.CharField(
        _("prospecting stage"),
        max_length=30,
        choices=ProspectingStage.choices,
        default=ProspectingStage.NEW,
    )
    groups: "models.ManyToManyField[PartnerGroup, Membership]" = models.ManyToManyField(
        PartnerGroup, through="Membership", related_name="partners", blank=True, verbose_name=_("groups")
    )
    country = CountryField(_("country"), blank=True)
    business_model = models.CharField(_("business model"), max_length=30, choices=BusinessModel, blank=True)
    original_joined_date = models.DateField(
        _("original joined date"),
        null=True,
        blank=True,
        help_text=_("The first time this partner ever joined; stays when the partner leaves and comes back."),
    )
    last_transition_date = models.DateField(
        _("last transition date"),
        null=True,
        blank=True,
        help_text=_("When the prospecting stage last changed."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("owner"),
        help_text=_("Who looks after the relationship."),
    )
    last_contacted = models.DateField(
        _("last contacted"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The day of the latest call, e-mail or meeting."),
    )
    """Kept by `partners.notes.services`, from the notes."""
    next_step = models.CharField(_("next step"), max_length=MAX_STEP_LENGTH, blank=True)
    next_step_date = models.DateField(_("next step date"), null=True, blank=True)

    objects = PartnerQuerySet.as_manager()

    class Meta(Named.Meta):
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name_folded", "id"]
        indexes = [
            models.Index(fields=["name_folded", "id"], name="partner_name_idx"),
            models.Index(fields=["original_joined_date", "id"], name="partner_joined_idx"),
            GinIndex(fields=["name_folded"], name="partner_name_trigram_idx", opclasses=["gin_trgm_ops"]),
            # Most partners have neither.
            models.Index(fields=["owner"], name="partner_owner_idx", condition=Q(owner__isnull=False)),
            models.Index(
                fields=["next_step_date", "id"],
                name="partner_next_step_idx",
                condition=Q(next_step_date__isnull=False),
            ),
        ]
        constraints = [
            *Named.Meta.constraints,
            models.CheckConstraint(condition=Q(id__gt=0), name="partner_id_check"),
            models.CheckConstraint(
                condition=Q(prospecting_stage__in=ProspectingStage.values),
                name="partner_prospecting_stage_check",
            ),
            models.CheckConstraint(
                condition=Q(business_model__in=["", *BusinessModel.values]),
                name="partner_business_model_check",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"

    @property
    def stage(self) -> ProspectingStage:
        """The prospecting stage with its label, meaning and tone."""
        return ProspectingStage(self.prospecting_stage)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; a Partner ID that was brought along is never given out again."""
        brought = self.pk if self._state.adding else None
        super().save(*args, **kwargs)
        if brought:
            reserve_partner_ids(up_to=brought, using=self._state.db or "default")

    def note_transition(self, *, on: date) -> date | None:
        """Write down that the prospecting stage changed on this day; the day, if it is the first joining."""
        self.last_transition_date = on
        if self.prospecting_stage != ProspectingStage.JOINED or self.original_joined_date:
            return None
        self.original_joined_date = on
        return on

    def set_derived(self, *, at: datetime) -> dict[str, Any]:
        """A change of stage is a transition of that day."""
        return {"joined_date": self.note_transition(on=timezone.localdate(at))}

    def arrived_at(self) -> datetime:
        """On the last transition date, if there is one; otherwise now."""
        now = timezone.now()
        day = self.last_transition_date
        return now if day in (None, timezone.localdate(now)) else datetime.combine(day, NOON, UTC)


class PartnerStageChange(StageChange):
    """A partner came into a prospecting stage."""

    subject = models.ForeignKey(Partner, models.CASCADE, related_name="stage_changes")
    joined_date = models.DateField(_("original joined date"), null=True, blank=True, editable=False)
    """The one that came with this change or, where it takes a change back, went with it."""

    class Meta(StageChange.Meta):
        constraints = stage_checks(ProspectingStage)


class Membership(models.Model):
    """A partner is in a group."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="memberships", db_index=False)
    group = models.ForeignKey(PartnerGroup, models.CASCADE, related_name="memberships", db_index=False)

    class Meta:
        verbose_name = _("group membership")
        verbose_name_plural = _("group memberships")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["partner", "group"], name="membership_group_uniq")]
        indexes = [models.Index(fields=["group", "partner"], name="membership_group_idx")]

    def __str__(self) -> str:
        return f"{self.partner_id} in {self.group_id}"


def reserve_partner_ids(*, up_to: int, using: str = "default") -> None:
    """Keep PostgreSQL from giving out a Partner ID up to this one; SQLite looks at the table by itself."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(sequence, %(id)s)"
            " FROM (SELECT pg_get_serial_sequence(%(table)s, 'id')::regclass AS sequence) AS ids"
            " WHERE coalesce(pg_sequence_last_value(sequence), 0) < %(id)s",
            {"id": up_to, "table": Partner._meta.db_table},
        )
