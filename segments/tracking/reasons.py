"""What started a run, in words, and which of the run's moves that explains."""

import re

from django.utils.translation import gettext as _

from segments.causes import Cause
from segments.models.tracking import MAX_REASON_LENGTH

OF_A_SAVE = re.compile(r"Version \d+ of “.*?” saved(: version \d+ restored)?(; |$)")
"""The part of a reason that `of_a_save` has written."""
BETWEEN = re.compile(r"; (?=[^“”]*(?:“|$))")
"""Between two reasons, and not within a name in quotation marks."""


def joined(*reasons: str) -> str:
    """Several reasons as one, each told once; without those that there is no room for."""
    told = ""
    for part in dict.fromkeys(part for reason in reasons for part in BETWEEN.split(reason)):
        both = f"{told}; {part}" if told and part else told or part[:MAX_REASON_LENGTH]
        told = both if len(both) <= MAX_REASON_LENGTH else told
    return told


def of_a_save(number: int, name: str, *, restores: int | None) -> str:
    """That a version of a segment was saved, which may restore an earlier one."""
    words = _("Version %(number)s of “%(name)s” saved") % {"number": number, "name": name}
    return f"{words}{_(': version %s restored') % restores}" if restores else words


def explained(reason: str, cause: Cause) -> str:
    """The part of a run's reason that explains a move: saves one through the definition, imports and the like
    one through data or a deletion. A day that passed would have moved the partner whatever started the run.
    """
    if cause == Cause.DEFINITION:
        return "; ".join(part[0].removesuffix("; ") for part in OF_A_SAVE.finditer(reason))
    if cause in (Cause.DATA, Cause.DELETED):
        return OF_A_SAVE.sub("", reason).removesuffix("; ")
    return ""
