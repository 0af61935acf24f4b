"""Opens pages as a browser would, follows their links, and keeps what is wrong."""

import traceback
from collections import Counter, deque
from functools import cache
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.contrib.staticfiles import finders
from django.core.signals import got_request_exception
from django.test import Client
from django.urls import Resolver404, resolve

LINKS = {"a": "href", "img": "src", "script": "src", "link": "href", "form": "action"}
OF_EACH_KIND = 2
"""Links are told apart by their view and the names in their query: of each kind so many are followed."""


class Links(HTMLParser):
    """The addresses that a page shows, and the actions of a list."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.actions: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        # A form that posts has an address for what it does, not for a page.
        posts = tag == "form" and attributes.get("method", "get").lower() == "post"
        if (address := attributes.get(LINKS.get(tag, ""))) and not posts:
            self.found.add(address)
        if address := attributes.get("hx-get"):
            self.found.add(address)
        if address := attributes.get("data-ajax--url"):
            names = ("app_label", "model_name", "field_name")
            query = {name: attributes[f"data-{name.replace('_', '-')}"] for name in names}
            self.found.add(f"{address}{'&' if '?' in address else '?'}{urlencode({'term': '', **query})}")
        if tag == "button" and attributes.get("name") == "action":
            self.actions.append(attributes["value"])


def client_of(user) -> Client:
    """A client of Django's whose answer to a fault of the program is the page that says so."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


class Crawler:
    """One user's way through the site, with a client who is logged in."""

    def __init__(self, client) -> None:
        self.client = client
        self.faults: list[str] = []
        self.opened: dict[str, int] = {}
        self.kinds: Counter[tuple] = Counter()
        self._queue: deque[tuple[str, str]] = deque()
        self._error = ""

    def open(self, address: str, *, shown_on: str = "", data=None):
        """The answer; a refusal is only a fault where the program itself had shown the link."""
        self.opened[address] = 0
        got_request_exception.connect(self._keep_error)
        try:
            answer = self.client.get(address) if data is None else self.client.post(address, data)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        finally:
            got_request_exception.disconnect(self._keep_error)
        self.opened[address] = status = answer.status_code
        where = f"{address} {dict(data) if data else ''} (shown on {shown_on or 'no page'})"
        if status >= 500:
            self.faults.append(f"{status} {where}\n{self._error}")
        elif status == 404 or (shown_on and status >= 400):
            self.faults.append(f"{status} {where}")
        if "no-store" not in answer.get("Cache-Control", ""):
            self.faults.append(f"may be stored: {where}")
        if status in (301, 302):
            self.add(answer.url, shown_on=where)
        if not answer.get("Content-Type", "").startswith("text/html"):
            return None
        page = Links(body.decode())
        for link in sorted(page.found):
            # Filters on top of filters lead everywhere: each is looked at on its own.
            if not ("?" in address and "?" in link):
                self.add(urljoin(address, link), shown_on=address)
        return page

    def add(self, address: str, *, shown_on: str) -> None:
        """Keep a link of the site for later, unless there have been enough of its kind."""
        parts = urlsplit(address)
        if parts.scheme not in ("", "http", "https") or parts.netloc not in ("", "testserver"):
            return
        if parts.path.startswith("/static/"):
            if not _static(parts.path.removeprefix("/static/")):
                self.faults.append(f"no such file: {address} (shown on {shown_on})")
            return
        kept = parts.path + (f"?{parts.query}" if parts.query else "")
        kind = _kind(parts.path, parts.query)
        if kept not in self.opened and self.kinds[kind] < OF_EACH_KIND:
            self.kinds[kind] += 1
            self.opened[kept] = 0
            self._queue.append((kept, shown_on))

    def follow(self) -> None:
        """Open what is waiting, and what that leads to."""
        while self._queue:
            address, shown_on = self._queue.popleft()
            self.open(address, shown_on=shown_on)

    def _keep_error(self, **_kwargs) -> None:
        self._error = "".join(traceback.format_exc().splitlines(keepends=True)[-8:])


@cache
def _static(path: str) -> bool:
    return bool(finders.find(path))


def _kind(path: str, query: str) -> tuple:
    try:
        name = resolve(path).view_name
    except Resolver404:
        name = path
    return (name, *sorted(key for key, _value in parse_qsl(query, keep_blank_values=True)))
