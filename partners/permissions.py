"""Who may take files of partners, import, and edit stages in bulk, decided here and nowhere else."""

from django.contrib.auth.models import AbstractUser, AnonymousUser

from partners.imports.importers.base import Importer, importers

Person = AbstractUser | AnonymousUser


def _staff(user: Person) -> bool:
    return user.is_active and user.is_staff


def may_see_partners(user: Person) -> bool:
    """See partners, and so take files of them."""
    return user.is_active and (
        user.has_perm("partners.view_partner") or user.has_perm("partners.change_partner")
    )


def may_see_exports(user: Person) -> bool:
    """See who took which files: superusers only."""
    return _staff(user) and user.is_superuser


def may_edit_stages(user: Person) -> bool:
    """Move many rows at once, see the record of it and take it back: superusers only."""
    return _staff(user) and user.is_superuser


def may_import(user: Person, importer: Importer) -> bool:
    """Send files of this kind, see what they would do, carry them out; see those that others sent."""
    return _staff(user) and user.has_perms(importer.needs)


def may_make(user: Person, importer: Importer) -> bool:
    """Let such a file make groups or template terms that aren't there yet."""
    return bool(importer.makes) and may_import(user, importer) and user.has_perm(importer.making_needs)


def importable(user: Person) -> list[Importer]:
    """The kinds of files that this person may import."""
    return [importer for importer in importers() if may_import(user, importer)]
