"""Which process of the server takes a request."""

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection

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
        yield port, server
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def answers(port, many, turn=0):
    """How many of so many requests, none of which ends before all have begun, each process answered."""
    with ThreadPoolExecutor(many) as people:
        found = people.map(lambda number: ask(port, f"/{(turn + 1) * many}?{turn}-{number}"), range(many))
        return Counter(answer.text for answer in found)


def test_what_a_process_can_not_begin_at_once_is_left_to_another(tmp_path):
    with served(tmp_path, Mindful, WEB_CONCURRENCY="2") as (port, _server):
        for turn in range(5):
            found = answers(port, 2 * FairWorker.at_once, turn)
            assert [*found.values()] == [FairWorker.at_once] * 2


def test_what_takes_long_stands_in_nobodys_way(tmp_path):
    with served(tmp_path, FairWorker, WEB_CONCURRENCY="1") as (port, _server):
        assert [*answers(port, FairWorker.at_once + 2).values()] == [FairWorker.at_once + 2]


def test_a_process_takes_no_more_than_it_has_threads(tmp_path):
    with served(tmp_path, Forgetful, WEB_CONCURRENCY="2", WEB_THREADS="2") as (port, _server):
        assert [*answers(port, 4).values()] == [2, 2]


def test_no_connection_is_kept_that_would_come_to_the_same_process_again(tmp_path):
    with served(tmp_path, FairWorker, WEB_CONCURRENCY="1") as (port, _server):
        assert ask(port, "/1?one", Connection="keep-alive").header("Connection") == "close"


def test_who_waits_when_the_server_is_stopped_is_answered(tmp_path):
    many = FairWorker.at_once + 3
    with served(tmp_path, Mindful, WEB_CONCURRENCY="1") as (port, server):
        waiting = [HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S) for _one in range(many)]
        for number, one in enumerate(waiting):
            one.request("GET", f"/{many}?{number}")
        until(lambda: len([*tmp_path.iterdir()]) == FairWorker.at_once, "as many begin as can at once")
        server.terminate()
        assert [one.getresponse().status for one in waiting] == [200] * many
        assert len([*tmp_path.iterdir()]) == many
        for one in waiting:
            one.close()
