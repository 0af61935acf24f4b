"""All that asks the database, behind PgBouncer in transaction mode: `make pgbouncer`.

A cluster of its own, PgBouncer in front of it, and the tests that ask the database. Each transaction gets
another connection than the last one. Arguments are pytest's: files, to run these alone, or options.

On Debian: apt install pgbouncer postgresql
"""

import os
import subprocess
import sys

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests.config.production.servers import (  # noqa: E402 - once Django is set up
    CONNECTIONS,
    ROOT,
    made_clusters,
    pgbouncer,
    until,
)

CHOSEN = "not browser and not once and not slow and not session"
"""The browser's share one connection with their test, and so one transaction."""
PYTEST = ("pytest", "-q", "-p", "tests.committing", "--reuse-db", "-m", CHOSEN)


def main(*arguments: str) -> int:
    """Run them, once it is seen that connections do change."""
    # Statistics of a table that was empty a moment ago would mislead the planner more than none.
    with made_clusters() as new, pgbouncer(new().make(autovacuum="off")) as url:
        until(lambda: len(lent(url)) == CONNECTIONS, "one connection after the other is lent")
        variables = {"DATABASE_URL": url, "DISABLE_SERVER_SIDE_CURSORS": "1"}
        command = [sys.executable, "-m", *PYTEST, *arguments]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode


def lent(url: str) -> set[int]:
    """The numbers of the processes that answer a few transactions of one client."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as client:
        asked = [client.execute("SELECT pg_backend_pid()") for _time in range(2 * CONNECTIONS)]
        return {pid for answer in asked for (pid,) in answer}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
