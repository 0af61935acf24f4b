"""Searching everything at once: one question for each kind of rows, and the screens by their names.

A kind is asked only for users who may open its rows. Each question stops by itself, so that what one kind
can't answer in time does not keep the others from answering.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.db.models import Case, Model, QuerySet, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from config.navigation import build_navigation, screens
from config.recent_work import may_see
from contracts.filters import has_number
from contracts.models import Contract, TemplateTerm
from partners.core.base_admin import name_has
from partners.core.limits import limits
from partners.core.names import MAX_NAME_LENGTH, fold, identifier, search_words, without_invisible
from partners.core.paginator import sorted_when_found
from partners.core.requests import StaffRequest
from partners.core.time_limit import SupersededError, TooSlowError, time_limit
from partners.core.widgets import is_key
from partners.imports.permissions import importable
from partners.models import Import, Partner, PartnerGroup
from segments import permissions
from segments.models import Segment

MAX_HITS = 6
"""Of each kind; more are on the list to which the kind leads."""


@dataclass(frozen=True)
class Hit:
    """Something that is found, what else is said of it, and where it is."""

    title: StrOrPromise
    url: str
    details: tuple[StrOrPromise, ...] = ()


@dataclass(frozen=True)
class Found:
    """What is found of one kind. `url` leads to the list of all, where there are more."""

    label: StrOrPromise
    hits: list[Hit] = field(default_factory=list)
    url: str = ""
    too_slow: bool = False


@dataclass(frozen=True)
class SearchResult:
    """What is found of everything that the user may open."""

    text: str
    kinds: list[Found] = field(default_factory=list)

    @property
    def number(self) -> int:
        """How many hits are shown."""
        return sum(len(kind.hits) for kind in self.kinds)

    @property
    def slow(self) -> list[StrOrPromise]:
        """The kinds of which it can't be told in time."""
        return [kind.label for kind in self.kinds if kind.too_slow]


@dataclass(frozen=True)
class Kind:
    """Rows of a model: which of them a text means, the best first, and what is said of each."""

    label: StrOrPromise
    model: type[Model]
    rows: Callable[[str], Iterable[Any]]
    page: str
    """The last part of the name of a row's page."""
    details: Callable[[Any], tuple[StrOrPromise, ...]]

    def look_for(self, text: str, page: str) -> Found:
        """What is found within the limit, the first of it by what is quick; `page` as in `time_limit`."""
        rows: list[Any] = []
        too_slow = False
        try:
            with time_limit(seconds=limits().search_timeout_s, page=page):
                rows.extend(islice(self.rows(text), MAX_HITS + 1))
        except (TooSlowError, SupersededError):
            too_slow = True
        hits = [
            Hit(_title(row), self._address(self.page, row.pk), self.details(row)) for row in rows[:MAX_HITS]
        ]
        more = f"{self._address('changelist')}?{urlencode({'q': text})}"
        return Found(self.label, hits, more if len(rows) > MAX_HITS else "", too_slow)

    def _address(self, page: str, *keys: int) -> str:
        return reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_{page}", args=keys)


def search(site: AdminSite, request: StaffRequest, text: str) -> SearchResult:
    """What this user finds; nothing for a text without a letter."""
    text = without_invisible(text[:MAX_NAME_LENGTH])
    if "\0" in text or not search_words(text):
        return SearchResult(text)
    page = f"search of {request.session.session_key}"
    kinds = [kind.look_for(text, page) for kind in KINDS if may_see(site, kind.model, request)]
    return SearchResult(text, [*kinds, _screens_named(site, request, text)])


def _partners(text: str) -> Iterator[Partner]:
    """What an index has at once comes first: the Partner ID, and names that begin with the text.

    Of an e-mail address no index has the beginning: it is read where one is typed, or nothing else fits.
    """
    key, partners, found = identifier(text), Partner.objects.all(), set()
    begin = partners.filter(name_folded__startswith=" ".join(search_words(text)))
    for stage in (
        partners.filter(pk=int(key)) if is_key(key) else partners.none(),
        begin.order_by("name_folded", "pk"),
        sorted_when_found(partners.filter(name_has(text))),
    ):
        for partner in stage[: MAX_HITS + 1]:
            if partner.pk not in found:
                found.add(partner.pk)
                yield partner
    if "@" in text or (not found and " " not in text):
        addressed = partners.filter(email__istartswith=text).exclude(pk__in=found)
        yield from addressed.order_by("pk")[: MAX_HITS + 1]


def _named(rows: QuerySet[Any], *first: Any) -> Callable[[str], QuerySet[Any]]:
    """Rows whose names have every word; those whose names begin with the text come first."""

    def rows_of(text: str) -> QuerySet[Any]:
        begins = Case(When(name_folded__startswith=fold(text), then=0), default=1)
        return rows.filter(name_has(text)).order_by(*first, begins, "name_folded")[: MAX_HITS + 1]

    return rows_of


def _contracts(text: str) -> QuerySet[Contract]:
    contracts = Contract.objects.filter(has_number(text)).select_related("partner", "template_term")
    return contracts.order_by("number")[: MAX_HITS + 1]


def _title(row: Any) -> str:
    return str(getattr(row, "name", row))


def _archived(*, archived: object) -> tuple[StrOrPromise, ...]:
    return (_("Archived"),) if archived else ()


KINDS = (
    Kind(
        gettext_lazy("Partners"),
        Partner,
        _partners,
        "change",
        lambda partner: (str(partner.pk), partner.stage.label, *([partner.email] if partner.email else [])),
    ),
    Kind(
        gettext_lazy("Segments"),
        Segment,
        _named(Segment.objects.all(), Case(When(archived_at=None, then=0), default=1)),
        "partners",
        lambda segment: _archived(archived=segment.archived_at),
    ),
    Kind(
        gettext_lazy("Groups"), PartnerGroup, _named(PartnerGroup.objects.all()), "change", lambda _group: ()
    ),
    Kind(
        gettext_lazy("Contracts"),
        Contract,
        _contracts,
        "change",
        lambda contract: (contract.partner.name, contract.template_term.name, contract.current_stage.label),
    ),
    Kind(
        gettext_lazy("Template terms"),
        TemplateTerm,
        _named(TemplateTerm.objects.all(), "archived"),
        "change",
        lambda term: (term.currency, *_archived(archived=term.archived)),
    ),
)


def _screens_named(site: AdminSite, request: StaffRequest, text: str) -> Found:
    words = search_words(text)
    hits = [hit for hit in _screens(site, request) if all(word in fold(str(hit.title)) for word in words)]
    return Found(_("Pages"), hits[:MAX_HITS])


def _screens(site: AdminSite, request: StaffRequest) -> Iterator[Hit]:
    """The pages that this user may open without choosing a row first."""
    apps = site.get_app_list(request)
    for heading, screen in screens(build_navigation(apps, request.path).entries):
        yield Hit(str(screen.label), screen.url, (str(heading),) if heading else ())
    for importer in importable(request.user):
        query = urlencode({"kind": importer.key})
        name = _("Import %s") % str(importer.label).lower()
        yield Hit(name, f"{reverse('admin:partners_import_add')}?{query}")
    for model in (model for app in apps for model in app["models"]):
        if model["add_url"] and model["model"] not in (Import, Segment):
            yield Hit(_("Add %s") % model["model"]._meta.verbose_name, model["add_url"])
    if permissions.can_create(request.user):
        yield Hit(_("Create Segment"), reverse("admin:segments_segment_add"))
        yield Hit(_("Import definition"), reverse("admin:segments_segment_import"), (_("Segments"),))
    if request.user.has_usable_password():
        yield Hit(_("Change password"), reverse("admin:password_change"))
