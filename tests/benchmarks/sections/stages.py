"""The bulk edit of stages beside one hand-written statement and beside saving row by row."""

from statistics import median

from django.contrib.auth.models import User
from tqdm import tqdm

from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.program import own_database
from tests.benchmarks.stage_edits import WAYS, put_back, undo

MAX_ROWS = 100_000


def run(bench: Bench) -> list[Figure]:
    """As many contracts as a tenth of the partners, in a database of their own: they are all changed."""
    number = min(MAX_ROWS, max(100, bench.partners // 10))
    spent: dict[str, list[float]] = {way: [] for way in WAYS}
    undone: list[tuple[float, int]] = []
    with own_database(number, purpose="_stages"):
        user = User.objects.create_superuser("bench")
        for _run in tqdm(range(bench.runs), desc="Moving stages", unit=" rounds"):
            for way, move in WAYS.items():
                put_back()
                spent[way].append(move(number, user))
            put_back()
            undone.append(undo(number, user))
    first, *others = WAYS
    fastest = median(spent[first])
    figures = [
        Figure(
            "Bulk edit of stages",
            f"{number:,} contracts by {way}",
            seconds(median(spent[way])),
            f"{seconds(fastest)} by {first}: {times(median(spent[way]) / fastest)}",
        )
        for way in others
    ]
    taken, along = median(seconds_of for seconds_of, _along in undone), undone[0][1]
    what = f"{number:,} contracts undone right after"
    return [*figures, Figure("Bulk edit of stages", what, seconds(taken), f"{along:,} partners moved along")]
