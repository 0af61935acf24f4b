"""How many rows of a program are in each stage: by columns in memory, in milliseconds for however many."""

from segments.conditions import CATALOG
from segments.definition import Condition
from segments.query.columns.evaluation import Evaluator
from segments.query.columns.histogram import partners_by_value


def rows_by_stage(masks: Evaluator, field: str, *meeting: Condition) -> dict[str, int] | None:
    """Of the rows that meet all of these conditions; None where no mask can tell.

    `field` is the key of the catalog's field for the stage, whose rows they are.
    """
    column = CATALOG[field].array
    rows = masks.state.rows(CATALOG[field].relation)
    met = masks.rows_meeting(meeting, rows) if rows else None
    if column is None or rows is None or met is None:
        return None
    numbers = partners_by_value(rows, column, met, masks.state.everybody(), each_row=True)
    stages = {column.encoding.value(code): number for code, number in numbers.items()}
    return {str(stage): number for stage, number in stages.items() if stage}
