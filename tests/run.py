"""The whole suite: on SQLite with the browser tests, then on PostgreSQL.

Says which part it leaves out where PostgreSQL or Chromium is missing; with REQUIRE_ALL=1 that is an error.
What is slow runs on SQLite alone. With TEST_PROFILE=ci it runs on both, draws every example of every law,
does all that `tests.laws.IN_FULL` leaves to such a run, and measures the coverage of both runs together.
With --fast it runs on SQLite alone, with the fewest examples, and leaves out the browser and what is slow.
"""
# ruff: noqa: T201 - a script that talks

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
POSTGRESQL_URL = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/partner_segments"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
MAX_WORKERS = "8"
IN_PARALLEL = ("-n", "auto", "--maxprocesses", MAX_WORKERS, "--dist", "worksteal")
WITH_COVERAGE = ("--cov", "--cov-append", "--cov-report=", "--cov-fail-under=0")


def postgresql_answers() -> bool:
    server = urlsplit(POSTGRESQL_URL)._replace(path="/postgres").geturl()
    try:
        psycopg.connect(server, connect_timeout=60).close()
    except psycopg.OperationalError:
        return False
    return True


def new_seed() -> str:
    return os.environ.get("SEED") or str(random.randrange(2**32))


def run(*arguments: str, **environment: str) -> bool:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode == 0


def suite(database: str, url: str, seed: str, *arguments: str, **environment: str) -> bool:
    print(f"\nOn {database}, in the order and with the examples of seed {seed}:", flush=True)
    seeds = (f"--randomly-seed={seed}", f"--hypothesis-seed={seed}")
    return run("pytest", "-q", *IN_PARALLEL, *seeds, *arguments, DATABASE_URL=url, **environment)


def fast() -> int:
    chosen = ("-m", "not browser and not slow")
    return 0 if suite("SQLite", "sqlite://:memory:", new_seed(), *chosen, TEST_PROFILE="fast") else 1


def main() -> int:
    browser = any(map(shutil.which, CHROMIUM_NAMES))
    postgresql = postgresql_answers()
    left_out = []
    if not browser:
        left_out.append(f"the browser tests (none of {', '.join(CHROMIUM_NAMES)} is on the PATH)")
    if not postgresql:
        left_out.append("the run on PostgreSQL (nothing answers at 127.0.0.1:5432 or TEST_DATABASE_URL)")
    for part in left_out:
        print(f"Left out: {part}", flush=True)
    if left_out and os.environ.get("REQUIRE_ALL") == "1":
        print("REQUIRE_ALL=1: nothing may be left out.")
        return 1
    measured = os.environ.get("TEST_PROFILE") == "ci"
    seed = new_seed()
    with TemporaryDirectory() as folder:
        coverage = {"COVERAGE_FILE": f"{folder}/coverage"}
        with_coverage = WITH_COVERAGE if measured else ()
        chosen = () if browser else ("-m", "not browser")
        passed = suite("SQLite", "sqlite://:memory:", seed, *with_coverage, *chosen, **coverage)
        if postgresql:
            chosen = ("-m", "not browser and not once" + ("" if measured else " and not slow"))
            passed = suite("PostgreSQL", POSTGRESQL_URL, seed, *with_coverage, *chosen, **coverage) and passed
        if measured:
            # What only the parts left out would have run is no reason to fail.
            gate = ("--fail-under=0",) if left_out else ()
            passed = run("coverage", "report", *gate, **coverage) and passed
    print(f"\nAgain in the same order, with the same examples: make test SEED={seed}")
    for part in left_out:
        print(f"Left out: {part}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(fast() if "--fast" in sys.argv else main())
