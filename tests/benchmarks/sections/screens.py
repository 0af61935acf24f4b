"""Opening the screens that staff open most, by one, four and sixteen people at once, from a real server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median, quantiles
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.urls import reverse

from tests.benchmarks.figures import Bench, Figure, seconds

WORKERS, THREADS = 2, 4
USERS = (1, 4, 16)
OPENED = 48
"""How often each screen is opened by each number of people."""
PATIENCE = 30.0
"""Seconds after which nobody opens it any more."""
SCREENS = {
    "Builder": "admin:segments_segment_add",
    "Segments": "admin:segments_segment_changelist",
    "Partners": "admin:partners_partner_changelist",
}


def run(bench: Bench) -> list[Figure]:
    """Requests a second, and how long half and 95 % of them took at most."""
    figures = []
    with logged_in() as cookie, served() as port:
        for screen, name in SCREENS.items():
            path = reverse(name)
            _open(port, path, cookie)
            for users in USERS:
                spent, whole = _opened_by(users, port, path, cookie)
                p95 = quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0]
                people = "1 person" if users == 1 else f"{users} people at once"
                beside = f"p50 {seconds(median(spent))}, p95 {seconds(p95)}"
                figures.append(
                    Figure("Screens", f"{screen}, {people}", f"{len(spent) / whole:.3g} a second", beside)
                )
    return figures


def _opened_by(users: int, port: int, path: str, cookie: str) -> tuple[list[float], float]:
    until = time.perf_counter() + PATIENCE

    def person(_number: int) -> list[float]:
        spent = []
        for _turn in range(OPENED // users):
            if time.perf_counter() > until and spent:
                break
            spent.append(_open(port, path, cookie))
        return spent

    start = time.perf_counter()
    with ThreadPoolExecutor(users) as pool:
        spent = [one for found in pool.map(person, range(users)) for one in found]
    return spent, time.perf_counter() - start


def _open(port: int, path: str, cookie: str) -> float:
    start = time.perf_counter()
    answerer = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        answerer.request("GET", path, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
        answer = answerer.getresponse()
        answer.read()
    finally:
        answerer.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}.")
    return time.perf_counter() - start


@contextmanager
def logged_in() -> Iterator[str]:
    """The session of a superuser who is gone afterwards."""
    user = User.objects.create_superuser(f"bench-{os.getpid()}")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    try:
        yield str(session.session_key)
    finally:
        session.delete()
        user.delete()


@contextmanager
def served() -> Iterator[int]:
    """The project behind gunicorn on a free port, on the database of this moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += [
        "--workers",
        str(WORKERS),
        "--threads",
        str(THREADS),
        "--timeout",
        "120",
        "--log-level",
        "error",
    ]
    server = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": database_url()})
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def database_url() -> str:
    """Where this process's connection leads."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(name))}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _wait_for(port: int) -> None:
    for _try in range(150):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("The server doesn't answer.")
