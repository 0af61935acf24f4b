"""How many partners a segment would have with one more choice among what limits the rows that it counts."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from segments.arrays import Array, Mask, Values
from segments.conditions import CATALOG
from segments.definition import Condition
from segments.insight.choices import ChoiceNumbers, Picker, decided_by
from segments.query.columns.evaluation import Evaluator, listed_column, mask_of_counts
from segments.query.columns.histogram import partners_moved_by_value
from segments.query.columns.state import BlockRows


@dataclass(frozen=True)
class LimitPicker(Picker):
    """The list of a limit of a condition that counts."""

    place: int
    """That of the limit among the condition's."""

    @property
    def limit(self) -> Condition:
        """The limit."""
        return self.asked.where[self.place]

    @property
    def negative(self) -> bool:
        """Whether rows that have what is chosen are not counted."""
        return CATALOG[self.limit.field].operator(self.limit.operator).negative

    def numbers(self, masks: Evaluator) -> ChoiceNumbers | None:
        """From the rows that a choice adds to those which are counted, or takes from them.

        Of a partner with c rows that are counted, and n rows that a choice is about, c + n are counted for
        “any of”, c - n for “none of”. Who meets the condition with just one of both numbers enters or leaves.
        """
        column, relation = listed_column(self.limit), CATALOG[self.asked.field].counts
        rows = masks.state.rows(relation) if relation else None
        if column is None or rows is None or rows.values(column) is None:
            return None
        found = self._counted(rows, masks)
        counts = rows.counts(found[0]) if found else None
        meeting = mask_of_counts(self.asked, counts) if counts else None
        if found is None or counts is None or meeting is None:
            return None
        counted, others = found
        rest = self.others()
        met = masks.of_group(replace(self.whole, all=rest)) if rest else masks.state.everybody()
        deciding, size = decided_by(self.definition, self.group, met & meeting, masks)
        added = counted if self.negative else others & ~counted
        moved = partners_moved_by_value(
            rows, column, added, met & deciding, counts, lambda *numbers: self._moved(counts, *numbers)
        )
        sizes = {column.encoding.value(number): size + change for number, change in moved.items()}
        return ChoiceNumbers({str(key): number for key, number in sizes.items() if key is not None}, size)

    def _counted(self, rows: BlockRows, masks: Evaluator) -> tuple[Mask, Mask] | None:
        """The rows that are counted, and those that meet the other limits; None where no mask can tell."""
        limits = self.asked.where
        others = masks.rows_meeting(limits[: self.place] + limits[self.place + 1 :], rows, as_asked=True)
        if others is None:
            return None
        if not self.chosen:
            # “Any of nothing” is no row, “none of nothing” is every one.
            return (others if self.negative else others & ~others), others
        counted = masks.rows_meeting(limits, rows, as_asked=True)
        return None if counted is None else (counted, others)

    def _moved(self, counts: Values, before: Array, added: Array) -> Array:
        """1 for who enters, -1 for who leaves: by the rows that are counted and those a choice is about."""

        def meets(numbers: Array) -> Array:
            met = cast("Mask", mask_of_counts(self.asked, replace(counts, parts=(numbers,))))
            return np.unpackbits(met.parts[0], count=len(numbers)).astype(np.int64)

        after = before - added if self.negative else before + added
        return (meets(after) - meets(before)) * (-1 if self.is_exception else 1)
