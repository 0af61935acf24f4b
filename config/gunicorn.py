"""How Gunicorn serves the program: `gunicorn --config python:config.gunicorn config.wsgi`.

Each setting has a variable in docs/operating.md, or is what the program needs to work.
"""

import os
import tempfile
from typing import Any

from config.environment import env, told_in_one_line
from config.logs import configuration

with told_in_one_line():
    bind = env.str("BIND", "127.0.0.1:8000")
    # Each process keeps its own columns in memory, so there are no more than the cores can use; and no more
    # than PostgreSQL's usual 100 connections allow, for in a container all cores of its host are counted.
    workers = env.whole_number("WEB_CONCURRENCY", str(min(max(2, os.cpu_count() or 1), 8)))
    # Most of them wait, for the database or for who reads a file (`config.fair_worker`).
    threads = env.whole_number("WEB_THREADS", "8")
    as_json = env.log_format("LOG_FORMAT", "plain") == "json"
    if env.str("METRICS_TOKEN", ""):
        # Where the processes leave their metrics, so that any of them can tell those of all.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="metrics-"))

if as_json:
    # Gunicorn's own lines go where those of the program go.
    logconfig_dict = configuration(as_json=True)
    logconfig_dict["loggers"]["gunicorn.error"] = {"level": "INFO", "propagate": True}

# Nothing asks Gunicorn by its own socket, and its folder may be none that can be written.
control_socket_disable = True
worker_class = "config.fair_worker.FairWorker"
# What comes by a connection that is kept open comes to one process, whatever that has to do.
keepalive = 0
# For the process as a whole: a request lasts as long as its page limit, its file or its reader.
timeout = 60
# A file of 200,000 rows that is being written, or an export that is being read, may end.
graceful_timeout = 180
# Whatever a library may leak is given back; not by all processes at once.
max_requests = 20_000
max_requests_jitter = 5_000
# Where a process says that it lives must not be a disk that may be slow.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - what Gunicorn asks for


def child_exit(_server: Any, worker: Any) -> None:
    """Called by Gunicorn: what the process has counted stays, what it was doing does not."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 - reads the variable

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it has no types
