"""Segments that most partners are in: no way to find them beats looking at every partner once."""

from tests.benchmarks import handwritten
from tests.benchmarks.asking import SETTINGS, run_sql, truth
from tests.benchmarks.contest import Contestant, Side, hold
from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.ours import members_of

SCAN = {"enable_indexscan": "off", "enable_indexonlyscan": "off", "enable_bitmapscan": "off"}


def run(bench: Bench) -> list[Figure]:
    """Ours beside one sequential scan with the same predicate, in turns."""
    figures = []
    for name, definition in bench.questions.items():
        number, _first = truth(definition)
        if number * 2 < bench.partners:
            continue
        sql = handwritten.counts(definition)["EXISTS"]
        ours = Contestant("ours", Side.OURS, lambda one=definition: members_of(one).count, SETTINGS)
        scan = Contestant("scan", Side.BY_HAND, lambda sql=sql: run_sql(sql)[0][0], {**SETTINGS, **SCAN})
        hold([ours, scan], right=number, runs=bench.runs, rng=bench.rng(name))
        ratio = ours.database / scan.database
        beside = f"{seconds(scan.database)} by one sequential scan: {times(ratio)}"
        figures.append(Figure("Broad", name, seconds(ours.database), beside, "×1.1", ratio <= 1.1))
    return figures
