"""Contracts, and the template terms they are made from."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.stages import ContractStage, is_usual
from partners.core.names import Named, NamedQuerySet, identifier
from partners.models import Partner
from partners.stages.history import HasStage, StageChange, StagedQuerySet, stage_checks

__all__ = ["Contract", "ContractStage", "ContractStageChange", "TemplateTerm"]


MOVES_PARTNER = (ContractStage.JOINED, ContractStage.EXPIRED, ContractStage.SUSPENDED)
"""Stages with a prospecting stage of the same name, into which the partner may move along."""


check_contract_id = RegexValidator(
    r"^(?=.*[^\W0_])[^\s,]+\Z",
    _("A Contract ID has a letter or a digit other than 0, and no spaces or commas."),
)


class TemplateTermQuerySet(NamedQuerySet["TemplateTerm"]):
    """Template terms by intention."""


class TemplateTerm(Named):
    """A reusable offer. Once archived it stays on its contracts but can't be given to new ones."""

    taken_message = _("There is a template term with this name already.")

    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Za-z]{3}\Z", _("A currency is three letters, such as EUR."))],
        help_text=_("Three letters (ISO 4217), such as EUR."),
    )
    archived = models.BooleanField(_("archived"), default=False)

    objects = TemplateTermQuerySet.as_manager()

    class Meta(Named.Meta):
        verbose_name = _("template term")
        verbose_name_plural = _("template terms")
        ordering = ["name_folded", "id"]
        constraints = [
            *Named.Meta.constraints,
            models.UniqueConstraint(fields=["name_folded"], name="templateterm_name_uniq"),
        ]

    def clean(self) -> None:
        """Write the currency in capitals."""
        super().clean()
        self.currency = self.currency.upper()


class ContractQuerySet(StagedQuerySet["Contract"]):
    """Contracts by intention."""


class Contract(HasStage):
    """One partner's agreement on one template term. A partner who comes back gets a new one."""

    stages = ContractStage
    stage_field = "stage"
    derived_columns = {"stage_since": "%(at)s"}
    shown_with = ("partner",)

    number = models.CharField(
        _("Contract ID"),
        max_length=50,
        unique=True,
        blank=True,
        validators=[check_contract_id],
        help_text=_("Such as S-5550001. Leave it empty and one is made."),
    )
    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="contracts", db_index=False, verbose_name=_("partner")
    )
    template_term = models.ForeignKey(
        TemplateTerm,
        models.PROTECT,
        related_name="contracts",
        db_index=False,
        verbose_name=_("template term"),
    )
    stage = models.CharField(
        _("stage"),
        max_length=40,
        choices=ContractStage.choices,
        default=ContractStage.AWAITING_PUBLISHER_APPROVAL,
    )
    start_date = models.DateField(_("start"), default=timezone.localdate)
    end_date = models.DateField(_("end"), null=True, blank=True, help_text=_("Empty means open-ended."))
    stage_since = models.DateTimeField(_("stage since"), default=timezone.now, editable=False)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["-start_date", "-id"]
        indexes = [
            models.Index(fields=["stage", "partner"], name="contract_stage_idx"),
            models.Index(fields=["template_term", "stage", "partner"], name="contract_template_term_idx"),
            models.Index(fields=["partner", "stage", "template_term"], name="contract_partner_idx"),
            models.Index(fields=["-start_date", "-id"], name="contract_start_idx"),
            models.Index(fields=["end_date", "id"], name="contract_end_idx"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="contract_number_check"),
            models.CheckConstraint(condition=Q(stage__in=ContractStage.values), name="contract_stage_check"),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="contract_end_date_check",
                violation_error_message=_("A contract can't end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; a contract without a Contract ID is given one."""
        self.number = self.number or unused_number()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse an end before the start, next to the end."""
        super().clean()
        self.number = identifier(self.number)
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValidationError({"end_date": _("A contract can't end before it starts.")})

    def set_derived(self, *, at: datetime) -> dict[str, Any]:
        """It is in its stage since then."""
        self.stage_since = at
        return {}

    def arrived_at(self) -> datetime:
        """As long as it is said to be in its stage."""
        return self.stage_since

    @classmethod
    def is_usual(cls, came_from: str, to: str) -> bool:
        """Whether a contract usually goes from one of the stages to the other."""
        return is_usual(ContractStage(came_from), ContractStage(to))

    @classmethod
    def partners_to_move(cls, ids: Sequence[int], to: str) -> set[int]:
        """The partners of contracts that become Joined, Expired or Suspended.

        A partner who holds another joined contract stays Joined whatever becomes of these.
        """
        if to not in MOVES_PARTNER:
            return set()
        rows = cls.objects.order_by()
        partners = set(rows.filter(pk__any_of=list(ids)).values_list("partner_id", flat=True))
        if to == ContractStage.JOINED:
            return partners
        joined = rows.filter(stage=ContractStage.JOINED, partner_id__any_of=list(partners))
        moving = set(ids)
        return partners - {
            partner for pk, partner in joined.values_list("pk", "partner_id") if pk not in moving
        }

    @property
    def current_stage(self) -> ContractStage:
        """The stage with its label, meaning, state and tone."""
        return ContractStage(self.stage)

    @property
    def insertion_order_name(self) -> str:
        """How staff and partners quote the agreement: the template term's name and the Contract ID."""
        return f"{self.template_term.name} ({self.number})"


class ContractStageChange(StageChange):
    """A contract came into a stage."""

    subject = models.ForeignKey(Contract, models.CASCADE, related_name="stage_changes")

    class Meta(StageChange.Meta):
        constraints = stage_checks(ContractStage)


def unused_number() -> str:
    """A Contract ID that no contract has. Nine digits: the platform's own have seven."""
    while True:
        number = f"S-{100_000_000 + secrets.randbelow(900_000_000)}"
        if not Contract.objects.filter(number=number).exists():
            return number
