"""What users may do: in words, and as the company's login says it."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.audit.services import record
from partners.core.actor import UserOrName
from partners.models import AuditKind
from segments.roles import group_of

FLAGS = {
    "is_active": gettext_lazy("active"),
    "is_staff": gettext_lazy("staff status"),
    "is_superuser": gettext_lazy("superuser status"),
}
"""What a user may be, beside permissions."""


def rights_of(changed: Any) -> set[str]:
    """What the stored user or permission group may do, in words."""
    stored = type(changed)._default_manager.get(pk=changed.pk)
    if isinstance(stored, Group):
        return {permission.name for permission in stored.permissions.all()}
    return {
        *(str(label) for name, label in FLAGS.items() if getattr(stored, name)),
        *(_("group %s") % group.name for group in stored.groups.all()),
        *(permission.name for permission in stored.user_permissions.all()),
    }


def record_change(changed: Any, before: set[str], *, who: UserOrName | None = None) -> None:
    """Tell the audit log what this user or permission group gained and lost since `before`."""
    after = rights_of(changed)
    given, taken = sorted(after - before), sorted(before - after)
    if changes := [*(f"+ {right}" for right in given), *(f"- {right}" for right in taken)]:
        record(AuditKind.RIGHTS, f"{changed}: {'; '.join(changes)}", who=who)


@transaction.atomic
def give_role(user: User, role: str | None, *, who: str) -> None:
    """Give the user the rights of this role and no others; None takes them all.

    What was given by hand goes: the provider decides.
    """
    before = rights_of(user)
    user.is_staff = role is not None
    user.is_superuser = role == "superuser"
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.set([group_of(role)] if role in ("editor", "viewer") else [])
    user.user_permissions.clear()
    record_change(user, before, who=who)
