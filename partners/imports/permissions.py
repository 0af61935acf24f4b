"""Who may import what, decided here and nowhere else."""

from partners.core.requests import Person
from partners.imports.importers.base import Importer
from partners.imports.importers.registry import importers
from partners.permissions import is_staff


def can_import(user: Person) -> bool:
    """Send files of one kind or another."""
    return bool(importable(user))


def can_import_kind(user: Person, importer: Importer) -> bool:
    """Send files of this kind, see what they would do, carry them out; see those that others sent."""
    return is_staff(user) and user.has_perms(importer.needs)


def can_make(user: Person, importer: Importer) -> bool:
    """Let such a file make groups or template terms that aren't there yet."""
    return bool(importer.makes) and can_import_kind(user, importer) and user.has_perm(importer.making_needs)


def importable(user: Person) -> list[Importer]:
    """The kinds of files that this person may import."""
    return [importer for importer in importers() if can_import_kind(user, importer)]
