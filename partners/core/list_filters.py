"""A FilterSet above a list of the admin: menus and fields that one button sends, and chips for what is on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django_stubs_ext import StrOrPromise

from partners.core.filtersets import ListFilterSet, SwitchFilter

FORM_ID = "changelist-menus"
"""The form that sends the fields; they stand outside of it."""


@dataclass(frozen=True)
class ActiveFilter:
    """A filter that is on: its title, what was chosen, and the query string of the list without it."""

    title: StrOrPromise
    chosen: StrOrPromise
    without: StrOrPromise


@dataclass(frozen=True)
class Pill:
    """A filter that is on or off, and the query string of the list with the switch turned."""

    label: str
    is_on: bool
    turned: str


class FilterSetFilter(admin.ListFilter):
    """Filters the list by the `filterset` of its admin, a `ListFilterSet`.

    A choice that is none finds no row, and can be taken away; what was typed and can't be read is refused.
    """

    title = ""
    template = "partners/filters.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        names = [name for name in model_admin.filterset.filters_for(model, request) if name in params]
        asked = MultiValueDict({name: params.pop(name) for name in names})
        self.filterset: ListFilterSet = model_admin.filterset(
            asked, model._default_manager.all(), request=request
        )

    def expected_parameters(self) -> list[str | None]:
        return list(self.filterset.filters)

    def has_output(self) -> bool:
        return bool(self.form.fields)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:  # noqa: ARG002 - Django's signature
        """None to be clicked: the template draws the form."""
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - of the base class
        """The rows that meet the filters; IncorrectLookupParameters for text that can't be read."""
        for name in self.filterset.errors:
            if name not in self.filterset.menus:
                raise IncorrectLookupParameters(*self.filterset.values(name))
        self.filterset.queryset = queryset
        rows: QuerySet[Any] = self.filterset.qs
        return rows

    @cached_property
    def form(self) -> forms.Form:
        """The fields as they are shown, without menus that have nothing to choose."""
        form: forms.Form = self.filterset.get_form_class()(initial=self._sent, auto_id="filter-%s")
        for name, choices in self.filterset.menus.items():
            form.fields[name].widget.choices = list(choices.items())
            if name in self.filterset.switches or not any(choices):
                del form.fields[name]
        for field in form.fields.values():
            field.widget.attrs["form"] = FORM_ID
        return form

    @property
    def _sent(self) -> dict[str, Any]:
        """What is on, as the fields show it."""
        fields, data = self.filterset.form.fields, self.filterset.form.data
        return {name: field.widget.value_from_datadict(data, {}, name) for name, field in fields.items()}

    def active(self, changelist: ChangeList) -> list[ActiveFilter]:
        """The filters that are on, in the order of the screen."""
        return [
            ActiveFilter(one.label, one.chosen, changelist.get_query_string({one.name: None}))
            for one in self.filterset.asked()
            if one.name not in self.filterset.switches
        ]

    def pills(self, changelist: ChangeList) -> list[Pill]:
        """The switches of the list, in the order of the screen."""
        on = {one.name for one in self.filterset.asked()}
        return [
            Pill(
                str(self.filterset.filters[name].label),
                name in on,
                changelist.get_query_string({name: None if name in on else SwitchFilter.ON}, [PAGE_VAR]),
            )
            for name in self.filterset.switches
        ]


def filterset_of(changelist: ChangeList) -> ListFilterSet | None:
    """The FilterSet that the list is filtered by, if it has one to show."""
    specs = (spec for spec in changelist.filter_specs if isinstance(spec, FilterSetFilter))
    return next((spec.filterset for spec in specs), None)


def active_filters(cl: ChangeList) -> list[ActiveFilter]:
    """The filters of the list that are on: of its FilterSet, and Django's own."""
    active = []
    for spec in cl.filter_specs:
        if isinstance(spec, FilterSetFilter):
            active += spec.active(cl)
            continue
        everything, *choices = spec.choices(cl)
        active += [
            ActiveFilter(str(spec.title), str(choice["display"]), str(everything["query_string"]))
            for choice in choices
            if choice["selected"]
        ]
    return active
