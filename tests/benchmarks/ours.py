"""The program's own answers, through the one door that screens use."""

from typing import Any

from segments.definition import Definition
from segments.query.members import Members


def members_of(definition: dict[str, Any]) -> Members:
    """The partners of a definition."""
    return Members(Definition.from_json(definition))
