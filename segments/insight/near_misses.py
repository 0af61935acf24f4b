"""Partners that one condition keeps out of a segment: without it, in its group, they would be in."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from partners.core.limits import limits
from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from partners.core.time_limit import TooSlowError, time_limit
from segments.analysis.finding import as_drawn
from segments.definition import Definition, Group
from segments.insight.changes import MAX_PARTNERS_SHOWN, Crowd, crowd_of
from segments.language.labels import Labels
from segments.language.sentences import condition_words
from segments.query.base import PartnerQuery
from segments.query.members import columns_are_on, difference_query, first_of_each


@dataclass(frozen=True)
class NearMiss:
    """Those whom one condition keeps out; `crowd` is None where finding them took too long."""

    group: int
    condition: int
    """Its place among the group's conditions; groups and conditions are counted from 1."""
    words: str
    crowd: Crowd | None


def missed_by(
    definition: Definition, group: int, condition: int, moment: Moment, *, and_also: Group | None = None
) -> PartnerQuery:
    """Who is not in the segment and would be, if this group did not ask this; both counted from 1.

    Whom an exception takes out is not among them.

    LookupError: there is no such condition, or nothing would be left of the group.
    """
    if group < 1 or condition < 1:
        raise LookupError
    asked = definition.any[group - 1]
    asked.all[condition - 1]
    rest = asked.all[: condition - 1] + asked.all[condition:]
    if not rest:
        raise LookupError
    without = Definition((replace(asked, all=rest),), definition.excepted)
    return difference_query(without, moment=moment, less=[definition], and_also=and_also)


def near_misses(
    definition: Definition, labels: Labels, moment: Moment, *, page: str = ""
) -> list[list[NearMiss]]:
    """Group by group, for each of its conditions; nothing of a group with a single one.

    `page` as in `time_limit`, with its SupersededError.
    """
    groups = [
        (number, group, as_drawn(group))
        for number, group in enumerate(definition.any, start=1)
        if len(group.all) > 1
    ]
    missed = [
        missed_by(definition, number, place + 1, moment)
        for number, _group, places in groups
        for place in places
    ]
    crowds = iter(_crowds(missed, page))
    return [
        [
            NearMiss(number, place + 1, condition_words(group.all[place], labels), next(crowds))
            for place in places
        ]
        for number, group, places in groups
    ]


def _crowds(missed: Sequence[PartnerQuery], page: str) -> list[Crowd | None]:
    deadline = time.monotonic() + limits().near_misses_timeout_s
    with snapshot():
        return _by_columns(missed, deadline, page) or [_crowd(one, deadline, page) for one in missed]


def _by_columns(missed: Sequence[PartnerQuery], deadline: float, page: str) -> list[Crowd | None] | None:
    """All in one question; None where SQL has to answer."""
    if not columns_are_on():
        return None
    try:
        with time_limit(seconds=deadline - time.monotonic(), page=page):
            found = first_of_each(missed, MAX_PARTNERS_SHOWN)
    except TooSlowError:
        return [None] * len(missed)
    return None if found is None else [Crowd(*one) for one in found]


def _crowd(missed: PartnerQuery, deadline: float, page: str) -> Crowd | None:
    left = deadline - time.monotonic()
    if left <= 0:
        return None
    try:
        with time_limit(seconds=left, page=page):
            return crowd_of(missed)
    except TooSlowError:
        return None
