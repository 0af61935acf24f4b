"""The filters above the list of partners: each a menu, all of them sent with one button."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from partners.core.widgets import is_key
from partners.models import BusinessModel, Membership, Partner, PartnerGroup, ProspectingStage


class MenuFilter(admin.SimpleListFilter):
    """One choice out of a menu. What is no choice matches nobody; it never widens the list."""

    template = "partners/menu_filter.html"

    def has_output(self) -> bool:
        """A filter that is on is applied, whether or not there is anything left to choose."""
        return bool(self.lookup_choices) or bool(self.value())

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """All, then each choice; and what was chosen but is none any more."""
        chosen = self.value() or ""
        options = [("", _("All")), *((str(value), label) for value, label in self.lookup_choices)]
        if chosen not in dict(options):
            options.append((chosen, _("(deleted)")))
        for value, label in options:
            yield {
                "value": value,
                "display": label,
                "selected": value == chosen,
                "query_string": changelist.get_query_string({self.parameter_name or "": value or None}),
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        """The rows of the choice; every row while nothing is chosen."""
        chosen = self.value()
        return self.chosen(queryset, chosen) if chosen else queryset

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:  # noqa: ARG002
        """Asked for by Django."""
        return list(self.options())

    def options(self) -> Iterable[tuple[Any, Any]]:
        """Value and label of each choice."""
        raise NotImplementedError

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows of this choice."""
        raise NotImplementedError


@dataclass(frozen=True)
class ActiveFilter:
    """A filter that is on: its title, what was chosen, and the address of the list without it."""

    title: Any
    chosen: Any
    without: Any


def active_filters(cl: ChangeList) -> list[ActiveFilter]:
    """The filters that are on."""
    active = []
    for spec in cl.filter_specs:
        everything, *choices = spec.choices(cl)
        active += [
            ActiveFilter(spec.title, choice["display"], everything["query_string"])
            for choice in choices
            if choice["selected"]
        ]
    return active


class ColumnFilter(MenuFilter):
    """Rows with the chosen value in one column."""

    column: str
    values: Iterable[tuple[Any, Any]]

    def options(self) -> Iterable[tuple[Any, Any]]:
        return self.values

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(**{self.column: value})


class ProspectingStageFilter(ColumnFilter):
    """Partners in a prospecting stage."""

    title = _("prospecting stage")
    parameter_name = "prospecting_stage__exact"
    column = "prospecting_stage"
    values = ProspectingStage.choices


class BusinessModelFilter(ColumnFilter):
    """Partners with a business model."""

    title = _("business model")
    parameter_name = "business_model__exact"
    column = "business_model"
    values = BusinessModel.choices


class CountryFilter(ColumnFilter):
    """Partners in a country."""

    title = _("country")
    parameter_name = "country__exact"
    column = "country"
    values = countries


class GroupFilter(MenuFilter):
    """Partners in a group."""

    title = _("group")
    parameter_name = "groups__id__exact"

    def options(self) -> Iterable[tuple[Any, Any]]:
        return PartnerGroup.objects.values_list("pk", "name")

    def chosen(self, rows: QuerySet[Any], value: str) -> QuerySet[Partner]:
        """Its members; nobody is in a group that is gone."""
        if not is_key(value):
            return rows.none()
        return rows.filter(pk__in=Membership.objects.filter(group=int(value)).values("partner"))
