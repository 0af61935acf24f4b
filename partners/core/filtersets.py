"""What lists can be filtered by: FilterSets, for the lists of the admin, for scripts and for APIs alike."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.extensions import everybody, extensions_for, placed
from partners.core.moment import Moment, moment_of
from partners.core.requests import Allowed
from partners.core.widgets import CheckboxMenu, is_key


@dataclass(frozen=True)
class AskedFilter:
    """A filter that is on: its name in the address, its label, and what was chosen, in words."""

    name: str
    label: StrOrPromise
    chosen: str


class MenuFilter(django_filters.ChoiceFilter):
    """One choice out of a menu, for users of whom `allowed` holds."""

    def __init__(self, *args: Any, allowed: Allowed = everybody, **kwargs: Any) -> None:
        self.allowed = allowed
        super().__init__(*args, **{"empty_label": _("All"), **kwargs})


class SwitchFilter(MenuFilter):
    """On or off: a pill in the line of the search, with the filter's label on it."""

    ON = "yes"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"choices": [(self.ON, _("yes"))], **kwargs})


class KeyField(django_filters.fields.ChoiceField):
    """The primary key of a row. The choices are for the menu: whether there is such a row is not asked."""

    def valid_value(self, value: Any) -> bool:
        return is_key(value)


class KeyFilter(MenuFilter):
    """One row out of a menu, by its primary key. A row that is gone has nothing."""

    field_class = KeyField


class ChoicesField(django_filters.fields.MultipleChoiceField):
    """Some choices. A script may give one as it is, and an empty text for none."""

    widget = CheckboxMenu

    def to_python(self, value: Any) -> list[str]:
        return [str(one) for one in (value if isinstance(value, list | tuple) else [value]) if one]


class ChoicesFilter(django_filters.Filter):
    """Any of some choices out of a menu, for users of whom `allowed` holds."""

    field_class = ChoicesField

    def __init__(self, *args: Any, allowed: Allowed = everybody, **kwargs: Any) -> None:
        self.allowed = allowed
        super().__init__(*args, **{"lookup_expr": "in", **kwargs})


class KeysField(ChoicesField):
    """Primary keys of rows. The choices are for the menu: whether there are such rows is not asked."""

    def valid_value(self, value: Any) -> bool:
        return is_key(value)


class KeysFilter(ChoicesFilter):
    """Any of some rows out of a menu, by their primary keys. A row that is gone has nothing."""

    field_class = KeysField


class DayFilter(django_filters.DateFilter):
    """A day as browsers send it (YYYY-MM-DD), typed into a field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        super().__init__(*args, widget=widget, input_formats=["%Y-%m-%d"], **kwargs)


class KnownNamesForm(forms.Form):
    """Refuses names that are no field's: a filter whose name is misspelt must not widen a list."""

    def clean(self) -> dict[str, Any]:
        unknown = set(self.data) - {self.add_prefix(name) for name in self.fields}
        if unknown:
            raise ValidationError(_("There is no such filter: %s.") % ", ".join(sorted(unknown)))
        return self.cleaned_data


class ListFilterSet(django_filters.FilterSet):
    """The rows that meet all that `data` asks, by names of filters: `PartnerFilterSet(data).qs`.

    No row meets a value that can't be understood, or a name that is no filter's; `errors` says what is wrong.
    A row comes once: related rows are asked with EXISTS or IN, never joined.

    What apps above declare with `partners.core.extensions.extend` belongs to it. With a `request`, only
    filters that its user may use do; a script that gives none has all of them.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        queryset: QuerySet[Any] | None = None,
        *,
        request: HttpRequest | None = None,
        prefix: str | None = None,
    ) -> None:
        super().__init__(data, queryset, request=request, prefix=prefix)
        self.filters = copy.deepcopy(self.filters_for(self.queryset.model, request))
        for filter_ in self.filters.values():
            filter_.model, filter_.parent = self.queryset.model, self

    @classmethod
    def filters_for(cls, model: type[Model], request: HttpRequest | None) -> dict[str, django_filters.Filter]:
        """The filters by name, in the order of the screen: our own, and those that apps above add."""
        own = [
            (name, filter_)
            for name, filter_ in cls.base_filters.items()
            if request is None or getattr(filter_, "allowed", everybody)(request.user)
        ]
        extensions = extensions_for(model, request)
        return dict(placed(own, ((one.order, list(one.filters.items())) for one in extensions)))

    @cached_property
    def moment(self) -> Moment:
        """When the filters that count from today are asked: at the moment of the request."""
        return moment_of(self.request) if self.request else Moment.now()

    def get_form_class(self) -> type[forms.Form]:
        fields = {name: filter_.field for name, filter_ in self.filters.items()}
        return type(f"{type(self).__name__}Form", (KnownNamesForm,), fields)

    def values(self, name: str) -> list[str]:
        """What was chosen or typed for a filter, as it was sent; none where it is off."""
        widget = self.form.fields[name].widget
        sent = widget.value_from_datadict(self.form.data, {}, self.form.add_prefix(name))
        return [value for value in (sent if isinstance(sent, list) else [sent]) if value]

    @property
    def switches(self) -> list[str]:
        """The names of the filters that are on or off."""
        return [name for name, filter_ in self.filters.items() if isinstance(filter_, SwitchFilter)]

    @cached_property
    def menus(self) -> dict[str, dict[str, Any]]:
        """The labels by values of each menu; among them what was chosen, even if it is no choice any more."""
        menus: dict[str, dict[str, Any]] = {}
        for name, field in self.form.fields.items():
            if isinstance(field, forms.ChoiceField):
                choices: Any = field.choices
                menus[name] = {str(value): label for value, label in choices}
                for value in self.values(name):
                    menus[name].setdefault(value, _("(deleted)"))
        return menus

    def asked(self) -> list[AskedFilter]:
        """The filters that are on, in the order of the screen."""
        return [
            AskedFilter(name, field.label or "", self._in_words(name, values))
            for name, field in self.form.fields.items()
            if (values := self.values(name))
        ]

    def _in_words(self, name: str, values: list[str]) -> str:
        if name in self.menus:
            return ", ".join(str(self.menus[name][value]) for value in values)
        return localize(self.form.cleaned_data[name]) if self.is_valid() else ", ".join(values)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().filter_queryset(queryset) if self.is_valid() else queryset.none()
