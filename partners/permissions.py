"""Who may do what with partners, their groups and stages: decided here and nowhere else.

Who may import what is decided in `partners.imports.permissions`. Forms and lists that are Django's own ask
for the permissions on the model, as Django does.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_permission_codename

from partners.core.requests import Person

if TYPE_CHECKING:
    from django.db.models import Model

    from partners.models import Note


def is_staff(user: Person) -> bool:
    """Whether this person may use the admin site."""
    return user.is_active and user.is_staff


def can_view_partners(user: Person) -> bool:
    """See partners, and so take files of them."""
    return is_staff(user) and (
        user.has_perm("partners.view_partner") or user.has_perm("partners.change_partner")
    )


def can_see_rows(user: Person, model: "type[Model]") -> bool:
    """See the rows of a model, as Django asks for it: by the permission to view or to change them."""
    label, meta = model._meta.app_label, model._meta
    return is_staff(user) and any(
        user.has_perm(f"{label}.{get_permission_codename(may, meta)}") for may in ("view", "change")
    )


def can_regroup_partners(user: Person) -> bool:
    """Take partners in and out of groups."""
    return can_change_partners(user) and can_view_groups(user)


def can_change_partners(user: Person) -> bool:
    """Change partners, write notes about them."""
    return is_staff(user) and user.has_perm("partners.change_partner")


def can_change_note(user: Person, note: "Note", now: datetime) -> bool:
    """Change or delete a note: its author while it is new, superusers always."""
    is_own = note.user_id == user.pk and note.is_open(now)
    return can_change_partners(user) and (user.is_superuser or is_own)


def can_view_groups(user: Person) -> bool:
    """See which groups there are, and open them."""
    return is_staff(user) and (
        user.has_perm("partners.view_partnergroup") or user.has_perm("partners.change_partnergroup")
    )


def can_change_groups(user: Person) -> bool:
    """Rename groups."""
    return is_staff(user) and user.has_perm("partners.change_partnergroup")


def can_add_groups(user: Person) -> bool:
    """Make new groups, also while partners are put into them."""
    return is_staff(user) and user.has_perm("partners.add_partnergroup")


def can_list_emails(user: Person) -> bool:
    """Take the e-mail list of a group."""
    return can_view_partners(user) and can_view_groups(user)


def can_view_exports(user: Person) -> bool:
    """See who took which files: superusers only."""
    return is_staff(user) and user.is_superuser


def can_view_audit_log(user: Person) -> bool:
    """See who came in, who was kept out and whose rights changed: superusers only."""
    return is_staff(user) and user.is_superuser


def can_edit_stages(user: Person) -> bool:
    """Move many rows at once, see the record of it and take it back: superusers only."""
    return is_staff(user) and user.is_superuser
