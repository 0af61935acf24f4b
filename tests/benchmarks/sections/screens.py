"""What staff open most and previews, by one, four and sixteen people at once, from a real server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median, quantiles
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.urls import reverse

from tests.benchmarks.figures import Bench, Figure, seconds
from tests.segments.forms import form

WORKERS, THREADS = 2, 4
USERS = (1, 4, 16)
SENT = 96
"""How often each screen is asked for by each number of people."""
PATIENCE = 30.0
"""Seconds after which it is asked for no more."""
SCREENS = {
    "Builder": "admin:segments_segment_add",
    "Segments": "admin:segments_segment_changelist",
    "Partners": "admin:partners_partner_changelist",
}


PREVIEW_S = 0.3
"""The goal for previews of sixteen people: 95 % of them."""
BUILDING = 60.0
"""Seconds after which the servers have columns in memory, or will have none."""
AT_ONCE = 0.15
"""Seconds that a preview takes at most, for one person, where there are columns."""
TOKEN = "0" * 32


@dataclass(frozen=True)
class Request:
    """What a browser sends."""

    path: str
    body: str = ""
    """Of a form; without one the page is opened."""


def run(bench: Bench) -> list[Figure]:
    """Requests a second, and how long half and 95 % of them took at most."""
    builder = reverse("admin:segments_segment_add")
    previews = [
        Request(builder, urlencode(form(one, "preview"), doseq=True)) for one in bench.representative.values()
    ]
    figures = []
    with logged_in() as cookie, served() as port:
        _wait_for_columns(port, previews[0], cookie)
        asked = {screen: [Request(reverse(name))] for screen, name in SCREENS.items()}
        for screen, requests in {**asked, "Preview": previews}.items():
            for one in requests:
                _send(port, one, cookie)
            figures += [_figure(screen, users, port, requests, cookie) for users in USERS]
    return figures


def _figure(screen: str, users: int, port: int, requests: Sequence[Request], cookie: str) -> Figure:
    spent, whole = _sent_by(users, port, requests, cookie)
    p95 = quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0]
    people = "1 person" if users == 1 else f"{users} people at once"
    is_goal = screen == "Preview" and users == max(USERS)
    return Figure(
        "Screens",
        f"{screen}, {people}",
        f"{len(spent) / whole:.3g} a second",
        f"p50 {seconds(median(spent))}, p95 {seconds(p95)}",
        seconds(PREVIEW_S) if is_goal else "",
        p95 <= PREVIEW_S if is_goal else None,
    )


def _sent_by(users: int, port: int, requests: Sequence[Request], cookie: str) -> tuple[list[float], float]:
    until = time.perf_counter() + PATIENCE

    def person(number: int) -> list[float]:
        spent = []
        for turn in range(SENT // users):
            if time.perf_counter() > until and spent:
                break
            spent.append(_send(port, requests[(number + turn * users) % len(requests)], cookie))
        return spent

    start = time.perf_counter()
    with ThreadPoolExecutor(users) as pool:
        spent = [one for found in pool.map(person, range(users)) for one in found]
    return spent, time.perf_counter() - start


def _wait_for_columns(port: int, preview: Request, cookie: str) -> None:
    """Until each worker has answered at once, or long enough."""
    until, quick = time.perf_counter() + BUILDING, 0
    while quick < 4 * WORKERS and time.perf_counter() < until:
        quick = quick + 1 if _send(port, preview, cookie) < AT_ONCE else 0


def _send(port: int, request: Request, cookie: str) -> float:
    start = time.perf_counter()
    cookies = f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
    headers = {"Cookie": cookies, "X-CSRFToken": TOKEN}
    if request.body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    answerer = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        answerer.request("POST" if request.body else "GET", request.path, request.body or None, headers)
        answer = answerer.getresponse()
        answer.read()
    finally:
        answerer.close()
    if answer.status != 200:
        raise RuntimeError(f"{request.path} answered {answer.status}.")
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
