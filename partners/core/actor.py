"""Who changes something, and why: a context variable, so that code far below the request can record it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypedDict

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from partners.core.client_address import client_address

MAX_USER_NAME_LENGTH = 150
UserOrName = AbstractBaseUser | AnonymousUser | str
"""A user, or the name of a script."""


def staff() -> QuerySet[User]:
    """Those who may log in: whom partners can be given to."""
    return User.objects.filter(is_staff=True, is_active=True).order_by("username")


class Stamp(TypedDict):
    """The values of the fields of `UserStamped`."""

    user_id: int | None
    user_name: str


@dataclass(frozen=True)
class Actor:
    """The user or script that acts."""

    who: UserOrName = ""
    """A user, or the name of a script. A lazy `request.user` is loaded only when something is recorded."""
    why: str = ""
    address: str | None = None
    """Where the request came from; None for a script."""

    @property
    def name(self) -> str:
        """The user name or the name of the script; empty if unknown."""
        return self.who if isinstance(self.who, str) else self.who.get_username()

    def stamp(self) -> Stamp:
        """What a record keeps; a script has a name and no user."""
        return {"user_id": None if isinstance(self.who, str) else self.who.pk, "user_name": self.name}


NOBODY = Actor()
_acting: ContextVar[Actor] = ContextVar("acting", default=NOBODY)


def current_actor() -> Actor:
    """Who acts in this context, and why."""
    return _acting.get()


@contextmanager
def acting_as(who: UserOrName | None = None, *, why: str = "") -> Iterator[None]:
    """Record changes in this block as this user's or script's; if `who` is None, as the current actor's."""
    outer = current_actor()
    token = _acting.set(Actor(outer.who if who is None else who, why, outer.address))
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
        token = _acting.set(Actor(request.user, address=client_address(request)))
        try:
            return self.get_response(request)
        finally:
            _acting.reset(token)


class UserStamped(models.Model):
    """A record of who did something: the user, and the name, which stays when the user is deleted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("user"),
    )
    user_name = models.CharField(_("who"), max_length=MAX_USER_NAME_LENGTH, blank=True)

    class Meta:
        abstract = True
        # Most rows of a history are by no user: imports of a script, and what was there at the start.
        indexes = [models.Index(fields=["user"], name="%(class)s_user_idx", condition=Q(user__isnull=False))]

    @property
    def actor(self) -> UserOrName:
        """The user; if there is none, or none any more, the name."""
        return self.user or self.user_name

    def set_actor(self, actor: Actor) -> None:
        """Say who did it; the record is not saved yet."""
        stamp = actor.stamp()
        self.user_id, self.user_name = stamp["user_id"], stamp["user_name"]
