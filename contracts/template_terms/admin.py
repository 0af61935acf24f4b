"""Template terms: the list with the numbers of their contracts, and the page of each."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from contracts.filters import TemplateTermFilterSet
from contracts.forms import OPEN_ONLY
from contracts.models import Contract, TemplateTerm
from contracts.permissions import can_change_terms, can_view_contracts
from contracts.stages import ContractStage, ContractState
from contracts.template_terms.services import set_archived
from partners.core.narrowing import Narrowing
from partners.core.pages import staff_page
from partners.core.requests import StaffRequest
from partners.core.row_menu import RowButton, RowEntry
from partners.core.row_pages import RowPageAdmin, page_of
from partners.core.rows import number_of

COUNTED = [ContractState.ACTIVE, ContractState.PENDING]
LIST = "admin:contracts_contract_changelist"


class TemplateTermAdmin(RowPageAdmin[TemplateTerm]):
    """Template terms, the contracts on each, and whether new ones may be."""

    list_display = ["name", "currency", "availability"]
    filterset = TemplateTermFilterSet
    fields = ["name", "currency"]
    actions = ["archive", "restore"]
    acts_at_once = ("archive", "restore")
    pages = ["edit_view", "archive_view", "restore_view"]
    page_template = "contracts/term_page.html"

    def narrowing(self, row: TemplateTerm) -> Narrowing:
        """Its contracts."""
        return Narrowing(
            model=Contract,
            rows=Q(template_term=row),
            row=row,
            words=_("Template term “%s”") % row.name,
            address=_list_of(row),
        )

    def page_context(self, request: HttpRequest, row: TemplateTerm) -> dict[str, Any]:
        """How many contracts are in each stage, with the address of their list."""
        found = Contract.objects.filter(template_term=row).order_by().values_list("stage")
        numbers = dict(found.annotate(Count("pk")))
        return {
            "stages": [
                (stage, numbers[stage], _list_of(row, stage__exact=stage.value))
                for stage in ContractStage
                if stage in numbers
            ]
        }

    @staff_page("<path:object_id>/edit/", name="contracts_templateterm_edit", permission=can_change_terms)
    def edit_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """The form."""
        return self.form_view(request, object_id)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """As Django's; a term in use can be archived instead."""
        archives = {"may_archive": can_change_terms(request.user)}
        return super().delete_view(request, object_id, {**archives, **(extra_context or {})})

    @staff_page(
        "<path:object_id>/archive/", name="contracts_templateterm_archive", permission=can_change_terms
    )
    def archive_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Archive the term, and show its page."""
        return self._archive_one(request, object_id, archived=True)

    @staff_page(
        "<path:object_id>/restore/", name="contracts_templateterm_restore", permission=can_change_terms
    )
    def restore_view(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Bring the term back, and show its page."""
        return self._archive_one(request, object_id, archived=False)

    def _archive_one(self, request: StaffRequest, object_id: str, *, archived: bool) -> HttpResponse:
        term = self.get_object(request, unquote(object_id))
        if term is None:
            raise Http404(_("There is no such template term."))
        if request.method == "POST":
            self._set_archived(request, TemplateTerm.objects.filter(pk=term.pk), archived=archived)
        return HttpResponseRedirect(page_of(term))

    def row_entries(self, request: HttpRequest, row: TemplateTerm) -> Iterable[RowEntry]:
        """With the way into the archive, or back."""
        opening, *others = super().row_entries(request, row)
        turn = RowButton(_("Restore"), "restore") if row.archived else RowButton(_("Archive"), "archive")
        return [opening, *([turn] if self.has_change_permission(request) else []), *others]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TemplateTerm]:
        """With the numbers of contracts, counted for the rows of the page only."""
        terms: QuerySet[TemplateTerm] = super().get_queryset(request)
        return terms.annotate(**{state.value: _number_of_contracts(state) for state in COUNTED})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[TemplateTerm], search_term: str
    ) -> tuple[QuerySet[TemplateTerm], bool]:
        """As elsewhere; to those who choose the term of a contract, without the archive."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return (found.filter(archived=False) if OPEN_ONLY in request.GET else found), may_repeat

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The numbers are links for those who may see the contracts behind them."""
        linked = can_view_contracts(request.user)
        return [
            *super().get_list_display(request),
            *(_number_column(state, linked=linked) for state in COUNTED),
        ]

    @admin.display(description=_("New contracts"), ordering="archived")
    def availability(self, term: TemplateTerm) -> SafeString:
        """Whether new contracts can be made on the term."""
        tone, text = ("closed", _("Archived")) if term.archived else ("active", _("Open"))
        return format_html('<span class="badge badge-{}">{}</span>', tone, text)

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: StaffRequest, queryset: QuerySet[TemplateTerm]) -> None:
        """Give the ticked terms to no new contract."""
        self._set_archived(request, queryset, archived=True)

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore(self, request: StaffRequest, queryset: QuerySet[TemplateTerm]) -> None:
        """Let new contracts be made on the ticked terms again."""
        self._set_archived(request, queryset, archived=False)

    def _set_archived(self, request: StaffRequest, terms: QuerySet[TemplateTerm], *, archived: bool) -> None:
        names = list(terms.values_list("name", flat=True))
        done = set_archived(terms=terms, archived=archived, by=request.user)
        what = names[0] if len(names) == 1 else None
        self.message_user(request, *_report(done, what, archived=archived))


def _report(done: int, name: str | None, *, archived: bool) -> tuple[str, int]:
    if not done:
        nothing = _("Nothing to archive here.") if archived else _("Nothing to restore here.")
        return str(nothing), messages.INFO
    what = name or ngettext("%d template term", "%d template terms", done) % done
    if archived:
        text = _("Archived %s: no new contracts, no change for those there are.")
    else:
        text = _("Restored %s: new contracts are possible again.")
    return text % what, messages.SUCCESS


def _number_of_contracts(state: ContractState) -> Coalesce:
    contracts = Contract.objects.filter(
        template_term=OuterRef("pk"), stage__in=ContractStage.of(state)
    ).order_by()
    numbers = contracts.values("template_term").annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)


def _number_column(state: ContractState, *, linked: bool) -> Callable[[TemplateTerm], str]:
    """A column with the number of the term's contracts in a state, as a link to them."""

    @admin.display(description=_("%s contracts") % state.label, ordering=state.value)
    def number(term: TemplateTerm) -> str:
        return _contracts_in(state, term, linked=linked)

    number.__name__ = f"{state.value}_contracts"
    return number


def _contracts_in(state: ContractState, term: TemplateTerm, *, linked: bool) -> str:
    """How many of the term's contracts are in the state; a link to them, if wanted and if there are any."""
    number: int = getattr(term, state.value)
    return number_of(number, _list_of(term, state=state.value)) if linked else f"{number:,}"


def _list_of(term: TemplateTerm, **asked: str) -> str:
    """The address of the Contracts screen with the term's contracts that meet further filters."""
    return f"{reverse(LIST)}?{urlencode({'template_term__id__exact': term.pk, **asked})}"
