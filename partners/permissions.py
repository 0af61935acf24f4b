"""Who may see partners and take files of them, and edit stages in bulk: decided here and nowhere else.

Who may import what is decided in `partners.imports.permissions`.
"""

from django.contrib.auth.models import AbstractUser, AnonymousUser

Person = AbstractUser | AnonymousUser


def is_staff(user: Person) -> bool:
    """Whether this person may use the admin site."""
    return user.is_active and user.is_staff


def may_see_partners(user: Person) -> bool:
    """See partners, and so take files of them."""
    return user.is_active and (
        user.has_perm("partners.view_partner") or user.has_perm("partners.change_partner")
    )


def may_see_exports(user: Person) -> bool:
    """See who took which files: superusers only."""
    return is_staff(user) and user.is_superuser


def may_edit_stages(user: Person) -> bool:
    """Move many rows at once, see the record of it and take it back: superusers only."""
    return is_staff(user) and user.is_superuser
