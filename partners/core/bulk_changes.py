"""What apps above do once many rows were changed at once: an import, a bulk edit, a group filled.

Each declares it once, called by its `AppConfig.ready()`; a signal would say nothing of who calls and when.
"""

from collections.abc import Callable

AfterBulkChange = Callable[[str], None]
"""Takes what was done, in words."""
_declared: list[AfterBulkChange] = []


def after_bulk_changes(do: AfterBulkChange) -> None:
    """Declare what is to be done; what is declared once more is done once."""
    if do not in _declared:
        _declared.append(do)


def tell_bulk_change(what: str) -> None:
    """Called in the transaction that changed the rows, as the last thing in it: it may lock other rows."""
    for do in _declared:
        do(what)
