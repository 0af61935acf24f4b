"""The program's own answers, through the one door that screens use."""

from typing import Any

from partners.core.moment import Moment
from segments.definition import Definition
from segments.query.base import SegmentQuery
from segments.query.members import segment_query


def members_of(definition: dict[str, Any]) -> SegmentQuery:
    """The partners of a definition."""
    return segment_query(Definition.from_json(definition), Moment.now())
