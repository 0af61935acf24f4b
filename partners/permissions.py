"""Who may do what with partners, their groups and stages: decided here and nowhere else.

Who may import what is decided in `partners.imports.permissions`. Forms and lists that are Django's own ask
for the permissions on the model, as Django does.
"""

from partners.core.requests import Person


def is_staff(user: Person) -> bool:
    """Whether this person may use the admin site."""
    return user.is_active and user.is_staff


def can_view_partners(user: Person) -> bool:
    """See partners, and so take files of them."""
    return is_staff(user) and (
        user.has_perm("partners.view_partner") or user.has_perm("partners.change_partner")
    )


def can_add_groups(user: Person) -> bool:
    """Make new groups, also while partners are put into them."""
    return is_staff(user) and user.has_perm("partners.add_partnergroup")


def can_list_emails(user: Person) -> bool:
    """Take the e-mail list of a group."""
    return can_view_partners(user) and (
        user.has_perm("partners.view_partnergroup") or user.has_perm("partners.change_partnergroup")
    )


def can_view_exports(user: Person) -> bool:
    """See who took which files: superusers only."""
    return is_staff(user) and user.is_superuser


def can_edit_stages(user: Person) -> bool:
    """Move many rows at once, see the record of it and take it back: superusers only."""
    return is_staff(user) and user.is_superuser
