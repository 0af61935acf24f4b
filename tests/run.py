"""The whole suite: on SQLite with the browser tests, then on PostgreSQL; the coverage is that of both.

Says which part it leaves out where PostgreSQL or Chromium is missing; with REQUIRE_ALL=1 that is an error.
"""
# ruff: noqa: T201 - a script that talks

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

ROOT = Path(__file__).resolve().parent.parent
POSTGRESQL_URL = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/partner_segments"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
WORKERS = "2"
WITH_COVERAGE = ("--cov", "--cov-append", "--cov-report=", "--cov-fail-under=0")


def postgresql_answers() -> bool:
    server = POSTGRESQL_URL.rpartition("/")[0] + "/postgres"
    try:
        psycopg.connect(server, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def run(*arguments: str, **environment: str) -> bool:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode == 0


def suite(database: str, url: str, *arguments: str, **environment: str) -> bool:
    print(f"\nOn {database}:", flush=True)
    # A failure here can be repeated; pytest by itself shuffles anew each time.
    seed = "--randomly-seed=2026"
    return run(
        "pytest",
        "-q",
        "-n",
        WORKERS,
        "--dist",
        "worksteal",
        seed,
        *arguments,
        DATABASE_URL=url,
        **environment,
    )


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
    with TemporaryDirectory() as folder:
        coverage = {"COVERAGE_FILE": f"{folder}/coverage"}
        chosen = () if browser else ("-m", "not browser")
        passed = suite("SQLite", "sqlite://:memory:", *WITH_COVERAGE, *chosen, **coverage)
        if postgresql:
            chosen = ("-m", "not browser and not once")
            passed = suite("PostgreSQL", POSTGRESQL_URL, *WITH_COVERAGE, *chosen, **coverage) and passed
        # What only the parts left out would have run is no reason to fail.
        gate = ("--fail-under=0",) if left_out else ()
        covered = run("coverage", "report", *gate, **coverage)
    for part in left_out:
        print(f"Left out: {part}")
    return 0 if passed and covered else 1


if __name__ == "__main__":
    sys.exit(main())
