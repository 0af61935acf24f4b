"""Segments that most partners are in: no way to find them beats looking at every partner once."""

from tests.benchmarks import handwritten
from tests.benchmarks.asking import SETTINGS, run_sql
from tests.benchmarks.contest import Contestant, Side, best_by_hand, hold
from tests.benchmarks.figures import Bench, Figure, seconds, times

SCAN = {"enable_indexscan": "off", "enable_indexonlyscan": "off", "enable_bitmapscan": "off"}


def run(bench: Bench) -> list[Figure]:
    """Ours beside one sequential scan with the same predicate."""
    figures = []
    for name, definition in bench.questions.items():
        outcome = bench.counts.get(name)
        if outcome is None or not isinstance(outcome.right, int) or outcome.right * 2 < bench.partners:
            continue
        sql = handwritten.counts(definition)["EXISTS"]
        scans = [Contestant("scan", Side.BY_HAND, lambda sql=sql: run_sql(sql)[0][0], {**SETTINGS, **SCAN})]
        hold(scans, right=outcome.right, runs=min(3, bench.runs), rng=bench.rng(name))
        scan, ours = best_by_hand(scans), outcome.find("ours")
        if ours:
            ratio = ours.median / scan.median
            beside = f"{seconds(scan.median)} by one sequential scan: {times(ratio)}"
            figures.append(Figure("Broad", name, seconds(ours.median), beside, "×1.1", ratio <= 1.1))
    return figures
