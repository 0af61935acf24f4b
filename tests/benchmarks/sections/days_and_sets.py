"""Count and first page of segments with days, counts, other segments and exceptions, beside SQL by hand."""

from partners.core.moment import Moment
from tests.benchmarks import days_and_sets
from tests.benchmarks.asking import SETTINGS, by_hand, run_sql
from tests.benchmarks.contest import Contestant, Outcome, Side, hold, mean_ratio
from tests.benchmarks.days_and_sets import Written
from tests.benchmarks.figures import Bench, Figure, seconds, times
from tests.benchmarks.handwritten import LENGTH
from tests.benchmarks.ours import members_of
from tests.benchmarks.sections.contests import MEAN, WORST

AREA = "Days and sets"


def run(bench: Bench) -> list[Figure]:
    """A line for each, and the mean and the worst of both."""
    figures: list[Figure] = []
    counts: dict[str, Outcome] = {}
    pages: dict[str, Outcome] = {}
    with days_and_sets.another_segment() as key:
        for name, written in days_and_sets.written(Moment.now().today, key).items():
            counts[name], pages[name] = _count(bench, name, written), _page(bench, name, written)
            shown = (_beside(outcome) for outcome in (counts[name], pages[name]))
            figures.append(Figure(AREA, name, *shown))
    for what, outcomes in (("Count", counts), ("First page", pages)):
        ratios = {name: one.database_ratio(one.contestants[0]) for name, one in outcomes.items()}
        name = max(ratios, key=ratios.__getitem__)
        mean, worst = mean_ratio([*ratios.values()]), ratios[name]
        figures += [
            Figure(AREA, f"{what}, mean", times(mean), "the best by hand", f"×{MEAN}", mean <= MEAN),
            Figure(AREA, f"{what}, worst: {name}", times(worst), "", f"×{WORST}", worst <= WORST),
        ]
    return figures


def _count(bench: Bench, name: str, written: Written) -> Outcome:
    ours = Contestant("ours", Side.OURS, lambda: members_of(written.definition).count, SETTINGS)
    others = [by_hand(form, sql, count=True) for form, sql in written.counts().items()]
    right = run_sql(written.counts()["WHERE 1"])[0][0]
    return hold([ours, *others], right=right, runs=bench.runs, rng=bench.rng(name))


def _page(bench: Bench, name: str, written: Written) -> Outcome:
    members = members_of(written.definition)
    assert members.count is not None

    def first() -> tuple[int, ...]:
        return tuple(one.pk for one in members.page(LENGTH))

    others = [by_hand(form, sql, count=False) for form, sql in written.pages().items()]
    contestants = [Contestant("ours", Side.OURS, first, SETTINGS), *others]
    return hold(contestants, right=first(), runs=bench.runs, rng=bench.rng(f"page {name}"))


def _beside(outcome: Outcome) -> str:
    ours = outcome.contestants[0]
    return f"{seconds(ours.median)} {times(outcome.database_ratio(ours))}, {outcome.best.name}"
