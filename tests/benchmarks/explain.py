"""How the database carries out ours and the best hand-written form, beside each other, segment by segment.

    KEEP=1 make bench PARTNERS=1000000 DATABASE_URL=…
    python -m tests.benchmarks.explain --partners 1000000 [--only "Or of"] [--pages]

Uses the database that `make bench` has kept, or makes it.
"""
# ruff: noqa: T201 - a script that talks

import argparse
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402 - after setup

from tests.benchmarks import handwritten  # noqa: E402 - once Django is set up
from tests.benchmarks.asking import LENGTH, SETTINGS, ask_count, ask_page, run_sql, truth  # noqa: E402 - once Django is set up
from tests.benchmarks.contest import Outcome  # noqa: E402 - once Django is set up
from tests.benchmarks.figures import Bench, seconds, times  # noqa: E402 - once Django is set up
from tests.benchmarks.ours import members_of  # noqa: E402 - once Django is set up
from tests.benchmarks.program import own_database  # noqa: E402 - once Django is set up
from tests.benchmarks.questions import random_ones, representative  # noqa: E402 - once Django is set up

RUNS = 2


def main() -> None:
    """Print the plans."""
    options = _options()
    bench = Bench(options.partners, RUNS, options.seed)
    with own_database(options.partners, keep=True):
        bench.representative = representative(bench.rng("representative"))
        bench.random = random_ones(bench.rng("random"))
        for name, definition in bench.questions.items():
            if options.only in name:
                _show(name, definition, bench, pages=options.pages)


def _show(name: str, definition: dict[str, Any], bench: Bench, *, pages: bool) -> None:
    number, first = truth(definition)
    rng = bench.rng("explain")
    if pages:
        outcome, forms = ask_page(definition, first, runs=RUNS, rng=rng), handwritten.pages(definition)
    else:
        outcome, forms = ask_count(definition, number, runs=RUNS, rng=rng), handwritten.counts(definition)
    print(f"\n{'=' * 100}\n{name}: {number:,} partners\n")
    for sql, plan in _plans_of_ours(definition, pages=pages):
        print(f"-- ours, {_how_long(outcome, 'ours')}\n{sql}\n\n{plan}\n")
    best = outcome.best.name
    sql = forms[best]
    print(f"-- by hand: {outcome.best.name}, {_how_long(outcome, outcome.best.name)}\n{sql}\n")
    print(explain(sql, SETTINGS))


def _how_long(outcome: Outcome, name: str) -> str:
    found = outcome.find(name)
    return f"{seconds(found.median)}, {times(outcome.ratio(found))}" if found else "–"


def _plans_of_ours(definition: dict[str, Any], *, pages: bool) -> list[tuple[str, str]]:
    """What the program asks, statement by statement; each is explained where it is asked."""
    plans: list[tuple[str, str]] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip("( ").upper().startswith(("SELECT", "WITH")):
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"{_EXPLAIN[connection.vendor]} {sql}", params or None)
                plans.append((sql, _text(cursor.cursor.fetchall())))
        return execute(sql, params, many, context)

    members = members_of(definition)
    counted = members.count if pages else None
    with connection.execute_wrapper(explained):
        if counted is None:
            counted = members.count
        else:
            members.page(LENGTH)
    return plans


_EXPLAIN = {"postgresql": "EXPLAIN (ANALYZE, BUFFERS)", "sqlite": "EXPLAIN QUERY PLAN"}


def explain(sql: str, settings: dict[str, str] | None) -> str:
    """The plan of one statement."""
    return _text(run_sql(f"{_EXPLAIN[connection.vendor]} {sql}", settings))


def _text(rows: list[Any]) -> str:
    return "\n".join(str(row[-1]) for row in rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plans of ours beside those of the best hand-written SQL.")
    parser.add_argument("--partners", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--only", default="", help="only segments with this in their name")
    parser.add_argument("--pages", action="store_true", help="the first page instead of the count")
    return parser.parse_args()


if __name__ == "__main__":
    main()
