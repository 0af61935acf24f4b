"""Type-ahead choices that stay calm when the posted keys are no keys."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple

KEY_DIGITS = 18
"""Every number of so many digits fits the databases' big integers."""


def is_key(text: object) -> bool:
    """Whether this can be the primary key of a row."""
    digits = str(text)
    return digits.isascii() and digits.isdigit() and len(digits) <= KEY_DIGITS


class _KeysOnly(AutocompleteMixin):
    """Django asks the database for whatever was posted, and fails on what is no number."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        """As Django's, of the values that can be keys."""
        return super().optgroups(name, [key for key in value if is_key(key)], attr)


class KeySelect(_KeysOnly, AutocompleteSelect):
    """One row, found as one types."""


class KeySelectMultiple(_KeysOnly, AutocompleteSelectMultiple):
    """Several rows, found as one types."""
