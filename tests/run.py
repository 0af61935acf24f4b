"""The whole suite: on SQLite with the browser tests and, beside it, on PostgreSQL; with the coverage of both.

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


def start_suite(folder: str, database: str, url: str, *, browser: bool) -> subprocess.Popen[bytes]:
    """Browsers wait a lot: two suites at once take hardly longer than one. Each writes its own report."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        WORKERS,
        "--dist",
        "worksteal",
        "--cov",
        "--cov-report=",
        "--cov-fail-under=0",
        *(() if browser else ("-m", "not browser")),
    ]
    environment = {"DATABASE_URL": url, "COVERAGE_FILE": f"{folder}/coverage.{database}"}
    with Path(folder, database).open("wb") as report:
        return subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=report, stderr=subprocess.STDOUT
        )


def report(folder: str, database: str, suite: "subprocess.Popen[bytes]") -> bool:
    passed = suite.wait() == 0
    print(f"\nOn {database}:\n{Path(folder, database).read_text()}", flush=True)
    return passed


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
        suites = {"SQLite": start_suite(folder, "SQLite", "sqlite://:memory:", browser=browser)}
        if postgresql:
            suites["PostgreSQL"] = start_suite(folder, "PostgreSQL", POSTGRESQL_URL, browser=False)
        reports = [report(folder, database, suite) for database, suite in suites.items()]
        passed = all(reports)
        coverage_file = f"{folder}/coverage"
        run("coverage", "combine", "-q", folder, COVERAGE_FILE=coverage_file)
        # What only the parts left out would have run is no reason to fail.
        gate = ("--fail-under=0",) if left_out else ()
        covered = run("coverage", "report", *gate, COVERAGE_FILE=coverage_file)
    for part in left_out:
        print(f"Left out: {part}")
    return 0 if passed and covered else 1


if __name__ == "__main__":
    sys.exit(main())
