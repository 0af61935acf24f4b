"""Who may do what with contracts and template terms, decided here and nowhere else.

Forms and lists that are Django's own ask for the model's permissions, as Django does.
"""

from partners.core.requests import Person
from partners.permissions import is_staff


def can_view_contracts(user: Person) -> bool:
    """See contracts, and take one as a document."""
    return is_staff(user) and (
        user.has_perm("contracts.view_contract") or user.has_perm("contracts.change_contract")
    )


def can_add_contracts(user: Person) -> bool:
    """Make a contract by hand."""
    return is_staff(user) and user.has_perm("contracts.add_contract")


def can_view_terms(user: Person) -> bool:
    """See which template terms there are."""
    return is_staff(user) and (
        user.has_perm("contracts.view_templateterm") or user.has_perm("contracts.change_templateterm")
    )


def can_filter_by_terms(user: Person) -> bool:
    """Choose template terms, to find what has a contract on them."""
    return can_view_contracts(user) and can_view_terms(user)


def can_change_terms(user: Person) -> bool:
    """Change template terms, take them out of use, and bring them back."""
    return is_staff(user) and user.has_perm("contracts.change_templateterm")
