"""The parts of a run. Each takes the run and returns its lines of the table. To add one, add it here."""

from collections.abc import Callable

from tests.benchmarks.figures import Bench, Figure
from tests.benchmarks.sections import (
    broad,
    columns,
    contests,
    days_and_sets,
    deep_pages,
    exports,
    funnel,
    growth,
    imports,
    previews,
    saved_segments,
    screens,
    stages,
    tracking,
)

Section = Callable[[Bench], list[Figure]]

AT_EVERY_SIZE: dict[str, Section] = {"growth": growth.measure}
"""Run in the database of each size."""
AT_FULL_SIZE: dict[str, Section] = {
    "contests": contests.run,
    "columns": columns.run,
    "days": days_and_sets.run,
    "broad": broad.run,
    "pages": deep_pages.run,
    "previews": previews.run,
    "funnel": funnel.run,
    "screens": screens.run,
    "tracking": tracking.run,
    "saved": saved_segments.run,
    "exports": exports.run,
}
"""Run in the largest database. None of them may change a row for good."""
AFTERWARDS: dict[str, Section] = {"growth": growth.compare, "stages": stages.run, "imports": imports.run}
"""Run outside: each makes the database that it needs."""
NAMES = sorted({*AT_EVERY_SIZE, *AT_FULL_SIZE, *AFTERWARDS})
