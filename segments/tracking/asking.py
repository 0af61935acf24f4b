"""What a run asks: who was in the segment at the last good run, and who is in it now, step by step.

Each step differs from the one before in one thing, so that each has one cause:

1. the definition of the last run, on its day: what differs from the stays is due to data;
2. the same on today's day: what differs from step 1 is due to time;
3. today's definition: what differs from step 2 is due to that.

A step that asks the same as the one before is left out. An event's cause is that of the last step which
changed it, so a partner who leaves in one step and is back in another has not moved at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from partners.core.moment import Moment
from partners.core.snapshot import snapshot
from partners.models import Partner
from segments.arrays import Array
from segments.days import Days
from segments.definition import Definition
from segments.definition_cache import NOBODY
from segments.errors import DefinitionError
from segments.models import Cause, Segment, SegmentVersion, Stay, Tracking
from segments.nesting import reachable, read_afresh, trouble, with_all_named
from segments.query.columns.reading import read_ids
from segments.query.members import ids_of


class CannotAskError(Exception):
    """The segment can't be asked; the message says why."""


@dataclass(frozen=True)
class Moves:
    """Who has entered and who has left, as sorted Partner IDs by cause."""

    entered: Mapping[Cause, Array]
    left: Mapping[Cause, Array]

    @property
    def number_entered(self) -> int:
        """How many entered."""
        return sum(map(len, self.entered.values()))

    @property
    def number_left(self) -> int:
        """How many left."""
        return sum(map(len, self.left.values()))

    @property
    def guarded(self) -> int:
        """How many moved through data, time or a deletion: of moves of these causes alone a run is held."""
        both = (self.entered, self.left)
        causes = (Cause.DATA, Cause.TIME, Cause.DELETED)
        return sum(len(one.get(cause, ())) for one in both for cause in causes)


@dataclass(frozen=True)
class RunResult:
    """What a run found, of one snapshot."""

    moves: Moves
    before: int
    """How many were in the segment before."""
    size: int
    revision: int
    asked: dict[str, int]
    """As of `Tracking.asked`."""
    last_run: int | None
    """The run whose stays it continues."""


def ask(segment: int, moment: Moment) -> RunResult:
    """Ask a tracked segment, by primary key, at a moment; CannotAskError says why that is impossible."""
    with snapshot():
        tracking = Tracking.objects.select_related("segment", "last_run").get(segment=segment)
        moment = read_afresh(moment)
        definition = _definition(tracking.segment, moment)
        asked = _revisions(tracking.segment, definition, moment)
        steps = _steps(tracking, definition, asked, moment)
        before = members(segment)
        after = steps[-1][1]
        return RunResult(
            moves=_with_deleted(_moves(before, steps)),
            before=len(before),
            size=len(after),
            revision=tracking.segment.revision,
            asked=asked,
            last_run=tracking.last_run_id,
        )


def members(segment: int) -> Array:
    """The Partner IDs of the open stays, in ascending order."""
    found = Stay.objects.open().filter(segment=segment).order_by().values_list("partner_id", flat=True)
    return np.sort(read_ids(found))


def _definition(segment: Segment, moment: Moment) -> Definition:
    """What it asks now. A broken segment has no partners, but that is no reason to let all of them leave."""
    try:
        definition = segment.read()
    except DefinitionError as error:
        raise CannotAskError(str(error)) from error
    if problem := trouble(definition, moment, own=segment.pk, name=segment.name):
        raise CannotAskError(problem)
    return definition


def _revisions(segment: Segment, definition: Definition, moment: Moment) -> dict[str, int]:
    named = Segment.objects.filter(pk__any_of=sorted(reachable([definition], moment)))
    return {str(segment.pk): segment.revision} | {
        str(key): revision for key, revision in named.order_by().values_list("pk", "revision")
    }


def _steps(
    tracking: Tracking, definition: Definition, asked: dict[str, int], moment: Moment
) -> list[tuple[Cause, Array]]:
    """The causes in the order of the steps, each with the partners then."""
    last = tracking.last_run
    if last is None or last.day is None:
        return [(Cause.START, ids_of(definition, moment))]
    steps = []
    changed = asked != tracking.asked
    old = _as_last_asked(tracking, moment) if changed else (definition, moment)
    if old is None:
        # A segment that the old definition named is gone with its versions, or is not tracked any more: what
        # it would have now is unknown.
        return [(Cause.DEFINITION, ids_of(definition, moment))]
    if last.day != moment.today and _depends_on_today(*old):
        steps.append((Cause.DATA, ids_of(old[0], _on(last.day, old[1]))))
    steps.append((Cause.TIME if steps else Cause.DATA, ids_of(*old)))
    if changed:
        steps.append((Cause.DEFINITION, ids_of(definition, moment)))
    return steps


def _as_last_asked(tracking: Tracking, moment: Moment) -> tuple[Definition, Moment] | None:
    """The definition of the last good run, and the moment with those of the segments that it named.

    None where some are not kept any more, or it can't be asked now.
    """
    found: dict[int, tuple[str, Definition]] = {}
    for key, revision in tracking.asked.items():
        version = SegmentVersion.objects.filter(segment=int(key), revision=revision).first()
        if version is None or version.understood_or_nobody() is NOBODY:
            return None
        found[int(key)] = version.name, version.read()
    definition, moment = found[tracking.segment_id][1], read_afresh(moment, known=found)
    return None if trouble(definition, moment) else (definition, moment)


def _depends_on_today(definition: Definition, moment: Moment) -> bool:
    asked = with_all_named([definition], moment)
    values = (one.value for each in asked for one in each.conditions())
    return any(isinstance(value, Days) and value.is_relative for value in values)


def _on(day: date, moment: Moment) -> Moment:
    """The same moment, as if it were that day."""
    return replace(moment, instant=moment.start_of(day))


def _moves(before: Array, steps: Sequence[tuple[Cause, Array]]) -> Moves:
    inside, changed = before, []
    for cause, ids in steps:
        changed.append((cause, np.setxor1d(inside, ids, assume_unique=True)))
        inside = ids
    moved = np.unique(np.concatenate([ids for _cause, ids in changed]))
    causes = np.zeros(len(moved), np.int8)
    for cause, ids in changed:
        causes[np.searchsorted(moved, ids)] = cause

    def by_cause(ids: Array) -> dict[Cause, Array]:
        of_these = causes[np.searchsorted(moved, ids)]
        return {cause: ids[of_these == cause] for cause in Cause if (of_these == cause).any()}

    return Moves(
        entered=by_cause(np.setdiff1d(inside, before, assume_unique=True)),
        left=by_cause(np.setdiff1d(before, inside, assume_unique=True)),
    )


def _with_deleted(moves: Moves) -> Moves:
    """The same, with a cause of its own for partners who left because there is no such partner any more."""
    if not moves.left:
        return moves
    left = np.sort(np.concatenate(list(moves.left.values())))
    there = read_ids(Partner.objects.filter(pk__any_of=left.tolist()).order_by().values_list("pk", flat=True))
    gone = np.setdiff1d(left, there, assume_unique=True)
    rest = {cause: np.setdiff1d(ids, gone, assume_unique=True) for cause, ids in moves.left.items()}
    by_cause = {cause: ids for cause, ids in {**rest, Cause.DELETED: gone}.items() if len(ids)}
    return replace(moves, left=by_cause)
