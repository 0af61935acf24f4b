"""What apps add to the admin screens of the apps below them.

Each declares it once, called by its `AppConfig.ready()`; `partners.core.base_admin.BaseAdmin` reads it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from operator import itemgetter
from traceback import extract_stack
from types import MappingProxyType
from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest
from django_filters import Filter

from partners.core.requests import Allowed, Person

Column = Callable[[Any], Any]
"""What a list shows of a row, as in Django's `list_display`."""
Panel = Callable[[HttpRequest, Any], str]
"""A part of a row's page as HTML."""
ListTool = Callable[[HttpRequest, Any], str]
"""What stands beside the active filters of a list (a `ChangeList`), as HTML; empty for nothing."""
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Extension:
    """What one call of `extend` adds."""

    columns: Sequence[Column]
    filters: Mapping[str, Filter]
    panels: Sequence[Panel]
    asides: Sequence[Panel]
    timeline: Sequence[Any]
    list_tools: Sequence[ListTool]
    annotations: Mapping[str, Any] = field(compare=False)
    """Not compared: expressions with a query in them equal nothing but themselves."""
    prefetch: Sequence[str]
    allowed: Allowed
    order: float
    caller: str
    """The file and line of the call."""


EXTENSIONS: defaultdict[type[Model], list[Extension]] = defaultdict(list)
"""By the model whose screens are extended, in the order of the calls."""


def everybody(_user: Person) -> bool:
    """Whether this person may see what is for all who see the screen."""
    return True


def extend(
    model: type[Model],
    *,
    columns: Sequence[Column] = (),
    filters: Mapping[str, Filter] = MappingProxyType({}),
    panels: Sequence[Panel] = (),
    asides: Sequence[Panel] = (),
    timeline: Sequence[Any] = (),
    list_tools: Sequence[ListTool] = (),
    annotations: Mapping[str, Any] = MappingProxyType({}),
    prefetch: Sequence[str] = (),
    allowed: Allowed = everybody,
    order: float = inf,
) -> None:
    """Add to the screens of a model whose admin is a `BaseAdmin`, for users of whom `allowed` holds.

    `columns` and `filters` (of django-filter, by their names in the address) go to the list, `list_tools`
    beside its active filters, `panels` to the page of a row, `asides` beside them where there is room
    (`partners.profile.page`), `timeline` to the events on that page, each a
    `partners.profile.timeline.TimelineSource`. `annotations` are what the rows know besides, by name;
    `prefetch` is what the rows of the list fetch all at once.

    `order` says how many of the screen's own columns, filters, panels, asides or sources stand before these:
    all of them by default. What has the same order stands in the order of the calls. What is declared once
    more, as where `isolate_apps` of Django's tests calls `ready()` again, is there once.
    """
    call = extract_stack(limit=2)[0]
    caller = f"{call.filename}:{call.lineno}"
    extension = Extension(
        columns, filters, panels, asides, timeline, list_tools, annotations, prefetch, allowed, order, caller
    )
    if extension not in EXTENSIONS[model]:
        EXTENSIONS[model].append(extension)


def extensions_for(model: type[Model], request: HttpRequest | None) -> list[Extension]:
    """What is added to the screens of this model for the user of the request; without one, for everybody."""
    return [one for one in EXTENSIONS[model] if request is None or one.allowed(request.user)]


def placed(own: Sequence[Entry], added: Iterable[tuple[float, Sequence[Entry]]]) -> list[Entry]:
    """The screen's own entries with those that are added, each at the place that its order says."""
    entries = [(place + 0.5, entry) for place, entry in enumerate(own)]
    entries += [(order, entry) for order, more in added for entry in more]
    return [entry for _order, entry in sorted(entries, key=itemgetter(0))]
