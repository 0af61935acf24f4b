"""What takes how long, beside hand-written SQL and beside others.

    make bench
    make bench PARTNERS=1000000 SEED=7 KEEP=1 DATABASE_URL=postgres://…

Makes databases of its own on the server of DATABASE_URL. KEEP=1 leaves them, and the next run uses them.
"""
# ruff: noqa: T201 - a script that talks

import argparse
import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.benchmarks import report, sections  # noqa: E402 - after setup
from tests.benchmarks.figures import Bench, Figure  # noqa: E402 - once Django is set up
from tests.benchmarks.program import own_database  # noqa: E402 - once Django is set up
from tests.benchmarks.questions import random_ones, representative  # noqa: E402 - once Django is set up


def main() -> None:
    """Run what was asked for, print it, and write it down."""
    options = _options()
    bench = Bench(
        options.partners, options.runs, options.seed, options.keep, not options.no_peers, options.only
    )
    start = time.perf_counter()
    figures: list[Figure] = []
    where = ""
    for size in bench.sizes if "growth" in options.sections else [bench.partners]:
        with own_database(size, keep=bench.keep):
            _choose(bench)
            figures += _run(sections.AT_EVERY_SIZE, bench, options.sections)
            if size == bench.partners:
                where = report.circumstances(bench)
                figures += _run(sections.AT_FULL_SIZE, bench, options.sections)
    figures += _run(sections.AFTERWARDS, bench, options.sections)
    text = report.text_of(bench, figures, where)
    if bench.with_peers and not bench.only and "contests" in options.sections:
        report.write(bench, text)
    print(f"\n{text}")
    print(f"\n{time.perf_counter() - start:.0f} s")


def _choose(bench: Bench) -> None:
    chosen = representative(bench.rng("representative")), random_ones(bench.rng("random"))
    bench.representative, bench.random = (
        {name: one for name, one in questions.items() if bench.only in name} for questions in chosen
    )


def _run(some: dict[str, sections.Section], bench: Bench, wanted: list[str]) -> list[Figure]:
    return [figure for name, section in some.items() if name in wanted for figure in section(bench)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--partners", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--keep", action="store_true", help="leave the databases, and use those left before")
    parser.add_argument("--only", default="", help="only segments with this in their name; writes no page")
    parser.add_argument("--no-peers", action="store_true", help="ours and by hand only; writes no page")
    parser.add_argument("--sections", nargs="+", choices=sections.NAMES, default=sections.NAMES)
    return parser.parse_args()


if __name__ == "__main__":
    main()
