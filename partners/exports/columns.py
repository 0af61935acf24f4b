"""The catalogue of exported columns: one declaration each. Page, command, docs and tests read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.requests import Allowed, Person
from partners.exports.expressions import AsciiLower, Labelled, OneCell, quoted
from partners.models import BusinessModel, Membership, ProspectingStage


class Reads(models.TextChoices):
    """What stands in a column's cells, as the docs say it."""

    NUMBER = "number", _("a number")
    TEXT = "text", _("text")
    LIST = "list", _("texts, separated by “; ”")
    LABEL = "label", _("its name, as on the screens")
    CODE = "code", _("two letters")
    DATE = "date", _("a date")


TYPED = (Reads.TEXT, Reads.LIST, Reads.CODE)
"""What people typed or imported, so that it may look like a formula."""


@dataclass(frozen=True, kw_only=True)
class ExportColumn:
    """A column: its key in forms and commands, its heading, what it asks of a partner, how it reads.

    One with `allowed` is for users of whom that holds. `width` is in letters, for Excel.
    """

    key: str
    label: StrOrPromise
    expression: Any
    reads: Reads = Reads.TEXT
    width: int = 20
    default: bool = True
    allowed: Allowed = lambda _user: True


COLUMNS: list[ExportColumn] = [
    ExportColumn(key="partner_id", label=_("Partner ID"), expression=F("pk"), reads=Reads.NUMBER, width=12),
    ExportColumn(key="name", label=_("Name"), expression=F("name"), width=30),
    ExportColumn(key="email", label=_("E-mail"), expression=F("email"), width=30),
    ExportColumn(key="website", label=_("Website"), expression=F("website"), width=30),
    ExportColumn(
        key="prospecting_stage",
        label=_("Prospecting stage"),
        expression=Labelled("prospecting_stage", ProspectingStage.choices),
        reads=Reads.LABEL,
    ),
    ExportColumn(
        key="groups",
        label=_("Groups"),
        expression=OneCell(
            Membership.objects.annotate(cell=quoted("group__name")), "group__name_folded", "group_id"
        ),
        reads=Reads.LIST,
        width=30,
    ),
    ExportColumn(key="country", label=_("Country"), expression=F("country"), reads=Reads.CODE, width=10),
    ExportColumn(
        key="business_model",
        label=_("Business model"),
        expression=Labelled("business_model", BusinessModel.choices),
        reads=Reads.LABEL,
    ),
    ExportColumn(
        key="original_joined_date",
        label=_("Original joined date"),
        expression=F("original_joined_date"),
        reads=Reads.DATE,
    ),
    ExportColumn(
        key="last_transition_date",
        label=_("Last transition date"),
        expression=F("last_transition_date"),
        reads=Reads.DATE,
    ),
    ExportColumn(
        key="owner",
        label=_("Owner"),
        expression=Coalesce(F("owner__username"), Value("")),
        default=False,
    ),
    ExportColumn(
        key="last_contacted",
        label=_("Last contacted"),
        expression=F("last_contacted"),
        reads=Reads.DATE,
        default=False,
    ),
    ExportColumn(key="next_step", label=_("Next step"), expression=F("next_step"), width=30, default=False),
    ExportColumn(
        key="next_step_date",
        label=_("Next step date"),
        expression=F("next_step_date"),
        reads=Reads.DATE,
        default=False,
    ),
]
"""In the order of the file."""

ADDRESS = ExportColumn(key="address", label=_("E-mail"), expression=AsciiLower("email"), width=30)
"""The only column of an e-mail list."""


def register_column(column: ExportColumn) -> None:
    """Add a column after the others; for apps above, in `AppConfig.ready()`."""
    if column not in COLUMNS:
        COLUMNS.append(column)


def columns_for(user: Person | None) -> list[ExportColumn]:
    """The columns that this user may have; all of them for None, who runs commands."""
    return [column for column in COLUMNS if user is None or column.allowed(user)]


def chosen(keys: Iterable[str], columns: Iterable[ExportColumn]) -> tuple[ExportColumn, ...]:
    """Those of the columns that have these keys, in the order of the file."""
    wanted = set(keys)
    return tuple(column for column in columns if column.key in wanted)
