"""Who looks after a partner, and what comes next: columns of a file of partners."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.core.actor import MAX_USER_NAME_LENGTH, staff
from partners.core.names import fold
from partners.imports.errors import Conflict
from partners.imports.importers.base import SourceRow, Values
from partners.imports.importers.columns import Column, DayColumn
from partners.imports.parsing import cells
from partners.models.partner import MAX_STEP_LENGTH

OWNER, STEP, STEP_DATE = "owner", "next_step", "next_step_date"


def _read_owner(cell: cells.Content) -> str:
    return cells.read_text(cell, MAX_USER_NAME_LENGTH)


def _read_step(cell: cells.Content) -> str:
    return cells.read_line(cell, MAX_STEP_LENGTH)


COLUMNS = (
    Column(
        OWNER,
        gettext_lazy("Owner"),
        gettext_lazy("the user name of who looks after the relationship"),
        _read_owner,
        ("Account manager", "Partner manager"),
        optional=True,
    ),
    Column(
        STEP,
        gettext_lazy("Next step"),
        gettext_lazy("what is to be done next, in one line"),
        _read_step,
        ("Next action", "Next activity"),
        optional=True,
    ),
    DayColumn(
        STEP_DATE,
        gettext_lazy("Next step date"),
        gettext_lazy("a date; for a partner with a next step"),
        aliases=("Next step due", "Next action date", "Next activity date"),
        optional=True,
    ),
)


def user_names() -> dict[str, str]:
    """The user names of the staff who can own a partner, as they are spelled and by the folded form."""
    names = list(staff().values_list("username", flat=True))
    return {fold(name): name for name in names} | {name: name for name in names}


def spell_owner(row: SourceRow, now: Values | None, names: Mapping[str, str]) -> None:
    """Spell the owner as the user name is; leave the cell out if no member of staff has it."""
    if OWNER not in row.values:
        return
    said = row.values[OWNER]
    stored = now and now[OWNER]
    # Who is the owner already may be no member of staff any more.
    name = stored if stored and fold(stored) == fold(said) else names.get(said) or names.get(fold(said))
    if name:
        row.values[OWNER] = name
    else:
        _leave_out(
            row, OWNER, _("No member of staff has the user name “%s”.") % cells.quote_for_message(said)
        )


def leave_out_date_without_step(row: SourceRow, now: Values | None) -> None:
    """A date is for a step: the one in the file, or the one that there is."""
    if STEP_DATE in row.values and not (row.values.get(STEP) or (now and now[STEP])):
        _leave_out(row, STEP_DATE, _("There is no next step that this date could be of."))


def _leave_out(row: SourceRow, column: str, reason: str) -> None:
    del row.values[column]
    row.left_out[column] = reason


def owners_by_name(names: Iterable[str]) -> dict[str, int]:
    """Their primary keys; Conflict if one isn't there any more."""
    wanted = set(names)
    found = dict(User.objects.filter(username__in=wanted).values_list("username", "pk"))
    if len(found) < len(wanted):
        raise Conflict(_("Somebody deleted or renamed a user meanwhile."))
    return found


def as_stored(values: Mapping[str, Any], owners: Mapping[str, int]) -> Values:
    """With the owner as the column of the table has it."""
    stored = dict(values)
    if OWNER in stored:
        stored["owner_id"] = owners[stored.pop(OWNER)]
    return stored
