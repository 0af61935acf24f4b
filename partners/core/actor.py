"""Who changes something, and why: a context variable, so that code far below the request can record it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase


@dataclass(frozen=True)
class Actor:
    """The user or script that acts."""

    who: Any = ""
    """A user, or the name of a script. A lazy `request.user` is loaded only when something is recorded."""
    why: str = ""

    @property
    def name(self) -> str:
        """The user name or the name of the script; empty if unknown."""
        if isinstance(self.who, str):
            return self.who
        return self.who.get_username() if self.who.is_authenticated else ""


NOBODY = Actor()
_acting: ContextVar[Actor] = ContextVar("acting", default=NOBODY)


def current_actor() -> Actor:
    """Who acts in this context, and why."""
    return _acting.get()


@contextmanager
def acting_as(who: Any = None, *, why: str = "") -> Iterator[None]:
    """Record changes in this block as this user's or script's; if `who` is None, as the current actor's."""
    token = _acting.set(Actor(current_actor().who if who is None else who, why))
    try:
        yield
    finally:
        _acting.reset(token)


class ActorMiddleware:
    """Makes the logged-in user the actor of each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer on behalf of the request's user."""
        with acting_as(request.user):
            return self.get_response(request)
