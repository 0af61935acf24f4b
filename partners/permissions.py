"""Who may edit stages in bulk, decided here and nowhere else."""

from django.contrib.auth.models import AbstractUser, AnonymousUser


def may_edit_stages(user: AbstractUser | AnonymousUser) -> bool:
    """Move many rows at once, see the record of it and take it back: superusers only."""
    return user.is_active and user.is_staff and user.is_superuser
