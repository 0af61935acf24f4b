"""The Users screen: it leaves a record, and makes nobody a superuser who has none above."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from partners.models import AuditEvent, AuditKind
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
USERS = reverse("admin:auth_user_changelist")


def page_of(user, name="change"):
    return reverse(f"admin:auth_user_{name}", args=[user.pk])


def form_of(user, **changes):
    """What the form of a user sends."""
    moment = user.date_joined
    return {
        "username": user.username,
        "date_joined_0": moment.strftime("%Y-%m-%d"),
        "date_joined_1": moment.strftime("%H:%M:%S"),
        "is_active": "on",
        "is_staff": "on",
        **changes,
    }


def rights_told():
    return list(
        AuditEvent.objects.filter(kind=AuditKind.RIGHTS).order_by("pk").values_list("about", flat=True)
    )


@pytest.fixture
def manager(db):
    """Staff who manage users and are no superusers."""
    user = UserFactory(username="manager")
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="auth", content_type__model="user")
    )
    return user


@pytest.fixture
def as_manager(manager):
    client = Client()
    client.force_login(manager)
    return client


class TestRightsThatChange:
    def test_are_told_one_by_one(self, as_superuser, editor, viewer):
        group = Group.objects.create(name="Editors")
        permission = Permission.objects.get(codename="view_segment")
        editor.user_permissions.clear()
        sent = form_of(editor, groups=[group.pk], user_permissions=[permission.pk], is_superuser="on")
        assert as_superuser.post(page_of(editor), sent).status_code == 302
        assert rights_told() == [
            "editor: + group Editors; + superuser status; + Can view segment"
        ] or rights_told() == ["editor: + Can view segment; + group Editors; + superuser status"]

    def test_are_not_told_where_only_the_name_changes(self, as_superuser, editor):
        editor.user_permissions.clear()
        assert as_superuser.post(page_of(editor), form_of(editor, first_name="Ada")).status_code == 302
        assert rights_told() == []

    def test_are_told_of_permission_groups(self, as_superuser):
        permission = Permission.objects.get(codename="view_segment")
        add = reverse("admin:auth_group_add")
        assert as_superuser.post(add, {"name": "Viewers", "permissions": [permission.pk]}).status_code == 302
        assert rights_told() == ["Viewers: + Can view segment"]

    def test_are_told_of_a_permission_group_that_is_deleted(self, as_superuser):
        group = Group.objects.create(name="Viewers")
        group.permissions.set(Permission.objects.filter(codename="view_segment"))
        delete = reverse("admin:auth_group_delete", args=[group.pk])
        assert as_superuser.post(delete, {"post": "yes"}).status_code == 302
        assert rights_told() == ["Viewers: deleted, with 1 permissions"]

    def test_are_told_of_a_password_and_of_who_is_deleted(self, as_superuser, editor):
        password = "another long password"
        sent = {"password1": password, "password2": password, "usable_password": "true"}
        assert as_superuser.post(page_of(editor, "password_change"), sent).status_code == 302
        assert as_superuser.post(page_of(editor, "delete"), {"post": "yes"}).status_code == 302
        told = AuditEvent.objects.filter(about="editor").order_by("pk").values_list("kind", "user_name")
        assert list(told) == [("password", "superuser"), ("user_deleted", "superuser")]


def test_what_django_calls_groups_are_permission_groups_on_every_page(as_superuser):
    group = Group.objects.create(name="Viewers")
    pages = {
        reverse("admin:auth_group_changelist"): "Add permission group",
        reverse("admin:auth_group_add"): "Add permission group",
        reverse("admin:auth_group_delete", args=[group.pk]): "Delete the permission group “Viewers”?",
        reverse("admin:app_list", args=["auth"]): ">Permission groups</a>",
    }
    for address, words in pages.items():
        assert words in as_superuser.get(address).content.decode(), address
    deletes_one = as_superuser.get(reverse("admin:auth_group_delete", args=[group.pk])).content.decode()
    ticked = {"action": "delete_selected", "_selected_action": [group.pk]}
    deletes_ticked = as_superuser.post(reverse("admin:auth_group_changelist"), ticked).content.decode()
    assert "Delete these permission group" in deletes_ticked
    for page in (deletes_one, deletes_ticked):
        assert "Permission groups: 1" in page
        assert ">Groups: 1" not in page


def test_a_password_that_somebody_sets_for_themselves_is_told(as_editor, editor):
    editor.set_password("a long password")
    editor.save()
    client = Client()
    client.force_login(editor)
    new = "another long password"
    sent = {"old_password": "a long password", "new_password1": new, "new_password2": new}
    assert client.post(reverse("admin:password_change"), {**sent, "old_password": "wrong"}).status_code == 200
    assert client.post(reverse("admin:password_change"), sent).status_code == 302
    [event] = AuditEvent.objects.filter(kind=AuditKind.PASSWORD)
    assert (event.user_name, event.about, event.address) == ("editor", "editor", "127.0.0.1")


class TestWhoIsNoSuperuser:
    def test_makes_no_superuser(self, as_manager, editor, manager):
        for user in (editor, manager):
            kept = [permission.pk for permission in user.user_permissions.all()]
            sent = form_of(user, is_superuser="on", user_permissions=kept)
            assert as_manager.post(page_of(user), sent).status_code == 302
        assert not User.objects.filter(is_superuser=True).exists()

    def test_changes_and_deletes_none(self, as_manager, superuser):
        assert as_manager.post(page_of(superuser), form_of(superuser, is_active="")).status_code == 403
        assert as_manager.post(page_of(superuser, "password_change")).status_code == 403
        assert as_manager.post(page_of(superuser, "delete"), {"post": "yes"}).status_code == 403
        sent = {"action": "delete_selected", "_selected_action": [superuser.pk], "post": "yes"}
        as_manager.post(USERS, sent)
        superuser.refresh_from_db()
        assert superuser.is_active

    def test_unlocks_none(self, as_manager, superuser):
        AccessAttempt.objects.create(username="superuser", ip_address="192.0.2.1", failures_since_start=10)
        as_manager.post(USERS, {"action": "unlock", "_selected_action": [superuser.pk]})
        assert AccessAttempt.objects.exists()

    def test_changes_the_others(self, as_manager, editor):
        editor.user_permissions.clear()
        assert as_manager.post(page_of(editor), form_of(editor, first_name="Ada")).status_code == 302
        editor.refresh_from_db()
        assert editor.first_name == "Ada"
