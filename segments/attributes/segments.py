"""Other segments, asked as they are defined now."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from segments.attributes.base import Menu
from segments.attributes.references import ReferenceAttribute
from segments.constraints import RowConstraint, not_understood
from segments.operators import Operator


@dataclass(frozen=True, kw_only=True)
class SegmentAttribute(ReferenceAttribute):
    """Whether a partner is in other segments. Nothing is stored of them but which they are."""

    to: Any = "segments.Segment"
    """Its name, since the model comes after all that can be asked about."""
    path: str = "pk"
    menu: Menu = Menu.SEGMENTS

    @property
    def names_segments(self) -> bool:
        return True

    @property
    def picks_from(self) -> type[models.Model]:
        return apps.get_model(self.to)

    @property
    def array(self) -> None:
        """It looks at no column."""
        return None

    def asks_logged_rows_alone(self, _operator: Operator) -> bool:
        """What the other segments ask is not known here."""
        return False

    @property
    def text_path(self) -> str:
        return self.path

    def misfits(self) -> Iterator[str]:
        """It looks at no column."""
        yield from ()

    def constraint(self, operator: Operator, value: Any) -> RowConstraint:
        """What the others mean is not looked at: it can change any time."""
        return not_understood(self.key, type(operator), frozenset(value))
