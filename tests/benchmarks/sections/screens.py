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

from segments.builder.responses import AFTERWARDS_PART, PREVIEW_PART
from tests.benchmarks.figures import Bench, Figure, seconds
from tests.benchmarks.questions import random_ones
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
PARTS_OF_A_PREVIEW = (PREVIEW_PART, AFTERWARDS_PART)
"""What a browser asks for after a change: number and partners, and then what is drawn beside them."""


@dataclass(frozen=True)
class Request:
    """What a browser sends."""

    path: str
    body: str = ""
    """Of a form; without one the page is opened."""
    parts: Sequence[str] = ("",)
    """The parts of the page that htmx asks for, one after the other; the first one's time counts."""


def run(bench: Bench) -> list[Figure]:
    """Requests a second, and how long half and 95 % of them took at most."""
    builder = reverse("admin:segments_segment_add")
    definitions = [*bench.representative.values(), *random_ones(bench.rng("previews"), 3 * SENT).values()]
    previews = [
        Request(builder, urlencode(form(one, "preview"), doseq=True), PARTS_OF_A_PREVIEW)
        for one in definitions
    ]
    figures = []
    with logged_in(max(USERS)) as sessions, served() as port:
        _wait_for_columns(port, previews[0], sessions[0])
        for screen, name in SCREENS.items():
            opened = [Request(reverse(name))]
            _send(port, opened[0], sessions[0])
            figures += [_figure(screen, port, opened, sessions[:users]) for users in USERS]
        for users in USERS:
            # Each by nobody before: what was answered is kept.
            asked, previews = previews[:SENT], previews[SENT:]
            figures.append(_figure("Preview", port, asked, sessions[:users]))
    return figures


def _figure(screen: str, port: int, requests: Sequence[Request], sessions: Sequence[str]) -> Figure:
    users = len(sessions)
    spent, whole = _sent_by(sessions, port, requests)
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


def _sent_by(sessions: Sequence[str], port: int, requests: Sequence[Request]) -> tuple[list[float], float]:
    """By a person with each session: a newer preview of the same one would stop the one before."""
    until, users = time.perf_counter() + PATIENCE, len(sessions)

    def person(number: int) -> list[float]:
        spent = []
        for turn in range(SENT // users):
            if time.perf_counter() > until and spent:
                break
            spent.append(_send(port, requests[(number + turn * users) % len(requests)], sessions[number]))
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
    first, *_others = [_answered(port, request, part, cookie) for part in request.parts]
    return first


def _answered(port: int, request: Request, part: str, cookie: str) -> float:
    start = time.perf_counter()
    cookies = f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
    headers = {"Cookie": cookies, "X-CSRFToken": TOKEN}
    if request.body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if part:
        headers |= {"HX-Request": "true", "HX-Target": part}
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
def logged_in(people: int) -> Iterator[list[str]]:
    """Sessions of so many superusers, who are gone afterwards."""
    users = [User.objects.create_superuser(f"bench-{os.getpid()}-{number}") for number in range(people)]
    sessions = [_session(user) for user in users]
    try:
        yield [str(session.session_key) for session in sessions]
    finally:
        for session, user in zip(sessions, users, strict=True):
            session.delete()
            user.delete()


def _session(user: User) -> SessionStore:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session


@contextmanager
def served() -> Iterator[int]:
    """The project behind gunicorn on a free port, on the database of this moment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
    variables = {"DATABASE_URL": database_url(), "BIND": f"127.0.0.1:{port}"}
    variables |= {"WEB_CONCURRENCY": str(WORKERS), "WEB_THREADS": str(THREADS)}
    server = subprocess.Popen(command, env=os.environ | variables)
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
