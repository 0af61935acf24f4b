"""The Users and Permission groups screens. They offer the permissions that something asks for, by name."""

from collections.abc import Sequence
from copy import copy
from datetime import UTC
from typing import Any

from axes.utils import reset
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import model_ngettext
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.accounts.rights import record_change, rights_of
from partners.audit.services import record
from partners.core.base_admin import AtOnceMixin, OddInputMixin
from partners.core.one_time_passwords import forget_codes
from partners.core.page_limit import LimitedActionsAdmin
from partners.core.requests import staff_request
from partners.forms import RowsField
from partners.models import AuditKind
from segments.models import Segment
from segments.renamed_users import follow_rename

MAX_NAMED = 3
ALLAUTH = ("account", "mfa", "socialaccount")


def offered() -> QuerySet[Permission]:
    """The permissions on what has a screen. Django makes others, as on sessions; nothing asks for those."""
    on_screens = filter(admin.site.is_registered, apps.get_models())
    kinds = ContentType.objects.get_for_models(*on_screens).values()
    return Permission.objects.filter(content_type__in=kinds)


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
        kwargs["form_class"] = RowsField
        if db_field.related_model is not Permission:
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        field: Any = super().formfield_for_manytomany(db_field, request, queryset=offered(), **kwargs)
        field.label_from_instance = lambda permission: permission.name
        return field


class AuditsRights(OffersPermissions):
    """What somebody may do is changed here: the audit log says how."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        form.rights_before = rights_of(obj) if change else set()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        super().save_related(request, form, formsets, change)
        record_change(form.instance, form.rights_before)


class ProgramGroupAdmin(AuditsRights, GroupAdmin):
    """Permission groups. Django calls them groups, which here are groups of partners."""

    list_display = ["name"]

    def __init__(self, model: type[Group], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        # A copy: what the model itself is called stands in Django's migrations.
        self.opts = copy(self.opts)
        self.opts.verbose_name = gettext_lazy("permission group")
        self.opts.verbose_name_plural = gettext_lazy("permission groups")

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changes = super().get_changelist_instance(request)
        changes.opts = self.opts
        return changes

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        listed, counts, lacking, protected = super().get_deleted_objects(objs, request)
        of_django = Group._meta.verbose_name_plural
        own = {self.opts.verbose_name_plural if name == of_django else name: n for name, n in counts.items()}
        return listed, own, lacking, protected

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Group], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        response = super().response_action(request, queryset, *args, **kwargs)
        if isinstance(response, TemplateResponse) and response.context_data:
            response.context_data["objects_name"] = model_ngettext(self.opts, queryset.count())
        return response

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Group]) -> Any:
        """Called before they are deleted, whichever button was pressed."""
        for group in queryset:
            record(AuditKind.RIGHTS, f"{group}: deleted, with {len(rights_of(group))} permissions")
        return super().log_deletions(request, queryset)


class ProgramUserAdmin(AuditsRights, UserAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """Users. Who is no superuser makes no superuser, and does nothing to one.

    Segments that name a user by the user name follow where that is changed.
    """

    actions = ["unlock", "reset_codes"]
    formfield_overrides = {models.DateTimeField: {"form_class": MomentField, "widget": AdminSplitDateTime}}

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        super().save_model(request, obj, form, change)
        if change and "username" in form.changed_data:
            user = staff_request(request).user
            if followed := follow_rename(old=form.initial["username"], new=obj.username, user=user):
                self.message_user(request, _say_who_followed(followed))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else [*fixed, "is_superuser"]

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As Django's; a user who isn't there is told of in the words of all other pages."""
        try:
            return super().user_change_password(request, *args, **kwargs)
        except Http404:
            raise Http404 from None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[User]) -> Any:
        """As of permission groups."""
        for user in queryset:
            record(AuditKind.USER_DELETED, str(user))
        return super().log_deletions(request, queryset)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        # The form of a user has no password; the page on which one is set says that this field has changed.
        if "password" in str(message).lower():
            record(AuditKind.PASSWORD, str(obj))
        return super().log_change(request, obj, message)

    @admin.action(description=_("Unlock login"), permissions=["change"])
    def unlock(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Forget their failed logins."""
        names = [user.username for user in users if _may_touch(request, user)]
        for name in names:
            if reset(username=name):
                record(AuditKind.UNLOCKED, name)
        self.message_user(
            request,
            ngettext("%d user can log in again.", "%d users can log in again.", len(names)) % len(names),
        )

    def has_reset_codes_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return bool(request.user.is_superuser)

    @admin.action(description=_("Reset one-time passwords"), permissions=["reset_codes"])
    def reset_codes(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """For users whose phone is gone. One's own are changed on a page that asks for the password."""
        others = [user for user in users if user != request.user and forget_codes(user)]
        for user in others:
            record(AuditKind.CODES, f"{user}: reset")
        self.message_user(
            request,
            ngettext(
                "%d user has no one-time passwords any more.",
                "%d users have no one-time passwords any more.",
                len(others),
            )
            % len(others),
        )


def _say_who_followed(segments: Sequence[Segment]) -> str:
    names = ", ".join(f"“{segment.name}”" for segment in segments[:MAX_NAMED])
    text = ngettext(
        "%(number)s segment names the user by the new name now: %(names)s",
        "%(number)s segments name the user by the new name now: %(names)s",
        len(segments),
    )
    words = text % {"number": f"{len(segments):,}", "names": names}
    return f"{words}{'.' if len(segments) <= MAX_NAMED else ' …'}"


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or bool(request.user.is_superuser)


def register_screens() -> None:
    """Put them in the place of Django's own, and take away allauth's.

    Called by `ProgramAdminConfig.ready()`.
    """
    admin.site.unregister([Group, User])
    admin.site.register(Group, ProgramGroupAdmin)
    admin.site.register(User, ProgramUserAdmin)
    of_allauth = [model for app in ALLAUTH for model in apps.get_app_config(app).get_models()]
    admin.site.unregister(filter(admin.site.is_registered, of_allauth))
