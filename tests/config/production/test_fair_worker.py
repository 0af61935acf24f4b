"""Which process of the server takes a request."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from config.fair_worker import FairWorker
from tests.config.production.servers import PATIENCE_S, ROOT, accepts, ask, free_port, until
from tests.config.production.waiting import Forgetful, Mindful

pytestmark = [pytest.mark.slow, pytest.mark.once]


@contextmanager
def served(folder, worker, **variables):
    """The application that waits, behind Gunicorn as it is configured; its port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn"]
    command += ["--worker-class", f"{worker.__module__}.{worker.__name__}"]
    usual = {"PATH": os.environ["PATH"], "BIND": f"127.0.0.1:{port}", "WAITING_IN": str(folder)}
    server = subprocess.Popen(
        [*command, "tests.config.production.waiting"], cwd=ROOT, env={**usual, **variables}
    )
    try:
        until(lambda: accepts(port), "the server starts")
        yield port
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def answers(port, many):
    """How many of so many requests, none of which ends before all have begun, each process answered."""
    with ThreadPoolExecutor(many) as people:
        found = people.map(lambda number: ask(port, f"/{many}?{number}"), range(many))
        return Counter(answer.text for answer in found)


def test_what_a_process_can_not_begin_at_once_is_left_to_another(tmp_path):
    with served(tmp_path, Mindful, WEB_CONCURRENCY="2") as port:
        assert [*answers(port, 2 * FairWorker.at_once).values()] == [FairWorker.at_once] * 2


def test_what_takes_long_stands_in_nobodys_way(tmp_path):
    with served(tmp_path, FairWorker, WEB_CONCURRENCY="1") as port:
        assert [*answers(port, FairWorker.at_once + 2).values()] == [FairWorker.at_once + 2]


def test_a_process_takes_no_more_than_it_has_threads(tmp_path):
    with served(tmp_path, Forgetful, WEB_CONCURRENCY="2", WEB_THREADS="2") as port:
        assert [*answers(port, 4).values()] == [2, 2]


def test_a_process_that_has_answered_takes_more(tmp_path):
    with served(tmp_path, Mindful, WEB_CONCURRENCY="1") as port:
        for _round in range(3):
            for file in tmp_path.iterdir():
                file.unlink()
            assert [*answers(port, FairWorker.at_once).values()] == [FairWorker.at_once]
