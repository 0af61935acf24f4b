"""The Users and Permission groups screens. They offer the permissions that something asks for, by name."""

from datetime import UTC
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from partners.core.base_admin import AtOnceMixin, OddInputMixin
from partners.core.page_limit import LimitedActionsAdmin
from partners.core.widgets import is_key


def offered() -> QuerySet[Permission]:
    """The permissions on what has a screen. Django makes others, as on sessions; nothing asks for those."""
    on_screens = filter(admin.site.is_registered, apps.get_models())
    kinds = ContentType.objects.get_for_models(*on_screens).values()
    return Permission.objects.filter(content_type__in=kinds)


class KeysField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # Django's takes none at run time
    """Rows by primary key; what can't be one never gets to the database."""

    def clean(self, value: Any) -> Any:
        """As Django's."""
        for key in value or ():
            if not is_key(key):
                raise ValidationError(self.error_messages["invalid_pk_value"], params={"pk": key})
        return super().clean(value)


class MomentField(forms.SplitDateTimeField):
    """A moment that there is in UTC too, in which databases keep it: the years 1 and 9999 end elsewhere."""

    def clean(self, value: Any) -> Any:
        """As Django's."""
        moment = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date") from None


class OffersPermissions(OddInputMixin, AtOnceMixin, LimitedActionsAdmin):
    """Users and groups are given them."""

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        kwargs["form_class"] = KeysField
        if db_field.related_model is not Permission:
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        field: Any = super().formfield_for_manytomany(db_field, request, queryset=offered(), **kwargs)
        field.label_from_instance = lambda permission: permission.name
        return field


class ProgramGroupAdmin(OffersPermissions, GroupAdmin):
    """Permission groups."""


class ProgramUserAdmin(OffersPermissions, UserAdmin):  # type: ignore[type-arg]  # the same
    """Users."""

    formfield_overrides = {models.DateTimeField: {"form_class": MomentField, "widget": AdminSplitDateTime}}

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As Django's; a user who isn't there is told of in the words of all other pages."""
        try:
            return super().user_change_password(request, *args, **kwargs)
        except Http404:
            raise Http404 from None


def register_screens() -> None:
    """Put them in the place of Django's own; called by `ProgramAdminConfig.ready()`."""
    admin.site.unregister([Group, User])
    admin.site.register(Group, ProgramGroupAdmin)
    admin.site.register(User, ProgramUserAdmin)
