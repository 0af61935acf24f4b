"""A list that shows only what belongs to one row of another screen, as a group's page shows its partners."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Model, Q
from django.http import HttpRequest
from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Narrowing:
    """Which rows of a model's list belong to `row`.

    `words` is what they are called in records (Group “VIP”), `address` where the list's own screen has them.
    """

    model: type[Model]
    rows: Q
    row: Model
    words: StrOrPromise
    address: str
    first_actions: Collection[str] = ()
    """Actions that stand before the toolbar's menu here, though elsewhere in it."""


def narrow(request: HttpRequest, narrowing: Narrowing) -> None:
    """Have the list of its model show no other rows while this request is answered."""
    request.narrowing = narrowing  # type: ignore[attr-defined]  # read by narrowing_of


def narrowing_of(request: HttpRequest) -> Narrowing | None:
    """What the list of this request is narrowed to, if it is."""
    return getattr(request, "narrowing", None)
