"""Segments with their versions, and the history of tracked ones."""

from segments.causes import Cause
from segments.models.segment import (
    REFERENCED,
    Segment,
    SegmentFavourite,
    SegmentQuerySet,
    SegmentReference,
    SegmentTag,
)
from segments.models.tracking import (
    Frequency,
    Run,
    RunKind,
    RunState,
    SegmentDay,
    Stay,
    Tracking,
    Worker,
)
from segments.stored import BROKEN
from segments.versions import SegmentVersion

__all__ = [
    "BROKEN",
    "REFERENCED",
    "Cause",
    "Frequency",
    "Run",
    "RunKind",
    "RunState",
    "Segment",
    "SegmentDay",
    "SegmentFavourite",
    "SegmentQuerySet",
    "SegmentReference",
    "SegmentTag",
    "SegmentVersion",
    "Stay",
    "Tracking",
    "Worker",
]
