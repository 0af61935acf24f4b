"""Count and first page of every segment: ours, written by hand, and the peers."""

from collections.abc import Callable, Iterable

from tqdm import tqdm

from tests.benchmarks.asking import ask_count, ask_page, truth, unsaid
from tests.benchmarks.contest import Contestant, Outcome, mean_ratio
from tests.benchmarks.figures import Bench, Figure, Question, seconds, times
from tests.benchmarks.ours import columns_in_memory
from tests.benchmarks.peers import PEERS

Ratio = Callable[[Outcome, Contestant], float]
MEAN, WORST = 1.1, 2.0
FASTER = 20
"""How many times as fast as SQL columns are to be."""


def run(bench: Bench) -> list[Figure]:
    """Ask all questions; the outcomes stay with the run."""
    rng = bench.rng("contests")
    peers = PEERS if bench.with_peers else {}
    with columns_in_memory():
        progress = tqdm(bench.questions.items(), desc="Asking", unit=" segments")
        for name, definition in progress:
            progress.set_postfix_str(name)
            number, first = truth(definition)
            bench.counts[name] = ask_count(definition, number, runs=bench.runs, rng=rng, peers=peers)
            if first:
                bench.pages[name] = ask_page(definition, first, runs=bench.runs, rng=rng, peers=peers)
            bench.unsaid[name] = unsaid(definition) if peers else {}
            page = _short(bench.pages[name]) if first else "of nobody"
            progress.write(f"{name}: count {_short(bench.counts[name])}; page {page}")
    figures = []
    for area, outcomes in (("Count", bench.counts), ("First page", bench.pages)):
        figures += [
            *_columns(area, outcomes, bench.questions),
            *_ours(area, outcomes),
            *_peers(area, outcomes),
        ]
    asked = [*bench.counts.values(), *bench.pages.values()]
    wrong = sum(_wrong(name, asked) for name in ("ours", "columns", "columns again"))
    return [*figures, Figure("Answers", "Wrong ones of ours", f"{wrong}", goal="0", met=wrong == 0)]


def _short(outcome: Outcome) -> str:
    ours, best = outcome.find("ours"), outcome.best
    ratio = times(outcome.database_ratio(ours)) if ours else ""
    return f"{seconds(ours.median) if ours else ''} {ratio}, {best.name} {seconds(best.median)}"


def _columns(area: str, outcomes: dict[str, Outcome], questions: dict[str, Question]) -> list[Figure]:
    """How many times as fast as the best by hand columns are, in all: what Python does is what they do.

    The goals are for what was not asked before.
    """
    texts = {name for name in outcomes if _looks_for_texts(questions[name])}
    figures = []
    for way, ratio in (("in turns", Outcome.ratio), ("in a row", Outcome.ratio_alone)):
        faster = _times_as_fast("columns", outcomes, ratio)
        again = mean_ratio([*_times_as_fast("columns again", outcomes, ratio).values()])
        figures.append(_line(area, f"Columns asked again {way}, geometric mean", again, None))
        for kind, names, goal, least in (
            ("without texts", faster.keys() - texts, FASTER, 1.0),
            ("with texts", faster.keys() & texts, None, None),
        ):
            if names:
                mean, worst = mean_ratio([faster[name] for name in names]), min(names, key=faster.__getitem__)
                figures += [
                    _line(area, f"Columns {way}, geometric mean, {kind}", mean, goal),
                    _line(area, f"Columns {way}, least, {kind}: {worst}", faster[worst], least),
                ]
    return figures


def _times_as_fast(name: str, outcomes: dict[str, Outcome], ratio: Ratio) -> dict[str, float]:
    found = {question: (one, one.find(name)) for question, one in outcomes.items()}
    return {question: 1 / ratio(one, us) for question, (one, us) in found.items() if us}


def _looks_for_texts(definition: Question) -> bool:
    """Whether it asks for parts of partners' names, which stay with the database's index."""
    return any(
        one["field"] == "partner_name" and isinstance(one.get("value"), str)
        for group in definition["any"]
        for one in group["all"]
    )


def _line(area: str, what: str, faster: float, goal: float | None) -> Figure:
    beside, met = "as fast as the best by hand", None if goal is None else faster >= goal
    return Figure(area, what, times(faster), beside, times(goal) if goal else "", met)


def _ours(area: str, outcomes: dict[str, Outcome]) -> list[Figure]:
    kinds = {
        "representative": {name: one for name, one in outcomes.items() if not name.startswith("Random")},
        "random": {name: one for name, one in outcomes.items() if name.startswith("Random")},
        "all": outcomes,
    }
    figures = []
    for kind, some in kinds.items():
        if not some:
            continue
        ours = {name: (one, one.find("ours")) for name, one in some.items()}
        database = {name: one.database_ratio(us) for name, (one, us) in ours.items() if us}
        whole = mean_ratio([one.ratio(us) for one, us in ours.values() if us])
        slowest = max(database, key=lambda name: database[name])
        mean, worst = mean_ratio(list(database.values())), database[slowest]
        beside = "the best by hand, in the database"
        figures += [
            Figure(area, f"Geometric mean, {kind}", times(mean), beside, f"×{MEAN}", mean <= MEAN),
            Figure(area, f"Worst, {kind}: {slowest}", times(worst), beside, f"×{WORST}", worst <= WORST),
            Figure(area, f"Geometric mean, {kind}", times(whole), "the same, with the time in Python"),
        ]
    return figures


def _peers(area: str, outcomes: dict[str, Outcome]) -> list[Figure]:
    figures = []
    for peer in PEERS:
        asked = {name: found for name, one in outcomes.items() if (found := one.find(peer))}
        if not asked:
            continue
        ratios = [outcomes[name].ratio(found) for name, found in asked.items()]
        ours = [outcomes[name].ratio(us) for name in asked if (us := outcomes[name].find("ours"))]
        mean, beside = mean_ratio(ratios), mean_ratio(ours)
        wrong = _wrong(peer, outcomes.values())
        what = f"{peer}: {len(asked)} of {len(outcomes)} segments, {wrong} wrong; worst {times(max(ratios))}"
        figures.append(
            Figure(
                area,
                what,
                times(mean),
                f"ours {times(beside)}, with the time in Python",
                "slower",
                mean > beside,
            )
        )
    return figures


def _wrong(name: str, outcomes: Iterable[Outcome]) -> int:
    found = [(one, one.find(name)) for one in outcomes]
    return sum(1 for one, us in found if us and us.answer is not None and not one.is_right(us))
