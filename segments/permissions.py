"""Who may do what with segments, decided here and nowhere else."""

from partners.core.requests import Person
from partners.permissions import is_staff

VIEW = ("segments.view_segment", "partners.view_partner", "contracts.view_contract")
"""A segment shows its partners and the stages of their contracts: looking at it takes all of these."""


def can_view(user: Person) -> bool:
    """Open segments, preview definitions, list their partners."""
    return is_staff(user) and (
        user.has_perms(VIEW) or (user.has_perms(VIEW[1:]) and user.has_perm("segments.change_segment"))
    )


def can_export(user: Person) -> bool:
    """Take a file of a segment's partners, or of its definition: it holds what looking shows."""
    return can_view(user)


def can_create(user: Person) -> bool:
    """Save a new segment, built or read from a file."""
    return can_view(user) and user.has_perm("segments.add_segment")


def can_change(user: Person) -> bool:
    """Save an existing segment again."""
    return can_view(user) and user.has_perm("segments.change_segment")


def can_track(user: Person) -> bool:
    """Track a segment, change how, run it now, and stop tracking it, which deletes its history."""
    return can_change(user)


def can_settle_held_runs(user: Person) -> bool:
    """Confirm or discard a run that was held."""
    return can_change(user)


def can_see_work(user: Person) -> bool:
    """See what the workers do: superusers only."""
    return is_staff(user) and user.is_superuser


def can_delete(user: Person) -> bool:
    """Delete a segment."""
    return can_view(user) and user.has_perm("segments.delete_segment")
