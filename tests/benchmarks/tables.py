"""The tables of a run, as they stand on the screen and in the documentation."""

from tests.benchmarks.contest import CAP, Contestant, Outcome, Side
from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.peers import PEERS

BEGIN, END = "<!-- made by make bench -->", "<!-- end of what make bench made -->"
COLUMNS = ["ours", "in the database", "best by hand", "its form", "times", *PEERS]


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown, its columns as wide as they need to be."""
    cells = [columns, *rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]

    def line(row: list[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"

    return "\n".join([line(columns), line(["-" * width for width in widths]), *map(line, rows)])


def figures_table(figures: list[Figure]) -> str:
    """One line a figure; goals are met or not."""
    verdicts = {None: "", True: "met", False: "**not met**"}
    columns = ["", "What", "Figure", "Beside", "Goal", ""]
    return table(
        columns,
        [[one.area, one.what, one.figure, one.beside, one.goal, verdicts[one.met]] for one in figures],
    )


def contests_table(bench: Bench, outcomes: dict[str, Outcome], *, counts: bool) -> str:
    """One line a segment."""
    columns = ["Segment", *(["Partners"] if counts else []), *COLUMNS]
    rows = []
    for name, outcome in outcomes.items():
        partners = [f"{outcome.right:,}"] if isinstance(outcome.right, int) else []
        rows.append([name, *partners, *_cells(outcome, bench.unsaid[name])])
    return table(columns, rows)


def _cells(outcome: Outcome, unsaid: dict[str, str]) -> list[str]:
    best, ours = outcome.best, outcome.find("ours")
    cells = [_time(outcome, ours), seconds(ours.database) if ours else "–", _time(outcome, best), best.name]
    cells.append(times(outcome.database_ratio(ours)) if ours else "–")
    for peer in PEERS:
        found = outcome.find(peer)
        cells.append(_time(outcome, found) if found else f"– ({unsaid[peer]})" if peer in unsaid else "–")
    return cells


def _time(outcome: Outcome, contestant: Contestant | None) -> str:
    if contestant is None:
        return "–"
    if contestant.stopped:
        return f"> {CAP:.0f} s"
    text = seconds(contestant.median)
    if contestant.side is Side.PEER:
        text += f" ({times(outcome.ratio(contestant))})"
    if contestant.left:
        text = f"> {text}"
    return text if outcome.is_right(contestant) else f"**wrong**, {text}"


def between_marks(page: str, made: str) -> str:
    """The page with what was made in the place of what was made before."""
    before, begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page has to have the marks {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"
