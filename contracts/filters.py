"""The filters above the lists of contracts and template terms."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, ContractStage, TemplateTerm
from contracts.stages import State
from partners.core.widgets import is_key
from partners.filters import ColumnFilter, MenuFilter


class StageFilter(ColumnFilter):
    """Contracts in a stage."""

    title = _("stage")
    parameter_name = "stage__exact"
    column = "stage"
    values = ContractStage.choices


class StateFilter(MenuFilter):
    """Contracts in one of the stages of a state of affairs."""

    title = _("state")
    parameter_name = "state"

    def options(self) -> Iterable[tuple[Any, Any]]:
        return State.choices

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Contract]:
        return rows.filter(stage__in=[stage for stage in ContractStage if stage.state == value])


class TermFilter(MenuFilter):
    """Contracts on a template term."""

    title = _("template term")
    parameter_name = "template_term__id__exact"

    def options(self) -> Iterable[tuple[Any, Any]]:
        return TemplateTerm.objects.values_list("pk", "name")

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Contract]:
        """The term's contracts; none are on a term that is gone."""
        return rows.filter(template_term=int(value)) if is_key(value) else rows.none()


class EndsFilter(MenuFilter):
    """Contracts by when they end, counted from today."""

    title = _("ends")
    parameter_name = "ends"
    days = {"in_30_days": 30, "in_90_days": 90}

    def options(self) -> Iterable[tuple[Any, Any]]:
        return [
            ("in_30_days", _("Within 30 days")),
            ("in_90_days", _("Within 90 days")),
            ("ended", _("Ended")),
            ("open", _("Open-ended")),
        ]

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Contract]:
        """Contracts that end then. The last day is still a day of the contract."""
        today = timezone.localdate()
        if value in self.days:
            return rows.filter(end_date__gte=today, end_date__lte=today + timedelta(days=self.days[value]))
        return {"ended": rows.filter(end_date__lt=today), "open": rows.filter(end_date=None)}.get(
            value, rows.none()
        )


class DayFilter(MenuFilter):
    """Contracts that start or end on a day or after it, or on a day or before it. The day is typed."""

    template = "contracts/day_filter.html"

    def has_output(self) -> bool:
        """There is always a day to type."""
        return True

    def options(self) -> Iterable[tuple[Any, Any]]:
        return []

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """All, then the day that was typed."""
        typed = self.value()
        query = changelist.get_query_string
        yield {
            "selected": not typed,
            "display": _("All"),
            "query_string": query({self.parameter_name or "": None}),
        }
        if typed:
            yield {
                "selected": True,
                "value": typed,
                "display": date_format(_day(typed)),
                "query_string": query(),
            }

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Contract]:
        """Contracts on the right side of the day."""
        return rows.filter(**{self.parameter_name or "": _day(value)})


def _day(text: str) -> date:
    """The day, as browsers write it; nonsense is refused."""
    try:
        day = parse_date(text)
    except ValueError as error:
        raise IncorrectLookupParameters(text) from error
    if day is None:
        raise IncorrectLookupParameters(text)
    return day


class StartsFromFilter(DayFilter):
    """Contracts that start on a day or later."""

    title = _("starts from")
    parameter_name = "start_date__gte"


class StartsUntilFilter(DayFilter):
    """Contracts that start on a day or earlier."""

    title = _("starts until")
    parameter_name = "start_date__lte"


class EndsFromFilter(DayFilter):
    """Contracts that end on a day or later."""

    title = _("ends from")
    parameter_name = "end_date__gte"


class EndsUntilFilter(DayFilter):
    """Contracts that end on a day or earlier."""

    title = _("ends until")
    parameter_name = "end_date__lte"


class ArchivedFilter(MenuFilter):
    """Template terms by whether new contracts can be given them."""

    title = _("new contracts")
    parameter_name = "archived__exact"

    def options(self) -> Iterable[tuple[Any, Any]]:
        return [("0", _("Open")), ("1", _("Archived"))]

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[TemplateTerm]:
        return rows.filter(archived=value == "1") if value in ("0", "1") else rows.none()


class CurrencyFilter(MenuFilter):
    """Template terms in a currency."""

    title = _("currency")
    parameter_name = "currency__exact"

    def options(self) -> Iterable[tuple[Any, Any]]:
        found = TemplateTerm.objects.order_by("currency").values_list("currency", flat=True).distinct()
        return [(currency, currency) for currency in found]

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[TemplateTerm]:
        return rows.filter(currency=value)


FILTERS: list[Any] = [
    StageFilter,
    StateFilter,
    TermFilter,
    EndsFilter,
    StartsFromFilter,
    StartsUntilFilter,
    EndsFromFilter,
    EndsUntilFilter,
]
