"""A FilterSet above a list of the admin: menus and fields that one button sends, and chips for what is on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.translation import gettext_lazy as _
from django_filters.fields import ChoiceField
from django_stubs_ext import StrOrPromise

FORM_ID = "changelist-menus"
"""The form that sends the fields; they stand outside of it."""


@dataclass(frozen=True)
class ActiveFilter:
    """A filter that is on: its title, what was chosen, and the query string of the list without it."""

    title: StrOrPromise
    chosen: StrOrPromise
    without: StrOrPromise


class FilterSetFilter(admin.ListFilter):
    """Filters the list by the `filterset` of its admin, a `ListFilterSet`.

    A choice that is none finds no row, and can be taken away; what was typed and can't be read is refused.
    """

    title = ""
    template = "partners/filters.html"
    used_parameters: dict[str, Any]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in model_admin.filterset.filters_for(model, request):
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        rows = model._default_manager.all()
        self.filterset = model_admin.filterset(self.used_parameters, rows, request=request)

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
            if name not in self.menus:
                raise IncorrectLookupParameters(self.used_parameters[name])
        self.filterset.queryset = queryset
        rows: QuerySet[Any] = self.filterset.qs
        return rows

    @cached_property
    def menus(self) -> dict[str, dict[str, Any]]:
        """The labels by values of each menu; among them what was chosen, even if it is no choice any more."""
        menus: dict[str, dict[str, Any]] = {}
        for name, field in self.filterset.form.fields.items():
            if isinstance(field, ChoiceField):
                menus[name] = {str(value): label for value, label in field.choices}
                menus[name].setdefault(self.used_parameters.get(name, ""), _("(deleted)"))
        return menus

    @cached_property
    def form(self) -> forms.Form:
        """The fields as they are shown, without menus that have nothing to choose."""
        form: forms.Form = self.filterset.get_form_class()(initial=self.used_parameters, auto_id="filter-%s")
        for name, choices in self.menus.items():
            form.fields[name].widget.choices = list(choices.items())
            if len(choices) == 1:
                del form.fields[name]
        for field in form.fields.values():
            field.widget.attrs["form"] = FORM_ID
        return form

    def active(self, changelist: ChangeList) -> list[ActiveFilter]:
        """The filters that are on, in the order of the screen."""
        understood = self.filterset.form.cleaned_data
        return [
            ActiveFilter(
                field.label or "",
                self.menus[name][value] if name in self.menus else localize(understood[name]),
                changelist.get_query_string({name: None}),
            )
            for name, field in self.form.fields.items()
            if (value := self.used_parameters.get(name))
        ]


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
