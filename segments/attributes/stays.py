"""Stays in tracked segments: who entered or left one on which days."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Q
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from partners.core.moment import Moment
from partners.core.widgets import is_key
from partners.models import Partner
from segments.attributes.base import Menu
from segments.attributes.days import DayAttribute
from segments.attributes.inputs import DaysInput, Part
from segments.attributes.values import DaysFormat
from segments.constraints import RowConstraint, SomeWithin, with_constraint
from segments.days import StayDays
from segments.errors import DefinitionError, IncompleteError
from segments.operators import Operator
from segments.predicates import SetPredicate, members
from segments.relations import CorrelatedExists, column_at


class StayInput(DaysInput):
    """One of the tracked segments, or the one that was chosen before, and which days."""

    def parts(self, posted: Sequence[str]) -> list[Part]:
        chosen = "".join(posted[:1])
        choices = _tracked_and(chosen)
        first = _("Choose a segment") if choices else _("No segment is tracked yet")
        segment = Part(forms.Select(choices=[("", first), *choices]), _("Tracked segment"), chosen)
        return [segment, *super().parts(posted[1:])]


class StayFormat(DaysFormat):
    """A segment, and days: `{"segment": 12, "days": {"last": 7}}`."""

    read_as = StayDays
    lasting = 2

    def __init__(self, read_id: Callable[[object], int]) -> None:
        """`read_id` reads the primary key of a segment."""
        self._read_id = read_id

    def read(self, value: Any) -> StayDays:
        if not isinstance(value, dict) or value.keys() != {"segment", "days"}:
            raise DefinitionError(_("The value has to be an object with “segment” and “days”."))
        if value["segment"] == "":
            raise IncompleteError(_("Choose a segment."))
        days = super().read(value["days"])
        return StayDays(days.token, days.argument, self._read_id(value["segment"]))

    def to_json(self, value: Any) -> dict[str, Any]:
        return {"segment": value.segment, "days": super().to_json(value)}

    def widget(self) -> forms.Widget:
        return StayInput()

    def from_post(self, posted: Sequence[str]) -> dict[str, Any]:
        return {"segment": "".join(posted[:1]).strip(), "days": super().from_post(posted[1:])}

    def to_post(self, value: Any) -> list[str]:
        found = value if isinstance(value, dict) else {}
        return [str(found.get("segment", "")), *super().to_post(found.get("days"))]

    def variant(self, posted: Sequence[str]) -> str:
        return super().variant(posted[1:])

    def initial(self) -> list[str]:
        return ["", "last", "30"]


@dataclass(frozen=True, kw_only=True)
class StayAttribute(DayAttribute):
    """The days on which partners entered or left a tracked segment, as its runs found it out.

    Asked of the stays that are kept: the segment is not put in its place, as `SegmentAttribute` has it, so
    segments that name each other like this are no circle.
    """

    menu: Menu = Menu.SEGMENTS
    stays: Q
    """Which of a partner's stays count."""
    one_at_most: bool = False
    """Whether a partner can have no two of them in one segment."""
    of_days: StrOrPromise
    """How the segment and the days are said together: `%(segment)s` and `%(days)s`."""

    @property
    def asks_history(self) -> bool:
        return True

    @property
    def picks_from(self) -> type[models.Model]:
        return apps.get_model("segments.Segment")

    @property
    def column(self) -> models.Field[Any, Any]:
        return column_at(_stay_model(), self.path)

    def value_format(self, operator: Operator | None) -> StayFormat | None:
        return StayFormat(self.read_id) if operator else None

    def value_kind(self, _operator: Operator | None) -> object:
        """A segment with days, whichever field has them."""
        return StayDays

    def values_in_words(self, value: Any, name_of: Callable[[type[models.Model], int], str]) -> list[str]:
        return [
            str(self.of_days) % {"segment": name_of(self.picks_from, one.segment), "days": one}
            for one in value
        ]

    def references(self, value: Any) -> tuple[type[models.Model], tuple[int, ...]] | None:
        return self.picks_from, (value.segment,)

    def partners(self, operator: Operator, value: Any, _where: Q, moment: Moment) -> SetPredicate:
        """Those with such a stay who are there still: stays outlive their partners."""
        rows, run = self.rows(operator, value, moment), self.path.partition("__")[0]
        # The runs too are asked for by segment: theirs are few, and an index has them by moment.
        of_segment = {"segment": value.segment, f"{run}__segment": value.segment}
        stays = _stay_model().objects.filter(self.stays, rows, **of_segment).of_same_partner().order_by()
        found = Partner.objects.filter(pk__in=stays.values("partner_id"))
        by_partner = Q(CorrelatedExists(stays.filter(partner_id=OuterRef("pk"))))
        return SetPredicate(members(found, "pk"), by_partner, unique_per_partner=True)

    @property
    def array(self) -> None:
        """Stays are not kept in memory."""
        return None

    def asks_logged_rows_alone(self, _operator: Operator) -> bool:
        """Stays are written without the change log.

        A run that moves many would log as many partners, of whom nothing else has changed; the database finds
        the stays of a few days by an index.
        """
        return False

    def constraint(self, operator: Operator, value: Any) -> RowConstraint:
        """Days of one segment can be compared; where a partner has several stays, none excludes another."""
        path = f"{self.key} {value.segment}"
        if self.one_at_most:
            return operator.constraint(path, value)
        return with_constraint(SomeWithin(path, value))

    def misfits(self) -> Iterator[str]:
        if not isinstance(self.column, models.DateTimeField):
            yield f"“{self.path}” is no instant."


def _tracked_and(chosen: str) -> list[tuple[str, str]]:
    """The tracked segments by name, and the one that was chosen."""
    segments = apps.get_model("segments.Segment")._default_manager
    offered = Q(tracking__isnull=False) | Q(pk__in=[chosen] if is_key(chosen) else [])
    rows = segments.filter(offered).order_by("name_folded").values_list("pk", "name", "tracking")
    choices = {str(pk): name if tracked else _("%s (not tracked)") % name for pk, name, tracked in rows}
    if chosen and chosen not in choices:
        choices[chosen] = _("(deleted)")
    return list(choices.items())


def _stay_model() -> Any:
    """By its name, since the model comes after all that can be asked about."""
    return apps.get_model("segments.Stay")
