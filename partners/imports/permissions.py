"""Who may import what, decided here and nowhere else."""

from partners.imports.importers.base import Importer, importers
from partners.permissions import Person, is_staff


def may_import(user: Person, importer: Importer) -> bool:
    """Send files of this kind, see what they would do, carry them out; see those that others sent."""
    return is_staff(user) and user.has_perms(importer.needs)


def may_make(user: Person, importer: Importer) -> bool:
    """Let such a file make groups or template terms that aren't there yet."""
    return bool(importer.makes) and may_import(user, importer) and user.has_perm(importer.making_needs)


def importable(user: Person) -> list[Importer]:
    """The kinds of files that this person may import."""
    return [importer for importer in importers() if may_import(user, importer)]
