"""What the sidebar lists: three levels, and of those only the places that a user may see."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise


@dataclass(frozen=True)
class MenuItem:
    """A screen that lists the rows of one model, named as `app_label.ModelName`."""

    label: Label
    model: str


@dataclass(frozen=True)
class Section:
    """A heading with places, or further sections, below it."""

    label: Label
    entries: tuple["MenuItem | Section", ...]


@dataclass(frozen=True)
class NavigationEntry:
    """A line of the sidebar as one user sees it on one page; a heading has no address.

    `number` is how many rows the place lists; None where telling it would take time.
    """

    label: Label
    url: str = ""
    current: bool = False
    number: int | None = None
    entries: tuple["NavigationEntry", ...] = ()


@dataclass(frozen=True)
class Navigation:
    """The sidebar, and the way from its top to the list that the page belongs to."""

    entries: tuple[NavigationEntry, ...]
    trail: tuple[NavigationEntry, ...]


SECTIONS = (
    Section(
        _("Partners"),
        (
            MenuItem(_("Partners"), "partners.Partner"),
            MenuItem(_("Groups"), "partners.PartnerGroup"),
            Section(_("Automation"), (MenuItem(_("Segments"), "segments.Segment"),)),
        ),
    ),
    Section(
        _("Contracts"),
        (
            MenuItem(_("Contracts"), "contracts.Contract"),
            MenuItem(_("Template terms"), "contracts.TemplateTerm"),
        ),
    ),
    Section(
        _("Administration"),
        (
            MenuItem(_("Imports"), "partners.Import"),
            MenuItem(_("Stage edits"), "partners.StageEdit"),
            MenuItem(_("Exports"), "partners.Export"),
            MenuItem(_("Work"), "segments.Run"),
            MenuItem(_("Audit log"), "partners.AuditEvent"),
            MenuItem(_("Users"), "auth.User"),
            MenuItem(_("Permission groups"), "auth.Group"),
        ),
    ),
)


def build_navigation(
    app_list: Iterable[Mapping[str, Any]],
    path: str,
    count: Callable[[Collection[str]], Mapping[str, int]] = lambda _labels: {},
) -> Navigation:
    """The navigation for the page at this path, out of what `AdminSite.get_app_list` lets the user see.

    `count` tells of some of the models that the user may see, by their labels, how many rows they have.
    """
    app_list = list(app_list)
    visible = {
        f"{app['app_label']}.{model['object_name']}": model["admin_url"]
        for app in app_list
        for model in app["models"]
        if model["admin_url"]
    }
    index = reverse("admin:index")
    sections = _visible_entries(SECTIONS, visible, path, count(visible))
    start = NavigationEntry(_("Start"), index, current=path == index)
    return Navigation((start, *sections), _trail(sections) or _unlisted_trail(app_list, path))


def screens(
    entries: Iterable[NavigationEntry], heading: Label = ""
) -> Iterator[tuple[Label, NavigationEntry]]:
    """The places of the sidebar, each after the heading that it stands under."""
    for entry in entries:
        if entry.url:
            yield heading, entry
        else:
            yield from screens(entry.entries, entry.label)


def named_as_listed(app_list: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same models in the order of their names; what has a place in the sidebar is called as there."""
    labels = {item.model: str(item.label) for item in _items(SECTIONS)}
    return [{**app, "models": sorted(_renamed(app, labels), key=itemgetter("name"))} for app in app_list]


def _renamed(app: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for model in app["models"]:
        name = labels.get(f"{app['app_label']}.{model['object_name']}", model["name"])
        yield {**model, "name": str(name)}


def unlisted_apps(app_list: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of what the user may see or add, all that has no place in the sidebar."""
    places = {item.model for item in _items(SECTIONS)}
    apps = []
    for app in app_list:
        models = [
            model
            for model in app["models"]
            if not model["admin_url"] or f"{app['app_label']}.{model['object_name']}" not in places
        ]
        if models:
            apps.append({**app, "models": models})
    return apps


def _items(branches: Iterable[MenuItem | Section]) -> Iterator[MenuItem]:
    for branch in branches:
        if isinstance(branch, Section):
            yield from _items(branch.entries)
        else:
            yield branch


def _visible_entries(
    branches: Iterable[MenuItem | Section], visible: Mapping[str, str], path: str, numbers: Mapping[str, int]
) -> tuple[NavigationEntry, ...]:
    entries = []
    for branch in branches:
        if isinstance(branch, Section):
            below = _visible_entries(branch.entries, visible, path, numbers)
            if below:
                entries.append(NavigationEntry(branch.label, entries=below))
        elif url := visible.get(branch.model):
            number = numbers.get(branch.model)
            entries.append(NavigationEntry(branch.label, url, path.startswith(url), number))
    return tuple(entries)


def _trail(entries: Iterable[NavigationEntry]) -> tuple[NavigationEntry, ...]:
    for entry in entries:
        if entry.current:
            return (entry,)
        if below := _trail(entry.entries):
            return (entry, *below)
    return ()


def _unlisted_trail(app_list: Iterable[Mapping[str, Any]], path: str) -> tuple[NavigationEntry, ...]:
    """The way to a model that has a screen but no place in the sidebar."""
    for app in app_list:
        for model in app["models"]:
            url = model["admin_url"]
            if url and path.startswith(url):
                return (NavigationEntry(app["name"], app["app_url"]), NavigationEntry(model["name"], url))
    return ()
