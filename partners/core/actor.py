"""Who changes something, and why: known to whatever writes it down, however deep below."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase


@dataclass(frozen=True)
class Actor:
    """A person or a script at work."""

    who: Any = ""
    """A user, or the name of a script; read only when something is written down."""
    why: str = ""

    @property
    def name(self) -> str:
        """The user name, or the name of the script; empty if nobody said."""
        if isinstance(self.who, str):
            return self.who
        return self.who.get_username() if self.who.is_authenticated else ""


NOBODY = Actor()
_acting: ContextVar[Actor] = ContextVar("acting", default=NOBODY)


def current_actor() -> Actor:
    """Who is at work, and why."""
    return _acting.get()


@contextmanager
def acting_as(who: Any = None, *, why: str = "") -> Iterator[None]:
    """What changes within is by this user, or the script of this name; by whoever acts already if None."""
    token = _acting.set(Actor(current_actor().who if who is None else who, why))
    try:
        yield
    finally:
        _acting.reset(token)


class ActorMiddleware:
    """Whoever is logged in does what a request does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer on behalf of the request's user."""
        with acting_as(request.user):
            return self.get_response(request)
