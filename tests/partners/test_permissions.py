"""Who may take files of partners, import, and edit stages in bulk: each decision by itself."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from partners import permissions
from partners.imports import permissions as import_permissions
from partners.imports.importers.registry import importer_of, importers
from tests.conftest import OUR_APPS
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
IMPORT_PARTNERS = ("add_partner", "change_partner")


def person(*codenames, **values):
    user = UserFactory(**values)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=OUR_APPS, codename__in=codenames)
    )
    return user


def makes_in_files(user):
    return [importer.key for importer in importers() if import_permissions.can_make(user, importer)]


def imports(user):
    return [importer.key for importer in import_permissions.importable(user)]


def everything(user):
    """Every decision, as what is allowed."""
    return [
        *filter(None, [permissions.can_view_exports(user), permissions.can_edit_stages(user)]),
        *imports(user),
        *makes_in_files(user),
    ]


@pytest.mark.parametrize("values", [{"is_active": False}, {"is_staff": False}])
@pytest.mark.parametrize("superuser", [True, False])
def test_who_is_no_staff_may_do_nothing(values, superuser):
    every = Permission.objects.values_list("codename", flat=True)
    assert everything(person(*every, is_superuser=superuser, **values)) == []


def test_whoever_is_not_logged_in_may_do_nothing():
    assert everything(AnonymousUser()) == []
    assert not permissions.can_view_partners(AnonymousUser())


def test_no_permission_stands_for_being_a_superuser(editor, superuser):
    for decide in (permissions.can_edit_stages, permissions.can_view_exports):
        assert decide(superuser)
        assert not decide(editor)


@pytest.mark.parametrize(
    ("codename", "may"),
    [("view_partner", True), ("change_partner", True), ("add_partner", False), ("view_contract", False)],
)
def test_whoever_may_view_or_change_partners_sees_them(codename, may):
    assert permissions.can_view_partners(person(codename)) == may


def test_a_user_who_was_deactivated_sees_no_partners():
    assert not permissions.can_view_partners(person("view_partner", is_active=False))


def test_making_groups_from_a_file_takes_the_right_to_add_them_and_the_right_to_import():
    assert makes_in_files(person(*IMPORT_PARTNERS)) == []
    assert makes_in_files(person("add_partnergroup")) == []
    assert makes_in_files(person(*IMPORT_PARTNERS, "add_partnergroup")) == ["partners"]


def test_making_template_terms_from_a_file_takes_the_right_to_add_them():
    rights = ("add_contract", "change_contract")
    assert makes_in_files(person(*rights)) == []
    assert makes_in_files(person(*rights, "add_templateterm")) == ["contracts"]


def test_a_kind_of_file_that_makes_nothing_besides_its_rows_has_nothing_to_allow(superuser):
    assert imports(superuser) == [importer.key for importer in importers()]
    assert not import_permissions.can_make(superuser, importer_of("terms"))
