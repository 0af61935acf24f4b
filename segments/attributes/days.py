"""Days, and instants of which the day counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractDay, ExtractMonth, ExtractYear
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils import timezone

from partners.core.moment import Moment
from segments.attributes.base import Attribute, Menu
from segments.constraints import RowConstraint
from segments.days import Days, anniversary_ranges, format_day
from segments.operators import DAYS, EMPTINESS, Operator


@dataclass(frozen=True, kw_only=True)
class DayAttribute(Attribute):
    """A day, or an instant: then the days are those of the program's time zone."""

    menu: Menu = Menu.DATES

    @property
    def operators(self) -> tuple[Operator, ...]:
        return (*DAYS, *EMPTINESS) if self.may_be_empty else DAYS

    def value_kind(self, operator: Operator | None) -> object:
        """Days are days, whichever field has them."""
        return operator.value_type if operator else self.key

    def text_of(self, value: Any) -> str:
        if isinstance(value, datetime):
            value = timezone.localdate(value, timezone.get_default_timezone())
        return format_day(value) if isinstance(value, date) else super().text_of(value)

    def rows(self, operator: Operator, value: Any, moment: Moment) -> Q | None:
        if not isinstance(value, Days):
            return super().rows(operator, value, moment)
        return self._anniversary(value, moment) if value.token.is_anniversary else self._range(value, moment)

    def _range(self, value: Days, moment: Moment) -> Q:
        days, asked = value.range(moment.today), Q(**{f"{self.path}__isnull": False})
        if days.start is not None:
            asked &= Q(**{f"{self.path}__gte": self._bound(days.start, moment)})
        if days.end is not None:
            asked &= Q(**{f"{self.path}__lt": self._bound(days.end, moment)})
        return asked

    def _bound(self, day: date, moment: Moment) -> date | datetime:
        """What the column is compared with: an instant with the one at which the day begins."""
        return moment.start_of(day) if self._holds_instants else day

    @property
    def _holds_instants(self) -> bool:
        return isinstance(self.column, models.DateTimeField)

    def _anniversary(self, value: Days, moment: Moment) -> Q:
        """Month and day are in the range, and the year is an earlier one."""
        zone = moment.zone if self._holds_instants else None
        column = F(self.path)
        year = ExtractYear(column, tzinfo=zone)
        day_of_year = ExtractMonth(column, tzinfo=zone) * 100 + ExtractDay(column, tzinfo=zone)
        # An expression that is NULL is neither met nor not met: rows without a day are told apart first.
        asked = [
            Q(LessThan(year, in_year))
            & Q(GreaterThanOrEqual(day_of_year, first))
            & Q(LessThanOrEqual(day_of_year, last))
            for in_year, first, last in anniversary_ranges(value.range(moment.today))
        ]
        return Q(**{f"{self.path}__isnull": False}) & reduce(or_, asked)

    def constraint(self, operator: Operator, value: Any) -> RowConstraint:
        return operator.constraint(self.path, value)

    def misfits(self) -> Iterator[str]:
        if not isinstance(self.column, models.DateField):
            yield f"“{self.path}” is no day."
        if self.may_be_empty is not self.column.null:
            yield f"“{self.path}” and its column disagree on whether there may be no day."
