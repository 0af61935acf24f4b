"""Days, and instants of which the day counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial, reduce
from operator import or_
from typing import Any

import numpy as np
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractDay, ExtractMonth, ExtractYear
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils import timezone

from partners.core.moment import Moment
from segments.arrays import Array, ArrayColumn, Bools, DayNumbers, Instants, Mask, Rows
from segments.attributes.base import Attribute, Menu
from segments.constraints import RowConstraint
from segments.days import DayRange, Days, anniversary_ranges, format_day
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

    @property
    def array(self) -> ArrayColumn | None:
        encoding = Instants() if self._holds_instants else DayNumbers()
        return None if "__" in self.path else ArrayColumn(self.path, encoding)

    def mask(self, operator: Operator, value: Any, rows: Rows, moment: Moment) -> Mask | None:
        """As ranges of numbers. Which day of the year an instant is on is left to the database: zones."""
        if not isinstance(value, Days):
            return super().mask(operator, value, rows, moment)
        values = rows.values(self.array) if self.array else None
        if values is None or (value.token.is_anniversary and self._holds_instants):
            return None
        days = value.range(moment.today)
        if value.token.is_anniversary:
            return values.where(partial(_are_anniversaries, days))
        start, end = (
            None if day is None else values.encoding.number(self._bound(day, moment))
            for day in (days.start, days.end)
        )
        return values.between(start, end)

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


def _are_anniversaries(days: DayRange, part: Array) -> Bools:
    """As `DayAttribute._anniversary`: once for each day between the first and the last, then looked up."""
    known = part[part != DayNumbers.missing]
    if not len(known):
        return np.zeros(len(part), np.bool_)
    first = int(known.min())
    day = np.datetime64(DayNumbers.FIRST) + np.arange(first, int(known.max()) + 1)
    months, years = day.astype("datetime64[M]"), day.astype("datetime64[Y]")
    day_of_year = (months - years).astype(int) * 100 + (day - months).astype(int) + 101
    year = years.astype(int) + 1970
    met = reduce(
        or_,
        (
            (year < in_year) & (day_of_year >= low) & (day_of_year <= high)
            for in_year, low, high in anniversary_ranges(days)
        ),
    )
    has_day = part != DayNumbers.missing
    found: Bools = has_day & met[np.where(has_day, part, first) - first]
    return found
