"""The parent of our admin classes: bad input gets a message, and names are searched in their folded form."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from partners.core.deletion import listed_counts, what_holds
from partners.core.extensions import Extension, Panel, extensions_for, placed
from partners.core.filtersets import ListFilterSet
from partners.core.limits import limits
from partners.core.list_filters import FilterSetFilter
from partners.core.names import search_words
from partners.core.narrowing import narrowing_of
from partners.core.page_limit import LimitedActionsAdmin
from partners.core.pages import StaffPage, page_urls
from partners.core.paginator import CappedPaginator
from partners.core.row_menu import RowMenuAdmin, menu_column
from partners.core.widgets import KeySelect, is_key

ModelT = TypeVar("ModelT", bound=models.Model)


def name_has(words: str, path: str = "") -> Q:
    """Every one of the words occurs in the name of the row, or of the row at the end of the path."""
    found = Q()
    for word in search_words(words):
        found &= Q(**{f"{path}name_folded__contains": word})
    return found


COME_INTO_USE = _("It has come into use, or was changed, meanwhile. Nothing was deleted.")


def _deletes(request: HttpRequest) -> bool:
    return "delete_selected" in request.POST.getlist("action")


def _is_for_all(request: HttpRequest) -> bool:
    return request.POST.get("select_across") == "1"


class ConflictForm:
    """What makes a form invalid after somebody else has saved what it was about to."""

    def clean(self) -> Any:
        """Refuse the form, and say why."""
        message = _("Somebody saved the same at the same moment. Nothing was saved: check it and try again.")
        self.add_error(None, ValidationError(message, code="conflict"))  # type: ignore[attr-defined]  # a mixin of forms
        return super().clean()  # type: ignore[misc]  # a mixin of forms


class OfferedFiltersChangeList(ChangeList):
    """Is filtered by what it offers: Django takes every lookup, and fails on some. Its rows end in a menu."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        model_admin = cast("RowMenuAdmin", self.model_admin)
        if model_admin.has_row_menu and not self.is_popup:
            self.list_display = [*self.list_display, menu_column(model_admin, request)]

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        if not_offered := found[2]:
            raise IncorrectLookupParameters(", ".join(not_offered))
        return found


class PrefetchingChangeList(OfferedFiltersChangeList):
    """Fetches what the rows show all at once; on the page of a row, of what belongs to it."""

    model_admin: "BaseAdmin[Any]"

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        narrowing = narrowing_of(request)
        if narrowing and narrowing.model is self.model:
            rows = rows.filter(narrowing.rows)
        return rows.prefetch_related(*self.model_admin.get_list_prefetch(request))


class OddInputMixin(RowMenuAdmin):
    """Answers what no page of the admin sends, and Django fails on, with a page or a message."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """As Django's; an empty `_to_field` in the address is none."""
        return super().get_object(request, object_id, from_field or None)

    def get_changelist(self, *_args: Any, **_kwargs: Any) -> type[ChangeList]:
        return OfferedFiltersChangeList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Redirect an invalid query string to the whole list, with a message."""
        try:
            if any("\0" in value for key, value in request.GET.items() if key != SEARCH_VAR):
                raise ValueError("NUL")
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError, IncorrectLookupParameters) as error:
            self.message_user(request, _("There is no such filter. Here is everything."), messages.WARNING)
            raise IncorrectLookupParameters(error) from error

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """As Django's, for rows that there can be."""
        if all(is_key(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return super().response_action(request, queryset, *args, **kwargs)
        refusal = gettext("These rows do not exist. Nothing was changed.")
        self.message_user(request, refusal, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


class AtOnceMixin(admin.ModelAdmin):  # type: ignore[type-arg]  # the same
    """Tells of two who change the same at once the later one, where Django fails; deletes all or nothing."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """As Django's; who saves at the same moment as somebody else gets the form back as it was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            request.met_conflict = True  # type: ignore[attr-defined]  # read by get_form
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As Django's; after a conflict, a form that says so and can't be valid."""
        form = super().get_form(request, *args, **kwargs)
        return type(form.__name__, (ConflictForm, form), {}) if hasattr(request, "met_conflict") else form

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[Any], list[Any]]:
        """The rows by name, and how many go along; what prevents it is counted, with links."""
        if holders := what_holds(objs, request):
            return [], {}, set(), holders
        _listed, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return [str(row) for row in objs], listed_counts(counts), lacking, protected

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """As Django's; what was put to use since the question was asked stays."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except (ProtectedError, IntegrityError):
            self.message_user(request, COME_INTO_USE, messages.ERROR)
            return HttpResponseRedirect(request.path)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """As Django's; a deletion is of no more rows than a person can look through, and of all or none."""
        if not _deletes(request):
            return super().response_action(request, queryset, *args, **kwargs)
        most = limits().delete_max_rows
        refusal = gettext("At most %s can be deleted at once. Nothing was deleted.") % f"{most:,}"
        if not (_is_for_all(request) and queryset.order_by()[: most + 1].count() > most):
            try:
                # In one transaction: Django logs the deletions before it makes them.
                with transaction.atomic():
                    return super().response_action(request, queryset, *args, **kwargs)
            except (ProtectedError, IntegrityError):
                refusal = str(COME_INTO_USE)
        self.message_user(request, refusal, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


class BaseAdmin(OddInputMixin, AtOnceMixin, LimitedActionsAdmin, Generic[ModelT]):
    """Searches by `matching`; what the database could not even read is refused before it gets there.

    Its lists and pages show what apps above declare with `partners.core.extensions.extend`.
    """

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    filterset: type[ListFilterSet] = ListFilterSet
    """What the list can be filtered by."""
    list_filter: ClassVar[tuple[Any, ...]] = (FilterSetFilter,)
    list_prefetch: Sequence[str] = ()
    further_actions: Sequence[str] = ("delete_selected",)
    """The actions that stand in the menu at the end of the toolbar over ticked rows."""
    row_actions: Sequence[str] = ()
    """The actions that only buttons of rows ask for."""
    begins_by: StrOrPromise = ""
    """How the first row comes, said in a list without one where it is not added there."""
    panels: Sequence[Panel] = ()
    """What stands below the form of a row."""
    pages: Sequence[str | StaffPage] = ()
    """The pages below this screen besides Django's own: functions, or names of methods (`@staff_page`)."""

    def get_urls(self) -> list[URLPattern]:
        return [*page_urls(self, self.pages, self.admin_site), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelT]:
        rows: QuerySet[ModelT] = super().get_queryset(request)
        for extension in extensions_for(self.model, request):
            rows = rows.annotate(**extension.annotations)
        return rows

    def get_changelist(self, *_args: Any, **_kwargs: Any) -> type[ChangeList]:
        return PrefetchingChangeList

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """As Django's; on the page of a row, nothing that belongs to it is deleted."""
        actions: dict[str, Any] = super().get_actions(request)
        if narrowing_of(request):
            actions.pop("delete_selected", None)
        return actions

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._extended(request, self.list_display, lambda extension: extension.columns)

    def get_list_prefetch(self, request: HttpRequest) -> list[str]:
        """What the rows of the list fetch all at once."""
        return self._extended(request, self.list_prefetch, lambda extension: extension.prefetch)

    def rendered_list_tools(self, request: HttpRequest, changelist: ChangeList) -> list[str]:
        """What stands beside the active filters of the list; these are not all that a row's page asks."""
        if narrowing_of(request):
            return []
        tools = self._extended(request, (), lambda extension: extension.list_tools)
        return [tool(request, changelist) for tool in tools]

    def rendered_panels(self, request: HttpRequest, row: ModelT) -> list[str]:
        """What stands below the form of this row."""
        panels = self._extended(request, self.panels, lambda extension: extension.panels)
        return [panel(request, row) for panel in panels]

    def _extended(
        self, request: HttpRequest, own: Sequence[Any], added: Callable[[Extension], Sequence[Any]]
    ) -> list[Any]:
        extensions = extensions_for(self.model, request)
        return placed(own, ((extension.order, added(extension)) for extension in extensions))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = context["original"]
        context["panels"] = self.rendered_panels(request, row) if row else []
        return super().render_change_form(request, context, *args, **kwargs)

    def matching(self, term: str, request: HttpRequest) -> Q:
        """The rows that a search for this finds."""
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ModelT], search_term: str
    ) -> tuple[QuerySet[ModelT], bool]:
        """What `matching` says, in the lists and in the type-ahead alike."""
        if "\0" in search_term:
            return queryset.none(), False
        term = search_term.strip()
        return (queryset.filter(self.matching(term, request)) if term else queryset), False

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Type-ahead fields that survive a key which is none."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", KeySelect(db_field, self.admin_site))
            unknown = _("There is none with this ID or name, or several have the name.")
            kwargs["error_messages"] = {"invalid_choice": unknown}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class NamedAdmin(BaseAdmin[ModelT]):
    """Rows that are known by their name."""

    search_fields = ["name_folded"]
    search_help_text = _("Search name")

    def matching(self, term: str, request: HttpRequest) -> Q:  # noqa: ARG002 - for screens to answer
        """The rows whose name has every word."""
        return name_has(term)


class RecordAdmin(BaseAdmin[ModelT]):
    """Records that the program writes: to be looked at, not to be added, changed or deleted."""

    actions = None
    has_row_menu = False

    def has_add_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    def has_change_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False

    def has_delete_permission(self, *_args: Any, **_kwargs: Any) -> bool:
        return False
