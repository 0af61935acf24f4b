"""The permissions that the screens offer: each opens something, none is called as another, none is dead."""

import pytest
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import Group, Permission, User
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from config.user_admin import offered
from contracts.models import Contract, TemplateTerm
from partners.models import Partner, PartnerGroup
from segments.models import Segment
from tests.factories import (
    ContractFactory,
    PartnerFactory,
    PartnerGroupFactory,
    TemplateTermFactory,
    UserFactory,
)
from tests.segments.forms import saved

pytestmark = pytest.mark.django_db
OURS = ("partners", "contracts", "segments")
MAKE = {
    Contract: ContractFactory,
    Group: lambda: Group.objects.create(name="Editors"),
    Partner: PartnerFactory,
    PartnerGroup: PartnerGroupFactory,
    Segment: saved,
    TemplateTerm: TemplateTermFactory,
    User: UserFactory,
}


def named(permission):
    may, _underscore, model = permission.codename.partition("_")
    return f"{permission.content_type.app_label}_{model}", may, permission.content_type.model_class()


def form_of(page, row):
    """Where the row is changed: behind Edit, where it has a page of its own."""
    try:
        return reverse(f"admin:{page}_edit", args=[row.pk])
    except NoReverseMatch:
        return reverse(f"admin:{page}_change", args=[row.pk])


def answer(client, user, permissions, permission, row):
    """How the screen that the permission is for answers to a user with these permissions alone."""
    user.user_permissions.set(permissions)
    page, may, _model = named(permission)
    address = {
        "view": reverse(f"admin:{page}_changelist"),
        "add": reverse(f"admin:{page}_add"),
        "change": form_of(page, row),
        "delete": reverse(f"admin:{page}_delete", args=[row.pk]),
    }[may]
    return (client.post(address, {"save": "1"}) if may == "change" else client.get(address)).status_code


def test_each_permission_opens_what_is_closed_without_it(client):
    """What one needs besides is given each time: to view all, and to change where it is about adding."""
    user = UserFactory()
    client.force_login(user)
    rows = {model: make() for model, make in MAKE.items()}
    for permission in offered():
        _page, may, model = named(permission)
        besides = offered().exclude(pk=permission.pk)
        besides = besides.filter(codename__regex="^(view|change)_" if may == "add" else "^view_")
        assert answer(client, user, besides, permission, rows[model]) == 403, permission
        assert answer(client, user, [*besides, permission], permission, rows[model]) != 403, permission


def test_each_is_called_differently():
    names = list(offered().values_list("name", flat=True))
    assert len(names) == len(set(names)) == 28
    assert "Can add partner group" in names


def test_the_program_has_no_permissions_that_it_does_not_offer():
    ours = Permission.objects.filter(content_type__app_label__in=OURS)
    assert not ours.exclude(pk__in=offered().values("pk")).exists()


@pytest.mark.parametrize(
    ("model", "field"), [("auth_group", "permissions"), ("auth_user", "user_permissions")]
)
def test_the_forms_offer_exactly_these_by_their_names(as_superuser, superuser, model, field):
    row = Group.objects.create(name="Editors") if model == "auth_group" else superuser
    form = as_superuser.get(reverse(f"admin:{model}_change", args=[row.pk])).context["adminform"].form
    shown = {value.value: label for value, label in form.fields[field].choices}
    assert shown == dict(offered().values_list("pk", "name"))


@pytest.mark.parametrize("key", ["abc", "\0", "-1", "9" * 40])
@pytest.mark.parametrize(
    ("model", "field"), [(Group, "permissions"), (User, "user_permissions"), (User, "groups")]
)
def test_what_can_be_no_key_is_refused_by_the_forms(as_superuser, superuser, model, field, key):
    row = superuser if model is User else Group.objects.create(name="Editors")
    address = reverse(admin_urlname(row._meta, "change"), args=[row.pk])
    page = as_superuser.post(address, {field: [key]})
    assert page.status_code == 200
    assert field in page.context["adminform"].form.errors


@pytest.mark.parametrize("key", ["abc", "\0", "9" * 40])
@pytest.mark.parametrize("model", [Group, User])
def test_actions_refuse_what_can_be_no_key(as_superuser, model, key):
    address = reverse(admin_urlname(model._meta, "changelist"))
    posted = {"action": "delete_selected", "_selected_action": [key]}
    page = as_superuser.post(address, posted, follow=True)
    assert "These rows do not exist. Nothing was changed." in page.content.decode()


def test_the_password_of_a_user_who_is_not_there_leads_to_the_page_that_says_so(as_superuser):
    page = as_superuser.get(reverse("admin:auth_user_password_change", args=["<b>"]))
    assert page.status_code == 404
    assert "The address is wrong, or what it showed has been deleted." in page.content.decode()


def test_the_page_that_asks_before_a_deletion_names_no_tables_between_others(as_superuser):
    group, user = Group.objects.create(name="Editors"), UserFactory(username="ada")
    group.permissions.set(offered()[:2])
    user.groups.add(group)
    for row in (group, user):
        page = as_superuser.get(reverse(admin_urlname(row._meta, "delete"), args=[row.pk])).content.decode()
        assert str(row) in page
        assert "relationship" not in page


@pytest.mark.parametrize(
    ("model", "field", "typed"),
    [
        (Group, "name", {}),
        (User, "username", {"usable_password": "false"}),
    ],
)
def test_a_name_that_was_free_a_moment_ago_comes_back_with_what_was_typed(
    as_superuser, monkeypatch, model, field, typed
):
    model.objects.create(**{field: "Ada"})
    monkeypatch.setattr(model, "validate_unique", lambda self, exclude=None: None)
    monkeypatch.setattr(UserCreationForm, "clean_username", lambda self: self.cleaned_data["username"])
    page = as_superuser.post(reverse(admin_urlname(model._meta, "add")), {field: "Ada", **typed})
    assert page.status_code == 200
    assert "Somebody saved the same at the same moment." in page.content.decode()
    assert 'value="Ada"' in page.content.decode()
    assert model.objects.filter(**{field: "Ada"}).count() == 1


@pytest.mark.parametrize("field", ["date_joined", "last_login"])
@pytest.mark.parametrize(
    ("zone", "day", "time"),
    [("Pacific/Niue", "9999-12-31", "23:59:59"), ("Asia/Tokyo", "0001-01-01", "00:00:00")],
)
def test_a_moment_that_there_is_not_in_utc_is_refused(as_superuser, superuser, field, zone, day, time):
    typed = {"username": superuser.username, "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    with timezone.override(zone):
        page = as_superuser.post(
            reverse("admin:auth_user_change", args=[superuser.pk]),
            {**typed, f"{field}_0": day, f"{field}_1": time},
        )
    assert page.status_code == 200
    assert page.context["adminform"].form.errors[field] == ["Enter a valid date."]
    assert as_superuser.get(reverse("admin:auth_user_changelist")).status_code == 200
