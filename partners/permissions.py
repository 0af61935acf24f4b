"""Who may take files of partners and edit stages in bulk, decided here and nowhere else."""

from django.contrib.auth.models import AbstractUser, AnonymousUser

Person = AbstractUser | AnonymousUser


def may_see_partners(user: Person) -> bool:
    """See partners, and so take files of them."""
    return user.is_active and (
        user.has_perm("partners.view_partner") or user.has_perm("partners.change_partner")
    )


def may_see_exports(user: Person) -> bool:
    """See who took which files: superusers only."""
    return user.is_active and user.is_staff and user.is_superuser


def may_edit_stages(user: Person) -> bool:
    """Move many rows at once, see the record of it and take it back: superusers only."""
    return user.is_active and user.is_staff and user.is_superuser
